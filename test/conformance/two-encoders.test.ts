/**
 * Method 2 on the file that is shipped: the embedded model's two text encoders lie in one graph and share nothing that was
 * trained. recipes/icons/test_gradients.py says the same of the model in training; this asks what it was exported to.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { differentiate, elementCount, isFloat, producersOf, readModel, tensorBytes, type Model, type SafeTensor } from '../../src/onnx';
import { node } from '../support/tiny-graph';
import { runModel } from './gradients/session';

const FILE = join(__dirname, '../../models/icon-64/text_encoder/model.onnx');
const HALVES = ['last_hidden_state', 'pooled_output'] as const;

/** Weights that a value of the graph is computed from. Single numbers (an epsilon, a scale) and integers are no weights. */
function trainedBehind({ graph }: Model, output: string): Set<string> {
  const makers = producersOf(graph.nodes);
  const [seen, ahead] = [new Set<string>(), [output]];
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    ahead.push(...(makers.get(name)?.inputs ?? []));
  }
  return new Set([...graph.initializers].flatMap(([name, { dtype, dims }]) => (seen.has(name) && isFloat(dtype) && elementCount(dims) > 1 ? [name] : [])));
}

const common = (a: ReadonlySet<string>, b: ReadonlySet<string>) => [...a].filter((name) => b.has(name));

describe('the two text encoders of the embedded model', function () {
  this.timeout(60_000);
  let model: Model;
  before(async () => void (model = await readModel(FILE)));

  it('have no weight in common, token tables included, and no weight twice', () => {
    const [generative, contrastive] = HALVES.map((output) => trainedBehind(model, output)) as [Set<string>, Set<string>];
    assert.deepEqual(common(generative, contrastive), []);
    for (const half of [generative, contrastive]) assert.ok([...half].some((name) => model.graph.initializers.get(name)!.dims[0]! > 2000), 'a token table of its own');
    const bytes = (half: Set<string>) => new Set([...half].map((name) => Buffer.from(tensorBytes(model.graph.initializers.get(name)!)).toString('base64')));
    assert.deepEqual(common(bytes(generative), bytes(contrastive)), []);
  });

  it('would be told if one read the other', () => {
    const leaky = { ...model, graph: { ...model.graph, nodes: [...model.graph.nodes, node('Concat', ['last_hidden_state', 'last_hidden_state'], ['leak'])] } };
    assert.equal(common(trainedBehind(leaky, HALVES[0]), trainedBehind(leaky, 'leak')).length, trainedBehind(model, HALVES[0]).size);
  });

  for (const [own, other] of [HALVES, [...HALVES].reverse()] as [string, string][]) {
    it(`${own} gives the other half a gradient of exactly 0, and its own one that is not`, async () => {
      const wrt = { own: [...trainedBehind(model, own)], other: [...trainedBehind(model, other)] };
      const gradient = differentiate(model, { outputs: [own], wrt: [...wrt.own, ...wrt.other] });
      const ids = [1, 700, 900, 42, 1200, 2];
      const int64 = (values: number[]): SafeTensor => ({ dtype: 'I64', shape: [1, 32], data: new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer) });
      const width = model.graph.outputs.find(({ name }) => name === own)!.shape!.at(-1) as number;
      const shape = own === HALVES[0] ? [1, 32, width] : [1, width];
      const back: SafeTensor = { dtype: 'F32', shape, data: new Uint8Array(Float32Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(i)).buffer) };
      const padded = (values: number[]) => [...values, ...Array<number>(32 - values.length).fill(0)];
      const [result] = await runModel(gradient, [new Map([['input_ids', int64(padded(ids))], ['attention_mask', int64(padded(ids.map(() => 1)))], [`grad_${own}`, back]])]);
      const moved = (names: readonly string[]) => names.filter((name) => Array.from(result!.get(`grad_${name}`)!.data).some((number) => number !== 0));
      assert.deepEqual(moved(wrt.other), []);
      assert.ok(moved(wrt.own).length > wrt.own.length / 2, `${moved(wrt.own).length} of ${wrt.own.length}`);
    });
  }
});
