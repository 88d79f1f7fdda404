import assert from 'node:assert/strict';
import { node, tinyModel, value } from '../../../test/support/tiny-graph';
import { encodeModel, numberTensor } from '../../onnx';
import { openSession, tensor } from '../../runtime';
import { MAGNITUDE_OUTPUT, NEXT_OUTPUT, packFactors, SHOWN_OUTPUT, STEP_INPUT, withStep, type StepFactors } from './step-graph';

const DIMS = ['b', 1, 'h', 'w'] as const;
/** A network that doubles its latents and adds each row's number. */
const network = (dtype: 'float32' | 'float16' = 'float32', latents = 'sample') => tinyModel({
  inputs: [value(latents, dtype, DIMS), value('text', dtype, ['b', 1, 1, 1])], outputs: [value('answer', dtype, DIMS)], initializers: new Map([['two', numberTensor(dtype, [2], [])]]),
  nodes: [node('Mul', [latents, 'two'], ['doubled']), node('Add', ['doubled', 'text'], ['answer'])],
});
const FACTORS: StepFactors = { next: [0.5, -2], shown: [3, 0.25], guidanceScale: 4 };

async function asked(latents: readonly number[], texts: readonly number[], { dtype, name = 'sample', factors = FACTORS }: { dtype?: 'float16'; name?: string; factors?: StepFactors } = {}) {
  const session = await openSession('/nowhere/model.onnx', { threads: 1, graph: encodeModel(withStep(network(dtype, name))) });
  const rows = texts.length;
  const feeds = { [name]: tensor(Float32Array.from(latents), [rows, 1, 1, 2]), text: tensor(Float32Array.from(texts), [rows, 1, 1, 1]), [STEP_INPUT]: tensor(packFactors(factors), [5]) };
  return session.run(feeds).finally(() => session.release());
}
const numbers = (answer: { readonly data: ArrayLike<unknown> } | undefined) => Array.from(answer!.data as Float32Array);

describe('a denoiser with its step', () => {
  it('gives the next latents for every row, what is to be shown once, and how large the answer is', async () => {
    const results = await asked([1, -2, 1, -2], [10, 20]);
    const guided = [22 + 4 * (12 - 22), 16 + 4 * (6 - 16)]; // of answers 2 x + 10 and 2 x + 20
    const next = [0.5 - 2 * guided[0]!, -1 - 2 * guided[1]!];
    assert.deepEqual(numbers(results[NEXT_OUTPUT]), [...next, ...next]);
    assert.deepEqual([numbers(results[SHOWN_OUTPUT]), results[SHOWN_OUTPUT]!.dims], [[3 + 0.25 * guided[0]!, -6 + 0.25 * guided[1]!], [1, 1, 1, 2]]);
    assert.deepEqual([numbers(results[MAGNITUDE_OUTPUT]), results[MAGNITUDE_OUTPUT]!.dims], [[(Math.abs(guided[0]!) + Math.abs(guided[1]!)) / 2], []]);
    assert.deepEqual(numbers(results['answer']), [12, 6, 22, 16], "the network's own answer can still be asked for");
  });

  it('guides nothing with the prompt alone', async () => {
    const results = await asked([1, -2], [10]);
    assert.deepEqual([NEXT_OUTPUT, SHOWN_OUTPUT, MAGNITUDE_OUTPUT].map((name) => numbers(results[name])), [[0.5 - 24, -1 - 12], [3 + 3, -6 + 1.5], [9]]);
  });

  it('takes and gives float32 where the network computes in half floats, by whichever name', async () => {
    const fine = [1 + 2 ** -20, -2 - 2 ** -20];
    for (const name of ['sample', 'hidden_states', 'latent_model_input', 'latents']) {
      const results = await asked(fine, [10], { dtype: 'float16', name, factors: { ...FACTORS, next: [0.5, 0], shown: [3, 0] } });
      assert.deepEqual([NEXT_OUTPUT, SHOWN_OUTPUT].map((output) => numbers(results[output])), [0.5, 3].map((factor) => fine.map((x) => Math.fround(factor * x))));
      assert.deepEqual(numbers(results['answer']), [12, 6]);
    }
  });

  it('has a magnitude that is not finite where anything in the answer is not', async () => {
    for (const bad of [NaN, Infinity, -Infinity]) assert.ok(!Number.isFinite(numbers((await asked([1, bad], [10]))[MAGNITUDE_OUTPUT])[0]!));
    const other = await asked([1, 2, 1, NaN], [10, 20]);
    assert.ok(!Number.isFinite(numbers(other[MAGNITUDE_OUTPUT])[0]!), 'nor in the answer to the other text');
  });

  it('is refused for a graph that takes no latents', () => {
    assert.throws(() => withStep(network('float32', 'pixels')), { name: 'OnnxError', message: /no input of it is known to take latents: pixels, text/ });
  });
});
