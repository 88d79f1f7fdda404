import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeEaselRecord, setTextChunks } from '../image/metadata';
import { tinyPng } from '../image/metadata/test-support/tiny-png';
import { canonicalRequest, expand, hasErrors, parse, type GenerateRequest } from '../prompt';
import { blockState, diskContext, type DiskContext } from '.';

const MODEL = { reference: { id: 'icon-64', sha256: 'a'.repeat(64), path: '/models/icon-64' }, defaults: { width: 64, height: 64, steps: 20, guidanceScale: 3 } };
const HEARTS = '# heart\n(red:1.2) heart\nNegative prompt: outline\nSteps: 30, CFG scale: 4, Seed: 42\n';

describe('freshness', () => {
  let root: string;
  beforeEach(async () => { root = await mkdtemp(join(tmpdir(), 'easel-fresh-')); });
  afterEach(() => rm(root, { recursive: true }));

  const context = async (text: string, change: Partial<DiskContext> = {}) => {
    const prompt = parse(text, { fileName: 'icons.t2i', language: 't2i' });
    const found = await diskContext({ root, file: join(root, 'icons.t2i'), prompt });
    return { prompt, context: { ...found, model: (name: string) => (name === 'icon-64' ? MODEL : undefined), ...change } };
  };
  const draw = async ({ output, ...request }: GenerateRequest) => {
    await mkdir(dirname(output.path), { recursive: true });
    const record = encodeEaselRecord({ version: 1, request: canonicalRequest({ ...request, output }), engine: { easel: '0.1.0' } });
    await writeFile(output.path, setTextChunks(tinyPng(), { parameters: '', easel: record }));
    return output.path;
  };
  const drawAll = async (text: string, change?: Partial<DiskContext>) => {
    const found = await context(text, change);
    const paths: string[] = [];
    for (const block of found.prompt.blocks) {
      const { requests, diagnostics } = expand(found.prompt, block, found.context);
      assert.ok(!hasErrors(diagnostics), JSON.stringify(diagnostics));
      for (const request of requests) paths.push(await draw(request));
    }
    return paths;
  };
  const stateOf = async (text: string, change?: Partial<DiskContext>) => {
    const found = await context(text, change);
    const [block] = found.prompt.blocks;
    assert.ok(block);
    return blockState(found.prompt, block, found.context);
  };

  it('is missing before, fresh after, and stale as soon as a word, a number or the negative prompt changes', async () => {
    assert.equal((await stateOf(HEARTS)).state, 'missing');
    const [path] = await drawAll(HEARTS);
    assert.deepEqual(await stateOf(HEARTS), { state: 'fresh', reasons: [], modelVerified: true, paths: [path], pictures: [{ path, state: 'fresh', reasons: [], modelVerified: true }] });
    for (const [from, to, reason] of [['heart\nN', 'hearts\nN', 'prompt: (red:1.2) heart → (red:1.2) hearts'], ['Steps: 30', 'Steps: 31', 'steps: 30 → 31'], ['outline', 'outlines', 'negative prompt: outline → outlines'], ['Seed: 42', 'Seed: 43', 'seed: 42 → 43']] as const) {
      const { state, reasons } = await stateOf(HEARTS.replace(from, to));
      assert.deepEqual([state, reasons], ['stale', [reason]]);
    }
  });

  it('stays fresh when a later Easel knows more settings, and is stale when one of them is set', async () => {
    const found = await context(HEARTS);
    const { requests } = expand(found.prompt, found.prompt.blocks[0]!, found.context);
    const { path } = requests[0]!.output;
    // Word for word what the first Easel of this version wrote.
    const written = { version: 1, prompt: '(red:1.2) heart', negativePrompt: 'outline', promptSyntax: 'a1111', longPrompt: 'chunk', width: 64, height: 64, steps: 30, guidanceScale: 4, guidanceRescale: 0, sampler: null, scheduleType: 'Automatic', eta: 0, clipSkip: 1, seed: '42', rng: 'torch', denoisingStrength: 1, index: 0, model: { id: 'icon-64', sha256: 'a'.repeat(64) }, adapters: [], init: null, mask: null };
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, setTextChunks(tinyPng(), { parameters: '', easel: encodeEaselRecord({ version: 1, request: written, engine: { easel: '0.1.0' } }) }));
    assert.equal((await stateOf(HEARTS)).state, 'fresh');
    for (const [key, reason] of [['CFG interval: 0.2-0.8', 'CFG interval changed'], ['Perp-Neg: 1', 'Perp-Neg changed'], ['Dynamic thresholding: 0.995', 'dynamic thresholding changed']] as const) {
      const { state, reasons } = await stateOf(HEARTS.replace('Seed: 42', `Seed: 42, ${key}`));
      assert.deepEqual([state, reasons], ['stale', [reason]]);
    }
  });

  it('does not change with CRLF, a BOM, comments or blank lines', async () => {
    await drawAll(HEARTS);
    for (const same of [HEARTS.replaceAll('\n', '\r\n'), `\ufeff${HEARTS}`, HEARTS.replace('(red', '// a note\n(red'), `\n\n${HEARTS}\n\n`]) assert.equal((await stateOf(same)).state, 'fresh');
  });

  it('stays fresh, by name only, on a machine without the model, also where the model decided size and steps', async () => {
    const text = '# heart\nred heart\n';
    await drawAll(text);
    const { state, modelVerified } = await stateOf(text, { model: () => undefined });
    assert.deepEqual([state, modelVerified], ['fresh', false]);
    assert.equal((await stateOf('---\nmodel: other\n---\n# heart\nred heart\n', { model: () => undefined })).state, 'stale');
  });

  it('is stale when the model has the same name and other content', async () => {
    await drawAll(HEARTS);
    const other = { ...MODEL, reference: { ...MODEL.reference, sha256: 'b'.repeat(64) } };
    const { state, reasons } = await stateOf(HEARTS, { model: () => other });
    assert.deepEqual([state, reasons], ['stale', ['model: icon-64 → icon-64 (other content)']]);
  });

  it('keeps the seed of a block that leaves it open, and its variants and wildcards', async () => {
    await mkdir(join(root, 'wildcards'));
    await writeFile(join(root, 'wildcards', 'shape.txt'), 'circle\nsquare\nstar\n');
    const text = '# rocket\n{red|green|blue} rocket on __shape__\nCount: 6\n';
    const paths = await drawAll(text);
    assert.equal(paths.length, 6);
    assert.equal((await stateOf(text)).state, 'fresh');
    await writeFile(join(root, 'wildcards', 'shape.txt'), 'moon\n');
    assert.equal((await stateOf(text)).state, 'stale');
  });

  it('looks at every picture of a block: one gone is missing, one damaged is unknown', async () => {
    const text = '# rocket\nrocket\nCount: 3, Seed: 7\n';
    const [first, second] = await drawAll(text);
    await rm(first ?? '');
    assert.equal((await stateOf(text)).state, 'missing');
    await writeFile(second ?? '', tinyPng().subarray(0, 50));
    const { state, reasons, pictures } = await stateOf(text);
    assert.equal(state, 'unknown');
    assert.deepEqual(pictures.map((picture) => picture.state), ['missing', 'unknown', 'fresh']);
    assert.ok(reasons.some((reason) => reason.includes('cut short')), reasons.join());
  });

  it('is unknown for a hand-made PNG, an LFS pointer, and a record of a later version', async () => {
    const [path = ''] = await drawAll(HEARTS);
    for (const [bytes, why] of [
      [tinyPng(), /not written by Easel/],
      [Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /git lfs pull/],
      [setTextChunks(tinyPng(), { easel: '{"version": 9}' }), /version 9/],
    ] as const) {
      await writeFile(path, bytes);
      const { state, reasons } = await stateOf(HEARTS);
      assert.equal(state, 'unknown');
      assert.match(reasons.join(), why);
    }
  });

  it('finds the newest picture of a name that holds an open seed', async () => {
    const text = '# heart\nheart\nOut: heart-{seed}.png, Steps: 3\n';
    assert.deepEqual((await stateOf(text)).paths, []);
    const [older = ''] = await drawAll(text, { seed: () => '11' });
    const [newer] = await drawAll(text, { seed: () => '12' });
    await utimes(older, 1, 1);
    const { state, paths } = await stateOf(text);
    assert.deepEqual([state, paths], ['fresh', [newer]]);
  });

  it('follows the adapters that a prompt names, by content and strength', async () => {
    await mkdir(join(root, 'adapters'), { recursive: true });
    await writeFile(join(root, 'adapters', 'crisp.safetensors'), 'one');
    const named = '# crisp heart\na <crisp> heart\nSteps: 30, Seed: 42\n';
    await drawAll(named);
    assert.equal((await stateOf(named)).state, 'fresh');
    assert.equal((await stateOf(named.replace('<crisp>', '<crisp:0.5>'))).state, 'stale');
    assert.equal((await stateOf(named.replace('<crisp>', 'crisp'))).state, 'stale');
    await writeFile(join(root, 'adapters', 'crisp.safetensors'), 'another');
    assert.equal((await stateOf(named)).state, 'stale');
  });

  it('follows the pictures that go in, by content', async () => {
    const text = '# heart\nheart\nInit: sketch.png, Steps: 3, Seed: 1\n';
    await writeFile(join(root, 'sketch.png'), tinyPng());
    await drawAll(text);
    assert.equal((await stateOf(text)).state, 'fresh');
    await writeFile(join(root, 'sketch.png'), setTextChunks(tinyPng(), { parameters: 'other bytes' }));
    assert.deepEqual((await stateOf(text)).reasons, ['the picture it starts from changed']);
    await rm(join(root, 'sketch.png'));
    assert.equal((await stateOf(text)).state, 'unknown');
  });
});

describe('the context on disk', () => {
  let root: string;
  beforeEach(async () => { root = await mkdtemp(join(tmpdir(), 'easel-context-')); });
  afterEach(() => rm(root, { recursive: true }));
  const gather = (text: string, file = 'icons.t2i') => {
    const prompt = parse(text, { fileName: 'icons.t2i', language: 't2i' });
    return diskContext({ root, file: join(root, file), prompt });
  };

  it('says why a model cannot be used', async () => {
    await mkdir(join(root, 'broken'));
    const { model, modelProblems } = await gather('---\nmodel: broken\n---\nheart\n');
    assert.equal(model('broken'), undefined);
    assert.match(modelProblems.get('broken') ?? '', /model_index\.json/);
  });

  it('takes wildcards from the nearest folder, globs in order, and none from behind a link out of the root', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'easel-outside-'));
    await writeFile(join(outside, 'secret.txt'), 'secret\n');
    await mkdir(join(root, 'a', 'wildcards'), { recursive: true });
    await mkdir(join(root, 'wildcards', 'shapes'), { recursive: true });
    await writeFile(join(root, 'wildcards', 'colour.txt'), 'far\n');
    await writeFile(join(root, 'a', 'wildcards', 'colour.txt'), '# note\nnear\n\n');
    await writeFile(join(root, 'wildcards', 'shapes', 'round.txt'), 'circle\n');
    await writeFile(join(root, 'wildcards', 'shapes', 'angular.txt'), 'square\n');
    await symlink(join(outside, 'secret.txt'), join(root, 'wildcards', 'secret.txt'));
    const { wildcards, wildcardNames } = await gather('heart\n', join('a', 'icons.t2i'));
    assert.deepEqual(wildcards('colour'), ['near']);
    assert.deepEqual(wildcards('shapes/*'), ['square', 'circle']);
    assert.equal(wildcards('secret'), undefined);
    assert.equal(wildcards('nothing'), undefined);
    assert.deepEqual(wildcardNames, ['colour', 'shapes/angular', 'shapes/round']);
    await rm(outside, { recursive: true });
  });

  it('knows which other file writes to a path, Markdown included', async () => {
    await writeFile(join(root, 'other.t2i'), '---\nout: pictures/{name}.png\n---\n# Heart\nheart\n');
    await writeFile(join(root, 'notes.md'), 'text\n\n```t2i\n---\nout: pictures/{name}.png\n---\n# star\nstar\n```\n');
    const { claimedElsewhere } = await gather('heart\n');
    assert.equal(claimedElsewhere?.(join(root, 'pictures', 'heart.png')), '“Heart” in other.t2i');
    assert.equal(claimedElsewhere?.(join(root, 'pictures', 'star.png')), '“star” in notes.md');
    assert.equal(claimedElsewhere?.(join(root, 'pictures', 'moon.png')), undefined);
  });

  it('refuses a path that a link leads out of the root', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'easel-outside-'));
    await symlink(outside, join(root, 'linked'));
    const text = '# heart\nheart\nOut: linked/heart.png, Steps: 3\n';
    const prompt = parse(text, { fileName: 'icons.t2i', language: 't2i' });
    const context = { ...(await gather(text)), model: () => MODEL };
    const [block] = prompt.blocks;
    assert.ok(block);
    assert.deepEqual(expand(prompt, block, context).diagnostics.map(({ code }) => code), ['outside-root']);
    await rm(outside, { recursive: true });
  });
});
