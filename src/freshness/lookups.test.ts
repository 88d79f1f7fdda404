import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_MODEL } from '../prompt';
import { Lookups } from './lookups';

describe('look-ups for many files', () => {
  let root: string;
  beforeEach(async () => { root = await mkdtemp(join(tmpdir(), 'easel-lookups-')); });
  afterEach(() => rm(root, { recursive: true }));

  it('find a model with its content and its defaults', async () => {
    const found = await new Lookups().model(DEFAULT_MODEL, { root, anywhere: false });
    assert.ok('model' in found, JSON.stringify(found));
    const { reference, defaults } = found.model;
    assert.equal(reference.id, DEFAULT_MODEL);
    assert.match(reference.sha256 ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual([defaults.width, defaults.height], [64, 64]);
  });

  it('say in one line why a model cannot be used, and ask only once', async () => {
    await mkdir(join(root, 'broken'));
    const lookups = new Lookups();
    const ask = (name: string) => lookups.model(name, { root, anywhere: false });
    const [gone, broken] = [await ask('gone'), await ask('broken')];
    assert.ok('problem' in gone && /there is no model "gone"/.test(gone.problem));
    assert.ok('problem' in broken && /model_index\.json/.test(broken.problem) && !broken.problem.includes('\n'));
    await mkdir(join(root, 'gone'));
    assert.equal(await ask('gone'), gone);
  });

  it('keep apart what lies in another root, and what a person typed', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'easel-outside-'));
    const lookups = new Lookups();
    const problem = async (options: { root: string; anywhere: boolean }) => {
      const found = await lookups.model(outside, options);
      return 'problem' in found ? found.problem : '';
    };
    assert.match(await problem({ root, anywhere: false }), /lies outside/);
    assert.match(await problem({ root, anywhere: true }), /model_index\.json/);
    assert.match(await problem({ root: outside, anywhere: false }), /model_index\.json/);
    await rm(outside, { recursive: true });
  });

  it('read who writes where once for each root', async () => {
    await writeFile(join(root, 'a.t2i'), '# heart\nx\nOut: h.png, Steps: 3\n');
    const lookups = new Lookups();
    const before = await lookups.claims(root);
    await rm(join(root, 'a.t2i'));
    assert.equal(await lookups.claims(root), before);
    assert.equal(before.elsewhere(join(root, 'h.png'), join(root, 'b.t2i')), '“heart” in a.t2i');
    assert.equal((await new Lookups().claims(root)).elsewhere(join(root, 'h.png'), join(root, 'b.t2i')), undefined);
  });

  it('end with the reason when aborted', async () => {
    const signal = AbortSignal.abort();
    await assert.rejects(new Lookups().model('gone', { root, anywhere: false, signal }), { name: 'AbortError' });
  });
});
