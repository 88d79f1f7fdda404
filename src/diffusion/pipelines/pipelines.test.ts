import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TINY_ICON, tinyRequest } from '../test-support/tiny-request';
import { MEMORY_TIERS } from './loaded-model';
import { Pipelines } from './pipelines';

const SD15 = join(__dirname, '../../../test/fixtures/models/sd15');

describe('pipelines', () => {
  let pipelines: Pipelines;
  let folder: string;
  beforeEach(async () => {
    pipelines = new Pipelines({ threads: 1 });
    folder = await mkdtemp(join(tmpdir(), 'easel-pipelines-'));
  });
  afterEach(async () => {
    await pipelines.dispose();
    await rm(folder, { recursive: true });
  });

  const pixels = async (changes: Parameters<typeof tinyRequest>[0] = {}) => (await pipelines.draw(tinyRequest(changes))).rgb;
  const fails = (changes: Parameters<typeof tinyRequest>[0], code: string, message: RegExp) =>
    assert.rejects(pipelines.draw(tinyRequest(changes)), (error: Error & { code?: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok(!error.message.includes('\n'));
      return true;
    });

  it('draw the same bytes after sides that a UNet does not halve evenly, for which its graph is another', async () => {
    const model = { id: 'sd15', path: SD15 };
    const even = await pixels({ model, steps: 1 });
    assert.equal((await pixels({ model, width: 72, height: 40, steps: 1 })).length, 72 * 40 * 3);
    assert.deepEqual(await pixels({ model, steps: 1 }), even);
  });

  it('draw the same bytes for the same request, whatever was drawn before', async () => {
    const first = await pixels();
    await pixels({ seed: '7', prompt: 'blue star', guidanceScale: 1 });
    assert.deepEqual(await pixels(), first);
    await pipelines.unload();
    assert.deepEqual(await pixels(), first);
  });

  it('draw the same under every memory tier', async function () {
    this.timeout(60_000); // eight drawings
    const drawn: Uint8Array[] = [];
    for (const memoryTier of MEMORY_TIERS) {
      const tiered = new Pipelines({ threads: 1, memoryTier });
      drawn.push((await tiered.draw(tinyRequest())).rgb, (await tiered.draw(tinyRequest())).rgb);
      await tiered.dispose();
    }
    assert.ok(drawn.every((rgb) => Buffer.compare(rgb, drawn[0]!) === 0));
  });

  it('hold one model, and notice when its files change', async () => {
    const path = join(folder, 'copy');
    await cp(TINY_ICON, path, { recursive: true });
    const before = await pixels({ model: { id: 'copy', path } });
    assert.deepEqual(pipelines.loaded(), [path]);
    const config = join(path, 'scheduler/scheduler_config.json');
    await writeFile(config, (await readFile(config, 'utf8')).replace('"shift": 1.0', '"shift": 3.0'));
    assert.notDeepEqual(await pixels({ model: { id: 'copy', path } }), before);
    await pixels();
    assert.deepEqual(pipelines.loaded(), [TINY_ICON]);
  });

  it('refuse a folder that is not there, in one line', () => fails({ model: { id: 'gone', path: join(folder, 'gone') } }, 'bad-model', /no model folder/));

  for (const part of ['text_encoder/model.onnx', 'transformer/model.onnx']) {
    it(`name ${part} when it is damaged, and draw again once it is mended`, async () => {
      const path = join(folder, 'copy');
      await cp(TINY_ICON, path, { recursive: true });
      const whole = await readFile(join(path, part));
      await writeFile(join(path, part), whole.subarray(0, 1000));
      await fails({ model: { id: 'copy', path } }, 'bad-model', new RegExp(`${part}`));
      await writeFile(join(path, part), whole);
      assert.deepEqual(await pixels({ model: { id: 'copy', path } }), await pixels());
    });
  }
});
