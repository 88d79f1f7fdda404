// `npm run package`: one VSIX per platform in out/, each with only its platform's native files, and looked into afterwards.
// The last line counts the targets whose VSIX is as it should be.
// usage: node scripts/package.mjs [--target linux-x64]...      (all five unless said)
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { noticesFor, packagesOf } from './notices.mjs';
import { isShippedFromPackage, SHIPPED_FILES, TARGETS } from './package-contents.mjs';
import { main, must, npm, root } from './run.mjs';
import { setup } from './setup.mjs';

/** At the top of the checkout: large, and nothing in them is shipped from there. */
const SKIPPED = new Set(['.git', '.cache', 'node_modules', 'out', 'recipes', 'src', 'test', 'test-results', 'demo-pictures']);

await main(async () => {
  const { target: targets = Object.keys(TARGETS) } = parseArgs({ options: { target: { type: 'string', multiple: true } } }).values;
  for (const target of targets) if (!TARGETS[target]) throw new Error(`--target ${target}: one of ${Object.keys(TARGETS).join(', ')}`);
  await setup();
  const bundled = packagesOf((await build()).flatMap(({ inputs }) => inputs));
  await mkdir(join(root, 'out'), { recursive: true });
  let failed = 0;
  for (const target of targets) {
    const problems = await packageFor(target, bundled);
    problems.forEach((problem) => process.stderr.write(`${problem}\n`));
    if (problems.length > 0) failed += 1;
  }
  process.stdout.write(`${targets.length - failed} passed, ${failed} failed, 0 skipped\n`);
  if (failed > 0) process.exitCode = 1;
});

/** Builds one VSIX; resolves with what is wrong with it, one line each. */
async function packageFor(target, bundled) {
  const { verifyVsix } = await import('./verify-vsix.mjs');
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const staging = join(root, '.cache', 'package', target);
  const packages = await installFor(target);
  await rm(staging, { recursive: true, force: true });
  await copyMatching(root, staging, (path) => path === '.vscodeignore' || SHIPPED_FILES.some((pattern) => pattern.test(path)));
  await copyMatching(packages, join(staging, 'dist', 'node_modules'), (path) => isShippedFromPackage(path, target));
  await writeFile(join(staging, 'NOTICE.md'), await noticesFor(packages, bundled));
  const { dependencies: _d, devDependencies: _v, scripts: _s, bin: _b, private: _p, ...shippedManifest } = manifest;
  await writeFile(join(staging, 'package.json'), `${JSON.stringify(shippedManifest, null, 2)}\n`);

  const vsix = join(root, 'out', `easel-${target}-${manifest.version}.vsix`);
  const { createVSIX } = await import('@vscode/vsce');
  // There is no public repository yet for relative links to point to: they stay as they are.
  // The secret scanner reads every byte of the model as text; what is in the staging folder is decided by the list alone.
  await createVSIX({ cwd: staging, target, packagePath: vsix, dependencies: false, allowMissingRepository: true, rewriteRelativeLinks: false, rewriteRelativeLinks: false, allowPackageAllSecrets: true, allowPackageEnvFile: true, skipLicense: false });
  const { size, problems } = await verifyVsix(vsix, target);
  for (const path of namedFiles(shippedManifest)) if (!existsSync(join(staging, path))) problems.push(`package.json names ${path}, which is not there`);
  process.stdout.write(`${relative(root, vsix)}  ${(size / 1e6).toFixed(1)} MB\n`);
  return problems.map((problem) => `${relative(root, vsix)}: ${problem}`);
}

/** Files that the manifest names: its main module, icons, grammars, language configurations. */
function namedFiles(value) {
  if (typeof value === 'string') return value.startsWith('./') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(namedFiles) : [];
}

/** node_modules as npm installs them for a platform, whichever this one is; kept until the lockfile changes. */
async function installFor(target) {
  const { os, cpu, libc } = TARGETS[target];
  const folder = join(root, '.cache', 'install', target);
  const lockfile = await readFile(join(root, 'package-lock.json'), 'utf8');
  if ((await readFile(join(folder, 'complete'), 'utf8').catch(() => '')) !== lockfile) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) await cp(join(root, name), join(folder, name));
    const platform = [`--os=${os}`, `--cpu=${cpu}`, ...(libc ? [`--libc=${libc}`] : [])];
    await must(`npm ci for ${target}`, npm(['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', ...platform], { cwd: folder, quiet: true }));
    await writeFile(join(folder, 'complete'), lockfile);
  }
  return join(folder, 'node_modules');
}

/** Copies the files below `from` whose path (with `/`) is wanted. */
async function copyMatching(from, to, isWanted) {
  for (const entry of await readdir(from, { withFileTypes: true, recursive: false })) {
    if (SKIPPED.has(entry.name)) continue;
    await copyEntry(from, to, entry.name, isWanted);
  }
}

async function copyEntry(from, to, path, isWanted) {
  if ((await stat(join(from, path))).isDirectory()) {
    for (const name of await readdir(join(from, path))) await copyEntry(from, to, join(path, name), isWanted);
  } else if (isWanted(path.split(sep).join('/'))) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await cp(join(from, path), join(to, path));
  }
}
