import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeEaselRecord, setTextChunks } from '../image/metadata';
import { tinyPng } from '../image/metadata/test-support/tiny-png';
import { canonicalRequest, expand, hasErrors, parse, type ExpandContext } from '../prompt';
import { blockState, readPictureFile, type ReadPicture } from './block-state';

const MODEL = { reference: { id: 'icon-64', sha256: 'a'.repeat(64), path: '/models/icon-64' }, defaults: { width: 64, height: 64, steps: 20, guidanceScale: 3 } };

describe('the state of a block', () => {
  let root: string;
  beforeEach(async () => { root = await mkdtemp(join(tmpdir(), 'easel-state-')); });
  afterEach(() => rm(root, { recursive: true }));

  const open = (text: string, change: Partial<ExpandContext> = {}) => {
    const prompt = parse(text, { fileName: 'icons.t2i', language: 't2i' });
    const context: ExpandContext = { root, directory: root, fileStem: 'icons', seed: () => '11', wildcards: () => undefined, adapter: () => undefined, picture: () => undefined, model: () => MODEL, ...change };
    const [block] = prompt.blocks;
    assert.ok(block);
    return { prompt, block, context };
  };
  /** Draws every picture of the first block, so many seconds after 1970; gives their paths below the root. */
  const draw = async (text: string, time: number, change: Partial<ExpandContext> = {}) => {
    const { prompt, block, context } = open(text, change);
    const { requests, diagnostics } = expand(prompt, block, context);
    assert.ok(!hasErrors(diagnostics), JSON.stringify(diagnostics));
    for (const request of requests) {
      await mkdir(dirname(request.output.path), { recursive: true });
      await writeFile(request.output.path, setTextChunks(tinyPng(), { easel: encodeEaselRecord({ version: 1, request: canonicalRequest(request), engine: { easel: '0.1.0' } }) }));
      await utimes(request.output.path, time, time);
    }
    return requests.map(({ output }) => short(output.path));
  };
  const short = (path: string) => path.slice(root.length + 1).replaceAll('\\', '/');
  const stateOf = async (text: string, change?: Partial<ExpandContext>, readPicture?: ReadPicture) => {
    const { prompt, block, context } = open(text, change);
    const { state, reasons, modelVerified, paths, pictures } = await blockState(prompt, block, context, readPicture);
    return { state, reasons, modelVerified, paths: paths.map(short), each: pictures.map((picture) => picture.state) };
  };

  describe('whose names hold a seed that is open', () => {
    it('is that of the newest run, each picture at its own place', async () => {
      const text = '# heart\nheart\nOut: heart-{seed}.png, Count: 3\n';
      assert.deepEqual(await stateOf(text), { state: 'missing', reasons: ['not drawn yet'], modelVerified: true, paths: [], each: ['missing', 'missing', 'missing'] });
      await draw(text, 10);
      assert.deepEqual(await stateOf(text), { state: 'fresh', reasons: [], modelVerified: true, paths: ['heart-11.png', 'heart-12.png', 'heart-13.png'], each: ['fresh', 'fresh', 'fresh'] });
      await draw(text, 20, { seed: () => '500' });
      assert.deepEqual((await stateOf(text)).paths, ['heart-500.png', 'heart-501.png', 'heart-502.png']);
      await rm(join(root, 'heart-501.png'));
      assert.deepEqual((await stateOf(text)).paths, ['heart-500.png', 'heart-12.png', 'heart-502.png']);
      for (const name of ['heart-12.png']) await rm(join(root, name));
      assert.deepEqual((await stateOf(text)).each, ['fresh', 'missing', 'fresh']);
      assert.deepEqual((await stateOf(text.replace('heart\nOut', 'star\nOut'))).each, ['stale', 'missing', 'stale']);
    });

    it('is found where the seed names a folder, or folder and file', async () => {
      for (const out of ['{seed}/heart.png', 'runs/{seed}/heart-{seed}.png']) {
        const text = `# heart\nheart\nOut: ${out}, Steps: 3\n`;
        const path = await draw(text, 10);
        await mkdir(dirname(join(root, path[0]!.replaceAll('11', '99'))), { recursive: true });
        assert.deepEqual(await stateOf(text), { state: 'fresh', reasons: [], modelVerified: true, paths: path, each: ['fresh'] });
      }
    });

    it('is not read through a folder that is a link out of the root', async () => {
      const text = '# heart\nheart\nOut: {seed}/heart.png, Steps: 3\n';
      const outside = await mkdtemp(join(tmpdir(), 'easel-outside-'));
      await writeFile(join(outside, 'heart.png'), tinyPng());
      await symlink(outside, join(root, '12'));
      const deepestExisting = (path: string) => (path.startsWith(join(root, '12')) ? outside : root);
      assert.equal((await stateOf(text, { deepestExisting })).state, 'missing');
      assert.equal((await stateOf(text)).state, 'unknown', 'without the check it would be read');
      await rm(outside, { recursive: true });
    });

    it('is unknown while the newest is no picture of Easel, as it may be meant', async () => {
      const text = '# heart\nheart\nOut: heart-{seed}.png, Steps: 3\n';
      await draw(text, 10);
      await writeFile(join(root, 'heart-77.png'), tinyPng());
      const { state, reasons, paths } = await stateOf(text);
      assert.deepEqual([state, reasons, paths], ['unknown', ['heart-77.png was not written by Easel'], ['heart-77.png']]);
    });

    it('goes by cells too, and reads each file once', async () => {
      const text = '# heart\nheart\nOut: {cell}-{seed}.png, Count: 2\nmatrix: {cfg: [2, 4]}\n';
      const paths = await draw(text, 10);
      const read: string[] = [];
      const found = await stateOf(text, {}, (path) => { read.push(short(path)); return readPictureFile(path); });
      assert.deepEqual([found.state, found.paths], ['fresh', paths]);
      assert.deepEqual(read.sort(), paths.toSorted());
    });
  });

  it('knows the seeds of a block that fixes one, past the largest', async () => {
    const text = '# heart\nheart\nOut: {seed}.png, Seed: 18446744073709551615, Count: 2\n';
    await draw(text, 10);
    assert.deepEqual(await stateOf(text), { state: 'fresh', reasons: [], modelVerified: true, paths: ['18446744073709551615.png', '0.png'], each: ['fresh', 'fresh'] });
  });

  it('knows that the cells of a matrix share their seeds', async () => {
    const text = '# heart\nheart\nOut: {cell}-{seed}.png, Seed: 5, Count: 2\nmatrix: {cfg: [2, 4]}\n';
    await draw(text, 10);
    assert.deepEqual(await stateOf(text).then((found) => [found.state, found.paths]), ['fresh', ['cfg-2-5.png', 'cfg-2-6.png', 'cfg-4-5.png', 'cfg-4-6.png']]);
  });

  it('is of as many pictures as a command line asks for', async () => {
    const text = '# heart\nheart\nSeed: 5, Steps: 3\n';
    const overrides = { count: 3 };
    await draw(text, 10, { overrides });
    assert.deepEqual((await stateOf(text, { overrides })).each, ['fresh', 'fresh', 'fresh']);
    await rm(join(root, 'icons', 'heart-2.png'));
    assert.deepEqual((await stateOf(text, { overrides })).each, ['fresh', 'fresh', 'missing']);
    assert.deepEqual((await stateOf(text, { overrides: { count: 1 } })).paths, ['icons/heart.png']);
  });

  it('is by name where the model is not here, its own adapters too, but not those that were taken from the prompt', async () => {
    const text = '# heart\na <crisp:0.5> heart <lora:own:1>\nSeed: 5, Steps: 3\n';
    await draw(text, 10, { adapter: (name) => ({ id: name, path: `/models/icon-64/adapters/${name}`, sha256: 'c'.repeat(64) }) });
    const away = { model: () => undefined };
    const { state, modelVerified, reasons } = await stateOf(text, away);
    assert.deepEqual([state, modelVerified, reasons], ['fresh', false, []]);
    assert.equal((await stateOf(text.replace('<crisp:0.5>', '<crisp:0.6>'), away)).state, 'stale');
    assert.equal((await stateOf(text.replace('<crisp:0.5>', '<other:0.5>'), away)).state, 'stale');
    assert.equal((await stateOf(text.replace('own', 'other'), away)).state, 'unknown');
    // Here, it would have to have them.
    assert.deepEqual(await stateOf(text).then((found) => [found.state, found.reasons.length]), ['unknown', 1]);
  });

  it('is the worst of its pictures, with every reason once', async () => {
    const text = '# heart\nheart\nSeed: 5, Count: 4\n';
    const paths = await draw(text, 10);
    const changed = text.replace('heart\nSeed', 'star\nSeed');
    assert.deepEqual(await stateOf(changed), { state: 'stale', reasons: ['prompt: heart → star'], modelVerified: true, paths, each: ['stale', 'stale', 'stale', 'stale'] });
    await rm(join(root, paths[1]!));
    assert.deepEqual(await stateOf(changed), { state: 'missing', reasons: ['prompt: heart → star', 'heart-1.png does not exist'], modelVerified: true, paths, each: ['stale', 'missing', 'stale', 'stale'] });
    await mkdir(join(root, paths[1]!));
    const { state, each, reasons } = await stateOf(changed);
    assert.deepEqual([state, each], ['unknown', ['stale', 'unknown', 'stale', 'stale']]);
    assert.match(reasons[1] ?? '', /^heart-1\.png cannot be read: EISDIR/);
  });

  it('is unknown, and says why, where the place or the block is wrong', async () => {
    assert.deepEqual(await stateOf('# heart\nheart\nOut: {what}.png, Steps: 3\n').then(({ state, paths }) => [state, paths]), ['unknown', []]);
    const text = '# heart\nheart\nSeed: 5, Steps: 3\n';
    await draw(text, 10);
    const { state, reasons } = await stateOf(text, { claimedElsewhere: () => '“x” in other.t2i' });
    assert.equal(state, 'unknown');
    assert.match(reasons[0] ?? '', /“heart” and “x” in other\.t2i would both be written/);
  });

  it('is fresh of a block without pictures', async () => {
    assert.deepEqual(await stateOf('# heart\n'), { state: 'fresh', reasons: [], modelVerified: true, paths: [], each: [] });
  });
});

describe('a picture file', () => {
  it('is none where nothing is, or a file is in place of its folder; other failures are told', async () => {
    const root = await mkdtemp(join(tmpdir(), 'easel-read-'));
    await writeFile(join(root, 'a.png'), 'x');
    assert.deepEqual([await readPictureFile(join(root, 'b.png')), await readPictureFile(join(root, 'a.png', 'b.png'))], [undefined, undefined]);
    assert.equal((await readPictureFile(join(root, 'a.png')))?.length, 1);
    await assert.rejects(readPictureFile(root), { code: 'EISDIR' });
    await rm(root, { recursive: true });
  });
});
