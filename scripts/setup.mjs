// Installs what the lockfile says, if that is not already there, and makes `npx easel` find the checkout's own build.
// Node built-ins only. The engine's binaries are in their packages: no install script runs, nothing else is downloaded.
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { main, must, npm, root } from './run.mjs';

const OLDEST_NODE = [20, 19];

export async function setup() {
  requireNode();
  if (!(await isInstalled())) {
    process.stderr.write('installing packages (npm ci)\n');
    await must('npm ci', npm(['ci', '--no-audit', '--no-fund'], { stdio: ['inherit', 'pipe', 'pipe'] }));
  }
  await linkCommand();
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new Error(`Node ${process.versions.node} is too old for Easel; install Node ${OLDEST_NODE.join('.')} or newer`);
}

/**
 * Does node_modules hold what package-lock.json asks for? npm keeps its own record of what it put there. Packages for
 * other platforms are optional and rightly absent. The Node version does not matter: every binary here is Node-API's.
 */
async function isInstalled() {
  const wanted = await readJson(join(root, 'package-lock.json'));
  const present = await readJson(join(root, 'node_modules', '.package-lock.json'));
  if (!present) return false;
  return Object.entries(wanted?.packages ?? {}).every(([path, { version, optional, peer }]) => {
    const installed = present.packages?.[path];
    return path === '' || (installed ? installed.version === version : Boolean(optional || peer));
  });
}

/** `npx easel` looks in node_modules/.bin; npm links a package's own command there only for its dependents. */
async function linkCommand() {
  const bin = join(root, 'node_modules', '.bin');
  await mkdir(bin, { recursive: true });
  await rm(join(bin, 'easel'), { force: true });
  if (process.platform === 'win32') {
    await writeFile(join(bin, 'easel.cmd'), '@node "%~dp0\\..\\..\\dist\\cli.cjs" %*\r\n');
    return;
  }
  await symlink(join('..', '..', 'dist', 'cli.cjs'), join(bin, 'easel'));
  await chmod(join(root, 'dist', 'cli.cjs'), 0o755).catch(() => undefined); // not built yet
}

async function readJson(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(setup);
