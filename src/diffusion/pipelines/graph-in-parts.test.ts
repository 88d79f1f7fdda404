import assert from 'node:assert/strict';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { byteLength, readModel, writeModel } from '../../onnx';
import { splitByShares, splitByWeights } from '../../onnx/split';
import { readModelFolder } from '../../models';
import { openSession, tensor, type Session, type Tensor } from '../../runtime';
import { tinyRequest } from '../test-support/tiny-request';
import { draw } from './draw';
import { openInParts } from './graph-in-parts';
import { LoadedModel, type MemoryTier } from './loaded-model';

const SD15 = resolve(__dirname, '../../../test/fixtures/models/sd15');

describe('a denoiser in parts', function () {
  this.timeout(60_000);
  let folder: string;
  let file: string;
  before(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'easel-parts-')), 'model');
    await cp(SD15, folder, { recursive: true });
    file = join(folder, 'unet/model.onnx');
    await writeModel(await readModel(join(SD15, 'unet/model.onnx')), `${file}.new`, { inlineLimit: 0 });
    await rename(`${file}.new`, file);
  });
  after(() => rm(join(folder, '..'), { recursive: true }));

  const values = (count: number) => Float32Array.from({ length: count }, (_, i) => ((i * 7919) % 1009) / 400 - 1.3);
  const feeds: Record<string, Tensor> = {
    sample: tensor(values(2 * 4 * 8 * 8), [2, 4, 8, 8]), timestep: { dtype: 'int64', dims: [1], data: BigInt64Array.of(500n) }, encoder_hidden_states: tensor(values(2 * 77 * 24), [2, 77, 24]),
  };
  const close = (actual: Float32Array, expected: Float32Array) => {
    const size = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assert.ok(actual.length === expected.length && actual.every((value, i) => Math.abs(value - expected[i]!) < 1e-5 * size));
  };
  const weightsOf = (tensors: Iterable<Parameters<typeof byteLength>[0]>) => [...tensors].reduce((sum, each) => sum + byteLength(each), 0);

  it('is cut where its weights are shared out evenly, and no part holds another\'s', async () => {
    const model = await readModel(file);
    const total = weightsOf(model.graph.initializers.values());
    const parts = splitByWeights(model, total / 3.5);
    assert.equal(parts.length, 4);
    for (const { graph } of parts) assert.ok(weightsOf(graph.initializers.values()) < 0.45 * total);
    assert.ok(weightsOf(parts.flatMap(({ graph }) => [...graph.initializers.values()])) < 1.05 * total);
    assert.deepEqual(splitByWeights(model, total), [model]);
  });

  it('is cut into unequal shares, as asked', async () => {
    const model = await readModel(file);
    const total = weightsOf(model.graph.initializers.values());
    const weights = splitByShares(model, [0.25, 0.25, 0.5]).map(({ graph }) => weightsOf(graph.initializers.values()) / total);
    assert.equal(weights.length, 3);
    [0.25, 0.25, 0.5].forEach((share, i) => assert.ok(Math.abs(weights[i]! - share) < 0.1, `${weights[i]}`));
  });

  it('answers what the whole answers, as often as it is asked', async () => {
    const whole = await openSession(file, { threads: 1 });
    const { out_sample: expected } = await whole.run(feeds);
    const parts = await openInParts(file, { threads: 1, largeBytes: 100_000 }) as Session;
    assert.deepEqual([[...parts.inputs.keys()].sort(), [...parts.outputs.keys()]], [[...whole.inputs.keys()].sort(), [...whole.outputs.keys()]]);
    const answers = [await parts.run(feeds), await parts.run(feeds, ['out_sample'])].map(({ out_sample: answer }) => answer!.data as Float32Array);
    close(answers[0]!, expected!.data as Float32Array);
    assert.deepEqual(answers[1], answers[0]);
    await Promise.all([whole.release(), parts.release()]);
  });

  it('draws the same picture in less memory', async () => {
    const latents = async (memoryTier: MemoryTier, largeBytes?: number) => {
      const model = new LoadedModel(await readModelFolder(folder), { threads: 1, memoryTier, ...(largeBytes && { largeBytes }) });
      const drawing = await draw(model, tinyRequest({ model: { id: 'sd15', path: folder }, steps: 2 }), {});
      await model.dispose();
      return drawing.latents;
    };
    const whole = await latents('keep-all');
    for (const tier of ['auto', 'unload'] as const) {
      const parted = await latents(tier, 100_000);
      close(parted, whole);
      assert.notDeepEqual(parted, whole, `${tier}: the parts were not what ran`);
      assert.deepEqual(await latents(tier, 100_000), parted, 'the same bytes again');
      assert.deepEqual(await latents(tier), whole, `${tier}: a small denoiser stays whole`);
    }
  });

  it('reads weights that lie in the graph\'s own file as well', async () => {
    const [outside, inside] = [await openInParts(file, { threads: 1, largeBytes: 100_000 }), await openInParts(join(SD15, 'unet/model.onnx'), { threads: 1, largeBytes: 100_000 })] as [Session, Session];
    assert.deepEqual((await inside.run(feeds))['out_sample'], (await outside.run(feeds))['out_sample']);
  });

  it('stays whole if it is small, or if it cannot be read', async () => {
    assert.equal(await openInParts(file, {}), undefined);
    assert.equal(await openInParts(join(folder, 'absent.onnx'), { largeBytes: 1000 }), undefined);
  });
});
