import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { byteLength, readModel, writeModel } from '../../onnx';
import { openSession, tensor, type Session } from '../../runtime';
import { fusedGraph } from './fused-graph';

const SD15 = resolve(__dirname, '../../../test/fixtures/models/sd15/unet/model.onnx');

describe('a large graph on a processor', function () {
  this.timeout(60_000);
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-fused-'));
    file = join(folder, 'model.onnx');
    await writeModel(await readModel(SD15), file, { inlineLimit: 0 });
  });
  after(() => rm(folder, { recursive: true }));

  const values = (count: number) => Float32Array.from({ length: count }, (_, i) => ((i * 7919) % 1009) / 400 - 1.3);
  const answer = async (session: Session) => {
    const results = await session.run({
      sample: tensor(values(2 * 4 * 8 * 8), [2, 4, 8, 8]), timestep: { dtype: 'int64', dims: [1], data: BigInt64Array.of(500n) }, encoder_hidden_states: tensor(values(2 * 77 * 24), [2, 77, 24]),
    });
    await session.release();
    return results['out_sample']!.data as Float32Array;
  };

  it('has its attention fused and its weights where they were, and answers the same', async () => {
    const graph = await fusedGraph(file, 0);
    assert.ok(graph && Buffer.from(graph).includes('MultiHeadAttention'));
    const [plain, fused] = [await answer(await openSession(file, { threads: 1 })), await answer(await openSession(file, { threads: 1, graph }))];
    const size = plain.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assert.ok(plain.every((value, i) => Math.abs(value - fused[i]!) < 1e-5 * size));
    assert.notDeepEqual(plain, fused, 'the fused graph was not the one that ran');
    assert.deepEqual(await fusedGraph(file, 0), graph, 'the same bytes again');
  });

  it('refers to weights in its own file, where they lie', async () => {
    const graph = await fusedGraph(SD15, 0);
    const { initializers } = (await readModel(SD15)).graph;
    const weights = [...initializers.values()].reduce((sum, tensor) => sum + byteLength(tensor), 0);
    assert.ok(graph && Buffer.from(graph).includes('MultiHeadAttention') && graph.length < weights, `${graph?.length} bytes, and ${weights} of weights`);
    const [plain, fused] = [await answer(await openSession(SD15, { threads: 1 })), await answer(await openSession(SD15, { threads: 1, graph }))];
    const size = plain.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assert.ok(plain.every((value, i) => Math.abs(value - fused[i]!) < 1e-5 * size));
  });

  it('stays as it is if it is small, or if it cannot be read', async () => {
    assert.equal(await fusedGraph(SD15), undefined);
    const damaged = join(folder, 'damaged.onnx');
    await cp(file, damaged);
    await truncate(damaged, 3000);
    assert.equal(await fusedGraph(damaged, 0), undefined);
    assert.equal(await fusedGraph(join(folder, 'absent.onnx'), 0), undefined);
  });
});
