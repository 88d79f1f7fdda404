/** Half floats cross the border to the runtime as the graph declares them, on every Node. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession, tensor, type Session } from '../../src/runtime';
import { node, value, writeGraph } from '../support/tiny-graph';

describe('half precision', () => {
  let folder: string;
  let session: Session;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-half-'));
    const file = join(folder, 'sum.onnx');
    await writeGraph(file, {
      nodes: [node('Add', ['a', 'b'], ['half']), node('Cast', ['half'], ['single'], { attributes: new Map([['to', { type: 'int', value: 1n }]]) })],
      inputs: [value('a', 'float16', ['n']), value('b', 'float16', ['n'])],
      outputs: [value('half', 'float16', ['n']), value('single', 'float32', ['n'])],
    });
    session = await openSession(file);
  });
  after(async () => {
    await session.release();
    await rm(folder, { recursive: true });
  });

  it('goes in and comes out as float32', async () => {
    const a = tensor(Float32Array.of(1, -0.5, 2049, 1e-7, 60000), [5]);
    const b = tensor(Float32Array.of(0.25, 0.5, 0, 0, 60000), [5]);
    const { half, single } = await session.run({ a, b });
    assert.deepEqual([half!.dtype, half!.dims], ['float32', [5]]);
    assert.deepEqual([...half!.data], [1.25, 0, 2048, 2 ** -24 * 2, Infinity]);
    assert.deepEqual(single!.data, half!.data);
  });

  it('is taken as bits where a caller has them', async () => {
    const bits = { dtype: 'float16', dims: [1], data: Uint16Array.of(0x3c00) } as const;
    assert.deepEqual([...(await session.run({ a: bits, b: bits }))['half']!.data], [2]);
  });
});
