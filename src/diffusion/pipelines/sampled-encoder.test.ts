import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node, value, writeGraph } from '../../../test/support/tiny-graph';
import type { Attribute, Node } from '../../onnx/model';
import { openSession, tensor } from '../../runtime';
import { encoderWithNoiseInput, NOISE_INPUT } from './sampled-encoder';

describe('an encoder that draws in its graph', () => {
  let file: string;
  before(async () => (file = join(await mkdtemp(join(tmpdir(), 'easel-sampled-')), 'model.onnx')));
  after(() => rm(join(file, '..'), { recursive: true }));

  const DIMS = ['b', 'c', 'h', 'w'];
  const random = (opType: string, attributes: Readonly<Record<string, Attribute>> = {}, output = 'noise') => node(opType, opType === 'RandomNormal' ? [] : ['shaped'], [output], { attributes: new Map(Object.entries(attributes)) });
  /** mean + noise, beside a path that leads to the noise alone. */
  const written = async (...made: Node[]) => {
    await writeGraph(file, {
      inputs: [value('sample', 'float32', DIMS)], outputs: [value('latents', 'float32', DIMS)],
      nodes: [node('Identity', ['sample'], ['shaped']), ...made, node('Add', ['sample', 'noise'], ['latents'])],
    });
    return encoderWithNoiseInput(file);
  };
  const FLOAT: Attribute = { type: 'int', value: 1n };
  const SHAPE: Attribute = { type: 'ints', value: [1n, 1n, 1n, 2n] };

  const NODES = { 'like another value': random('RandomNormalLike', { dtype: FLOAT }), 'of a type that it does not say': random('RandomNormalLike'), 'of a fixed shape': random('RandomNormal', { shape: SHAPE }), 'standard in so many words': random('RandomNormalLike', { mean: { type: 'float', value: 0 }, scale: { type: 'float', value: 1 } }) };
  for (const [kind, made] of Object.entries(NODES)) {
    it(`has its noise as an input: ${kind}`, async () => {
      const session = await openSession(file, { threads: 1, graph: (await written(made))! });
      const { latents } = await session.run({ sample: tensor(Float32Array.of(1, 2), [1, 1, 1, 2]), [NOISE_INPUT]: tensor(Float32Array.of(10, 20), [1, 1, 1, 2]) }).finally(() => session.release());
      assert.deepEqual(latents!.data, Float32Array.of(11, 22));
    });
  }

  it('has it in half floats where the graph makes them', async () => {
    const half = await written(random('RandomNormalLike', { dtype: { type: 'int', value: 10n } }, 'half'), node('Cast', ['half'], ['noise'], { attributes: new Map([['to', FLOAT]]) }));
    const session = await openSession(file, { threads: 1, graph: half! });
    assert.equal(session.inputs.get(NOISE_INPUT)!.dtype, 'float16');
    await session.release();
  });

  it('is left alone where it draws nothing, twice, or no standard numbers, and where it cannot be read', async () => {
    assert.equal(await written(node('Neg', ['shaped'], ['noise'])), undefined);
    assert.equal(await written(random('RandomNormalLike', {}, 'one'), random('RandomNormalLike', {}, 'two'), node('Add', ['one', 'two'], ['noise'])), undefined);
    assert.equal(await written(random('RandomNormalLike', { mean: { type: 'float', value: 1 } })), undefined);
    assert.equal(await written(random('RandomNormalLike', { scale: { type: 'float', value: 2 } })), undefined);
    assert.equal(await written(random('RandomNormalLike', { dtype: { type: 'int', value: 11n } })), undefined);
    await writeFile(file, 'no graph');
    assert.equal(await encoderWithNoiseInput(file), undefined);
    assert.equal(await encoderWithNoiseInput('/nowhere/model.onnx'), undefined);
  });
});
