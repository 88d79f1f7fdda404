import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLora } from '../../adapters';
import { wave, writeLora } from '../../adapters/test-support/lora';
import { numberTensor, readModel, tensorNumbers, toFloat32, type SafeTensor } from '../../onnx';
import type { Attribute } from '../../onnx/model';
import { node, value, writeGraph } from '../../../test/support/tiny-graph';
import { ChangedGraphs } from './changed-graphs';
import type { Injection } from './requested-adapters';

const [IN, OUT] = [3, 4];
type Matrix = readonly (readonly number[])[];

/** A tensor as rows. */
function rows(tensor: SafeTensor, columns = tensor.shape.slice(1).reduce((product, n) => product * n, 1)): number[][] {
  const values = [...toFloat32(tensor)];
  return Array.from({ length: values.length / columns }, (_, i) => values.slice(i * columns, (i + 1) * columns));
}
const product = (a: Matrix, b: Matrix): number[][] => a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));
const combined = (a: Matrix, b: Matrix, f: (x: number, y: number) => number): number[][] => a.map((row, i) => row.map((x, j) => f(x, b[i]![j]!)));

describe('graphs with LoRAs in them', function () {
  this.timeout(30_000);
  let folder: string;
  let graph: string;
  let lora: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-changed-'));
    [graph, lora] = [join(folder, 'model.onnx'), join(folder, 'lora.safetensors')];
    const to = (type: bigint) => new Map<string, Attribute>([['to', { type: 'int', value: type }]]);
    const weight = (dims: number[], phase: number) => numberTensor('float32', toFloat32(wave(dims, 1, phase)), dims);
    // a and b share one weight, as exporters merge equal ones; c is stored in half precision; d is a convolution
    await writeGraph(graph, {
      inputs: [value('x', 'float32', [1, IN]), value('picture', 'float32', [1, IN, 4, 4])],
      outputs: ['a', 'b', 'c'].map((name) => value(name, 'float32', [1, OUT])).concat(value('d', 'float32', [1, OUT, 4, 4])),
      initializers: new Map([
        ['onnx::MatMul_1', weight([IN, OUT], 0)], ['a.bias', weight([OUT], 5)], ['c.weight', numberTensor('float16', toFloat32(wave([OUT, IN], 1, 1)), [OUT, IN])],
        ['c.bias', weight([OUT], 3)], ['d.weight', weight([OUT, IN, 3, 3], 2)],
      ]),
      nodes: [
        node('MatMul', ['x', 'onnx::MatMul_1'], ['a.product'], { name: '/net/a/MatMul' }), node('Add', ['a.bias', 'a.product'], ['a'], { name: '/net/a/Add' }),
        node('MatMul', ['x', 'onnx::MatMul_1'], ['b'], { name: '/net/b/MatMul' }),
        node('Cast', ['c.weight'], ['c.single'], { name: '/net/c/Cast', attributes: to(1n) }),
        node('Gemm', ['x', 'c.single', 'c.bias'], ['c'], { name: '/net/c/Gemm', attributes: new Map([['transB', { type: 'int', value: 1n }]]) }),
        node('Conv', ['picture', 'd.weight'], ['d'], { name: '/net/d/Conv', attributes: new Map<string, Attribute>([['pads', { type: 'ints', value: [1n, 1n, 1n, 1n] }]]) }),
      ],
    });
  });
  after(async () => rm(folder, { recursive: true }));

  async function opened(weights: readonly number[] = [1]) {
    const file = await readLora(lora);
    const injection: Injection = { blocks: [], bias: false, loras: weights.map((weight, i) => ({ id: `lora${i}`, weight, file })) };
    const graphs = new ChangedGraphs(injection);
    return { graphs, session: await graphs.session('unet', graph, { provider: 'cpu', threads: 1 }) };
  }

  /** What the layers answer to the unit vectors, which is their weight, and to zero, which is their bias. */
  async function weightsOf(weights?: readonly number[]): Promise<Record<'a' | 'b' | 'c', { weight: number[][]; bias: number[] }>> {
    const { session, graphs } = await opened(weights);
    const picture = { dtype: 'float32' as const, dims: [1, IN, 4, 4], data: new Float32Array(IN * 16) };
    const ask = async (x: number[]) => {
      const answers = await session.run({ x: { dtype: 'float32', dims: [1, IN], data: Float32Array.from(x) }, picture });
      return (name: string) => [...(answers[name]!.data as Float32Array)];
    };
    const none = await ask([0, 0, 0]);
    const units = await Promise.all([0, 1, 2].map((i) => ask([0, 1, 2].map((j) => Number(i === j)))));
    await graphs.release();
    const layer = (name: string) => ({ bias: none(name), weight: none(name).map((bias, o) => units.map((unit) => unit(name)[o]! - bias)) });
    return { a: layer('a'), b: layer('b'), c: layer('c') };
  }
  const near = (actual: Matrix, expected: Matrix, what: string) => assert.ok(actual.every((row, i) => row.every((x, j) => Math.abs(x - expected[i]![j]!) < 1e-5)), `${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);

  it('have W + w · alpha / r · B A, in float32 also where W is stored in half precision, and only where the LoRA says so', async () => {
    const [down, up, bias] = [wave([2, IN], 1, 7), wave([OUT, 2], 1, 8), wave([OUT], 1, 9)];
    const files = Object.fromEntries(['a', 'c'].flatMap((name) => [[`unet.${name}.lora_A.weight`, down], [`unet.${name}.lora_B.weight`, up], [`unet.${name}.lora_B.bias`, bias]]));
    await writeLora(lora, files, { lora_adapter_metadata: JSON.stringify({ 'unet.r': 2, 'unet.lora_alpha': 3 }) });
    const plain = await weightsOf([0]);
    const changed = await weightsOf([0.5, 0.25]);
    const delta = product(rows(up), rows(down));
    for (const name of ['a', 'c'] as const) {
      near(changed[name].weight, combined(plain[name].weight, delta, (w, d) => w + 0.75 * 1.5 * d), name);
      near([changed[name].bias], combined([plain[name].bias], [[...toFloat32(bias)]], (b, d) => b + 0.75 * 1.5 * d), `${name}'s bias`);
    }
    near(changed.b.weight, plain.b.weight, 'the weight that b shares with a');
  });

  it('have products of every kind: LoHa, LoKr, whole differences, DoRA by outputs and by inputs', async () => {
    await writeLora(lora, { 'unet.b.diff': wave([OUT, IN]) });
    const { b: { weight: W } } = await weightsOf([0]);
    near((await weightsOf([0.5])).b.weight, combined(W, rows(wave([OUT, IN])), (w, d) => w + 0.5 * d), 'difference');

    const [a1, b1, a2, b2] = [wave([OUT, 2], 1, 1), wave([2, IN], 1, 2), wave([OUT, 2], 1, 3), wave([2, IN], 1, 4)];
    await writeLora(lora, { 'lora_unet_b.hada_w1_a': a1, 'lora_unet_b.hada_w1_b': b1, 'lora_unet_b.hada_w2_a': a2, 'lora_unet_b.hada_w2_b': b2, 'lora_unet_b.alpha': wave([], 0.5, 0.5) });
    const alpha = toFloat32(wave([], 0.5, 0.5))[0]!;
    near((await weightsOf([2])).b.weight, combined(W, combined(product(rows(a1), rows(b1)), product(rows(a2), rows(b2)), (x, y) => x * y), (w, d) => w + 2 * (alpha / 2) * d), 'LoHa');

    const [w1, w2a, w2b] = [wave([2, 1], 1, 5), wave([2, 1], 1, 6), wave([1, IN], 1, 7)];
    await writeLora(lora, { 'lora_unet_b.lokr_w1': w1, 'lora_unet_b.lokr_w2_a': w2a, 'lora_unet_b.lokr_w2_b': w2b });
    const w2 = product(rows(w2a), rows(w2b));
    near((await weightsOf()).b.weight, W.map((row, i) => row.map((w, j) => w + rows(w1)[Math.floor(i / 2)]![0]! * w2[i % 2]![j]!)), 'LoKr');

    const [down, up] = [wave([2, IN], 0.5, 1), wave([OUT, 2], 0.5, 2)];
    const S = combined(W, product(rows(up), rows(down)), (w, d) => w + d);
    for (const [shape, length] of [[[OUT, 1], (i: number) => Math.hypot(...S[i]!)], [[1, IN], (_i: number, j: number) => Math.hypot(...S.map((row) => row[j]!))]] as const) {
      const m = wave(shape, 1, 3);
      const wanted = toFloat32(m);
      await writeLora(lora, { 'lora_unet_b.lora_down.weight': down, 'lora_unet_b.lora_up.weight': up, 'lora_unet_b.dora_scale': m });
      near((await weightsOf()).b.weight, S.map((row, i) => row.map((s, j) => (s * wanted[shape[0] === OUT ? i : j]!) / length(i, j))), `DoRA ${shape.join('×')}`);
    }
  });

  it('have convolutions: up · down, and LoCon with a factor between them', async () => {
    const dims = [OUT, IN, 3, 3];
    const [up, down] = [wave([OUT, 2, 1, 1], 1, 1), wave([2, IN, 3, 3], 1, 2)];
    const [mid, inner] = [wave([2, 2, 3, 3], 1, 3), wave([2, IN, 1, 1], 1, 4)];
    const locon = rows(up).map((u) => Array.from({ length: IN * 9 }, (_, at) => {
      const [i, tap] = [Math.floor(at / 9), at % 9];
      return u.reduce((sum, x, a) => sum + x * rows(mid)[a]!.filter((_, k) => k % 9 === tap).reduce((part, y, b) => part + y * rows(inner)[b]![i]!, 0), 0);
    }));
    const picture = { dtype: 'float32' as const, dims: [1, IN, 4, 4], data: toFloat32(wave([IN * 16], 1, 6)) };
    const answer = async () => {
      const { session, graphs } = await opened();
      const { d } = await session.run({ x: { dtype: 'float32', dims: [1, IN], data: new Float32Array(IN) }, picture });
      await graphs.release();
      return [...(d!.data as Float32Array)];
    };
    for (const [what, tensors, delta] of [
      ['convolution', { 'lora_unet_d.lora_up.weight': up, 'lora_unet_d.lora_down.weight': down }, product(rows(up), rows(down))],
      ['LoCon', { 'lora_unet_d.lora_up.weight': up, 'lora_unet_d.lora_mid.weight': mid, 'lora_unet_d.lora_down.weight': inner }, locon],
    ] as const) {
      await writeLora(lora, tensors);
      const changed = await answer();
      await writeLora(lora, { 'lora_unet_d.diff': { ...wave(dims), data: new Uint8Array(Float32Array.from(delta.flat()).buffer) } });
      near([changed], [await answer()], what);
    }
  });

  it('are refused in one line when the LoRA is another model\'s or holds no numbers; layers that are not there are told', async () => {
    const refused = async (tensors: Record<string, SafeTensor>, message: RegExp) => {
      await writeLora(lora, tensors);
      await assert.rejects(opened(), (error: Error) => {
        assert.deepEqual([error.name, (error as Error & { code?: string }).code], ['AdapterError', 'bad-request']);
        assert.match(error.message, message);
        assert.ok(!error.message.includes('\n'));
        return true;
      });
    };
    const pair = (module: string, inputs = IN, out = OUT) => ({ [`unet.${module}.lora_A.weight`]: wave([2, inputs]), [`unet.${module}.lora_B.weight`]: wave([out, 2]) });
    await refused(pair('elsewhere'), /<lora:lora0> was made for another model: .*model\.onnx has no elsewhere and none of the other layers/);
    await refused(pair('a', 5), /<lora:lora0> was made for another model: it has factors from 5 to 4 for a, which goes from 3 to 4 here; use it with the model it was made for/);
    await refused(pair('a', IN, 7), /factors from 3 to 7 for a/);
    await refused({ ...pair('a'), 'unet.a.lora_B.bias': wave([3]) }, /a bias of 3 for a/);
    await refused({ ...pair('a'), 'unet.a.lora_A.weight': wave([2, IN], NaN) }, /lora\.safetensors: a \(<lora:lora0>\) holds numbers that are not finite/);
    await writeLora(lora, { ...pair('a'), ...pair('elsewhere') });
    const { graphs } = await opened();
    assert.deepEqual([...graphs.notes], ['<lora:lora0>: 1 of the layers that it changes are not in unet here, and were left out (elsewhere)']);
    await graphs.release();
  });

  it('go through memory in parts where they are too large, with one half kept or none', async () => {
    const fixtures = join(__dirname, '../../../test/fixtures');
    const loras = [{ id: 'kohya', weight: 1, file: await readLora(join(fixtures, 'loras/sdxl-kohya.safetensors')) }];
    const answers: number[][] = [];
    for (const parts of [undefined, { largeBytes: 2 ** 17, half: false }, { largeBytes: 2 ** 17, half: true }]) {
      const graphs = new ChangedGraphs({ blocks: [], bias: false, loras });
      const session = await graphs.session('unet', join(fixtures, 'models/sdxl/unet/model.onnx'), { provider: 'cpu', threads: 1, parts });
      assert.equal(session.runKeeping === undefined, parts !== undefined, 'a graph in parts is no session of its own');
      const feeds = Object.fromEntries([...session.inputs].map(([name, { shape }]) => {
        const dims = shape.map((size, axis) => (typeof size === 'number' ? size : axis === 0 ? 1 : 8));
        return [name, { dtype: 'float32' as const, dims, data: toFloat32(wave(dims, 1, name.length)) }];
      }));
      answers.push([...(Object.values(await session.run(feeds))[0]!.data as Float32Array)]);
      assert.deepEqual(graphs.notes, []);
      await graphs.release();
    }
    const [whole = [], ...others] = answers;
    for (const other of others) {
      const error = Math.hypot(...other.map((x, i) => x - whole[i]!)) / Math.hypot(...whole);
      assert.ok(error < 1e-5, `relative error ${error.toExponential(2)}`);
    }
  });

  it('leave the file of the weights as it is', async () => {
    const { graph: { initializers } } = await readModel(graph);
    assert.equal(initializers.get('c.weight')!.dtype, 'float16');
    assert.deepEqual([...tensorNumbers(initializers.get('onnx::MatMul_1')!)], [...toFloat32(wave([IN, OUT]))]);
  });
});
