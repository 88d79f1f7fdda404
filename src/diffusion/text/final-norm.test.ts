import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model } from '../../onnx/model';
import { GraphBuilder } from '../../onnx/builder';
import { numberTensor } from '../../onnx/tensor';
import { writeModel } from '../../onnx/write';
import { readFinalNorm } from './final-norm';

const EMPTY: Model = { irVersion: 9, opsets: new Map([['', 17]]), producerName: '', producerVersion: '', domain: '', modelVersion: 0n, doc: '', metadata: new Map(), functions: [], graph: { name: 'g', doc: '', nodes: [], inputs: [], outputs: [], values: new Map(), initializers: new Map() } };
const [SCALE, SHIFT] = [[1, 2, 3, 4], [0, 1, 0, -1]];
/** Two tokens: the first has mean 2.5 and variance 1.25; the second's variance is the epsilon's own size. */
const HIDDEN = [1, 2, 3, 4, 0, 0, 0, 0.01];

describe('the final norm of a text encoder', () => {
  let dir: string;
  before(async () => void (dir = await mkdtemp(join(tmpdir(), 'easel-final-norm-'))));
  after(() => rm(dir, { recursive: true }));

  /** The norm that is found in a graph whose output `write` makes of its input. */
  async function normOf(write: (b: GraphBuilder, hidden: string, scale: string, shift: string) => void) {
    const b = new GraphBuilder(EMPTY, 't');
    const weights = [SCALE, SHIFT].map((values) => b.constant(numberTensor('float32', values, [4]))) as [string, string];
    write(b, b.input('hidden', 'float32', [1, 2, 4]), ...weights);
    const { graph, ...rest } = b.finish();
    const file = join(dir, 'model.onnx');
    await writeModel({ ...rest, graph: { ...graph, outputs: [{ name: 'y', dtype: 'float32', shape: [1, 2, 4] }] } }, file);
    return readFinalNorm(file, 'y');
  }

  function expected(epsilon: number): number[] {
    return [0, 4].flatMap((start) => {
      const token = HIDDEN.slice(start, start + 4);
      const mean = token.reduce((sum, x) => sum + x) / 4;
      const variance = token.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 4;
      return token.map((x, i) => ((x - mean) / Math.sqrt(variance + epsilon)) * SCALE[i]! + SHIFT[i]!);
    });
  }

  const applied = (norm: Awaited<ReturnType<typeof readFinalNorm>>) => {
    const hidden = Float32Array.from(HIDDEN);
    norm!(hidden);
    return [...hidden];
  };
  const near = (values: number[], wanted: number[]) => values.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]!) < 1e-6, `${value} for ${wanted[i]}`));

  it('is one operator, with its own epsilon or ONNX\'s', async () => {
    near(applied(await normOf((b, hidden, scale, shift) => b.op('LayerNormalization', [hidden, scale, shift], { axis: -1 }, { as: 'y' }))), expected(1e-5));
    const wide = await normOf((b, hidden, scale, shift) => b.op('LayerNormalization', [hidden, scale, shift], { axis: -1, epsilon: { type: 'float', value: 0.5 } }, { as: 'y' }));
    near(applied(wide), expected(0.5));
  });

  it('is the last product and sum of many, whichever way round', async () => {
    for (const swapped of [false, true]) {
      const norm = await normOf((b, hidden, scale, shift) => {
        const normed = b.op('Tanh', [hidden]); // stands for the part without weights
        const product = b.op('Mul', swapped ? [scale, normed] : [normed, scale]);
        b.op('Add', swapped ? [shift, product] : [product, shift], {}, { as: 'y' });
      });
      near(applied(norm), expected(1e-5));
    }
  });

  it('is none where something else makes the output', async () => {
    assert.equal(await normOf((b, hidden) => b.op('Tanh', [hidden], {}, { as: 'y' })), undefined);
    assert.equal(await normOf((b, hidden, _scale, shift) => b.op('Add', [b.op('Tanh', [hidden]), shift], {}, { as: 'y' })), undefined);
  });
});
