import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node, value, writeGraph } from '../../../test/support/tiny-graph';
import { encodeModel, int64Tensor, numberTensor, readModel, type Model } from '../../onnx';
import { openSession } from '../../runtime';
import { wideTimes } from './wide-times';

const COUNT = 8;
const FREQUENCIES = Array.from({ length: COUNT }, (_, i) => 10_000 ** (-i / COUNT));
const TIME = 947.368;

describe('a timestep in half floats', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'easel-times-'))));
  after(() => rm(folder, { recursive: true }));

  /** sin(timestep × constants), all in half floats, as a converter of whole graphs leaves it; and the timestep itself. */
  const graph = async (frequencies: readonly number[], scale = 1): Promise<Model> => {
    const file = join(folder, 'model.onnx');
    await writeGraph(file, {
      nodes: [node('Mul', ['timestep', 'scale'], ['time']), node('Unsqueeze', ['time', 'axis'], ['column']), node('Mul', ['column', 'frequencies'], ['angle']), node('Sin', ['angle'], ['sine']), node('Identity', ['timestep'], ['own'])],
      inputs: [value('timestep', 'float16', ['n'])],
      outputs: [value('sine', 'float16', ['n', COUNT]), value('own', 'float16', ['n'])],
      initializers: new Map([['scale', numberTensor('float16', [scale], [])], ['axis', int64Tensor([1])], ['frequencies', numberTensor('float16', frequencies, [1, COUNT])]]),
    });
    return readModel(file);
  };
  /** How far the sines of a timestep are from the true ones. */
  const error = async (model: Model, scale = 1): Promise<number> => {
    const session = await openSession(join(folder, 'model.onnx'), { threads: 1, graph: encodeModel(model) });
    const { sine, own } = await session.run({ timestep: { dtype: 'float32', dims: [1], data: Float32Array.of(TIME / scale) } }).finally(() => session.release());
    assert.ok(Math.abs(own!.data[0] as number - TIME / scale) <= 0.25 / scale, 'who else reads it has it as before');
    return Math.max(...FREQUENCIES.map((frequency, i) => Math.abs((sine!.data[i] as number) - Math.sin(frequency * TIME))));
  };

  it('has its sines from float32, frequencies and all', async () => {
    const model = await graph(FREQUENCIES);
    const wide = wideTimes(model);
    assert.deepEqual(wide.graph.inputs.map(({ name, dtype }) => [name, dtype]), [['timestep', 'float32']]);
    const left = await error(wide);
    assert.ok(left < 1e-3, `${left}`);
    assert.ok((await error(model)) > 0.02, 'which it has not as it is');
  });

  it('has them also where a time from 0 to 1 is scaled on the way (Flux)', async () => {
    const model = await graph(FREQUENCIES, 1000);
    const left = await error(wideTimes(model), 1000);
    assert.ok(left < 1e-3, `${left}`);
    assert.ok((await error(model, 1000)) > 0.02, 'which it has not as it is');
  });

  it('is left alone where the constants are no frequencies', async () => {
    const model = await graph(FREQUENCIES.map((frequency) => 1.01 * frequency));
    assert.equal(wideTimes(model), model);
  });
});
