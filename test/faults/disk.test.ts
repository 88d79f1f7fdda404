/**
 * Disks that refuse: full, read-only, forbidden. The real command line in its own process, in a mount namespace of its
 * own (so a small tmpfs and its read-only remount are gone with the process), and without root's power over permissions.
 * Linux only, because that is what mounts these; where a container forbids mounting, a limit on the size of files still
 * stands for the full disk.
 */
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readPictureMetadata } from '../../src/image/metadata';
import { TINY_ICON } from '../../src/diffusion/test-support/tiny-request';

const checkout = resolve(__dirname, '../..');
/** The command line from its sources, in the folder it is started in. */
const EASEL = [process.execPath, '--import', join(checkout, 'node_modules', 'tsx', 'dist', 'loader.mjs'), join(checkout, 'src', 'cli', 'main.ts')];
const HEART = '# heart\nred heart\nSteps: 1, Seed: 42, Size: 64x64\n';
const isLinux = process.platform === 'linux';
const isRoot = process.getuid?.() === 0;
const NAMESPACE = ['unshare', ...(isRoot ? ['-m'] : ['-rm'])];
const canMount = isLinux && spawnSync(NAMESPACE[0] ?? '', [...NAMESPACE.slice(1), 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0;

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

describe('a disk that refuses', function () {
  this.timeout(120_000);
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-disk-'));
    environment = { ...process.env, EASEL_HOME: join(folder, 'home') };
    await mkdir(join(folder, 'home'));
    await mkdir(join(folder, 'disk'));
    await writeFile(join(folder, 'home', 'models.json'), JSON.stringify({ models: { tiny: { path: TINY_ICON } } }));
  });
  afterEach(async () => {
    await chmod(join(folder, 'disk'), 0o755);
    await rm(folder, { recursive: true });
  });

  const run = (command: readonly string[], cwd = join(folder, 'disk')) =>
    new Promise<Ended>((done) => {
      const [program = '', ...args] = command;
      execFile(program, args, { cwd, env: environment }, (error, stdout, stderr) => done({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, stdout, stderr }));
    });
  const generate = ['generate', 'icons.t2i', '--model', 'tiny', '--root', '.'];
  /** Runs a script with a tmpfs of 64 KiB as `disk`; `$@` is the command line. Listing and exit code follow what it says. */
  const onSmallDisk = async (script: string): Promise<Ended & { left: string[] }> => {
    const whole = `set -e; mount -t tmpfs -o size=64k tmpfs "${folder}/disk"; cd "${folder}/disk"; printf '${HEART.replaceAll('\n', '\\n')}' > icons.t2i; ${script}; set +e; "$@"; code=$?; echo "-- $code"; find . -type f | sort`;
    const { stdout, stderr } = await run([...NAMESPACE, 'sh', '-c', whole, 'sh', ...EASEL, ...generate], folder);
    const [said = '', ended = ''] = stdout.split(/^-- /m);
    const [code = '', ...left] = ended.trim().split('\n');
    assert.match(code, /^\d+$/, `the script itself failed: ${stderr}`);
    return { code: Number(code), stdout: said, stderr, left };
  };

  if (canMount) {
    it('because it is full says so and leaves no partial file', async () => {
      const { code, stderr, left } = await onSmallDisk('head -c 57344 /dev/zero > filler');
      assert.equal(code, 3, stderr);
      assert.match(stderr, /heart: cannot write .*heart\.png: the disk is full; free some space and generate again/);
      assert.deepEqual(left, ['./filler', './icons.t2i']);
    });

    it('because it has filled up since keeps the picture that was there', async () => {
      const first = `${EASEL.map((part) => `"${part}"`).join(' ')} ${generate.join(' ')} > /dev/null; cp icons/heart.png "${folder}/first.png"; head -c 100000 /dev/zero > filler 2> /dev/null || true`;
      const { code, stderr, left } = await onSmallDisk(`${first}; cp icons/heart.png "${folder}/before.png"; mkdir -p "${folder}/after"; trap 'cp icons/heart.png "${folder}/after/"' EXIT`);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /disk is full/);
      assert.deepEqual(left.filter((path) => path.endsWith('.tmp')), []);
      assert.deepEqual(await readFile(join(folder, 'after', 'heart.png')), await readFile(join(folder, 'first.png')));
    });

    it('because it is read-only says so', async () => {
      const { code, stderr, left } = await onSmallDisk(`mount -o remount,ro "${folder}/disk"`);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /heart: cannot write .*heart\.png: the file system is read-only; choose another `out`/);
      assert.deepEqual(left, ['./icons.t2i']);
    });

  }

  if (isLinux) {
    it('because a file may not become large enough says so and leaves no partial file', async () => {
      const disk = join(folder, 'disk');
      await writeFile(join(disk, 'icons.t2i'), HEART);
      const { code, stderr } = await run(['prlimit', '--fsize=2048', ...EASEL, ...generate]);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /heart: cannot write .*heart\.png: files may not become this large here; raise the limit/);
      assert.deepEqual((await readdir(disk, { recursive: true })).sort(), ['icons', 'icons.t2i']);
    });

    it('because the folder may not be written to says so, to a user who has no more rights than the folder gives', async () => {
      const disk = join(folder, 'disk');
      await writeFile(join(disk, 'icons.t2i'), HEART);
      await chmod(disk, 0o555);
      // root may write anywhere; without these two capabilities it is a user like any other.
      const asUser = isRoot ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-dac_override,-dac_read_search'] : [];
      const { code, stderr } = await run([...asUser, ...EASEL, ...generate]);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /heart: cannot write .*heart\.png: permission denied; make the folder writable or choose another `out`/);
      assert.deepEqual(await readdir(disk), ['icons.t2i']);
    });
  }

  it('is not needed twice: two processes that draw one file at once both finish, and the picture is whole', async () => {
    const disk = join(folder, 'disk');
    await writeFile(join(disk, 'icons.t2i'), HEART);
    const ended = await Promise.all([run([...EASEL, ...generate]), run([...EASEL, ...generate])]);
    assert.deepEqual(ended.map(({ code }) => code), [0, 0], ended.map(({ stderr }) => stderr).join());
    const { easel, problem } = readPictureMetadata(await readFile(join(disk, 'icons', 'heart.png')));
    assert.deepEqual([easel?.request.seed, problem], ['42', null]);
    const kept = (await readdir(disk, { recursive: true })).filter((name) => name.endsWith('.png'));
    assert.equal(kept.length, 2, kept.join());
    assert.deepEqual((await readdir(disk, { recursive: true })).filter((name) => name.endsWith('.tmp')), []);
  });

  it('has nothing partial on it when the process is interrupted', async () => {
    const disk = join(folder, 'disk');
    await writeFile(join(disk, 'icons.t2i'), HEART.replace('Steps: 1', 'Steps: 1000'));
    const [program = '', ...args] = [...EASEL, ...generate, '--size', '64x64'];
    const child = spawn(program, args, { cwd: disk, env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data: Buffer) => void (said += data.toString()));
    const exited = once(child, 'exit');
    // Its device lock appears once it is up and waits for, or does, the drawing.
    const device = join(folder, 'home', 'cache', 'device');
    while ((await readdir(device).catch(() => [])).length === 0 && child.exitCode === null) await new Promise((tick) => setTimeout(tick, 20));
    child.kill('SIGINT');
    const [code] = (await exited) as [number | null];
    assert.equal(code, 3, said);
    assert.match(said, /cancelled/);
    assert.deepEqual(await readdir(disk), ['icons.t2i']);
  });
});
