import assert from 'node:assert/strict';
import { runModel, type Feeds } from '../../../test/conformance/gradients/session.ts';
import { float32Tensor, inferTypes, numberTensor, tensorBytes, tensorNumbers, type Attribute, type Model, type Node, type Tensor } from '../index.ts';
import { halveWeights, PROBE, prepareForQuantization, probeLayers, quantizableLayers, quantizeLayers, type WeightBits } from './index.ts';

const ints = (...values: number[]): Attribute => ({ type: 'ints', value: values.map(BigInt) });
const int = (value: number): Attribute => ({ type: 'int', value: BigInt(value) });
const node = (opType: string, inputs: string[], output: string, attributes: Record<string, Attribute> = {}): Node =>
  ({ name: `${opType} of ${output}`, opType, domain: '', inputs, outputs: [output], attributes: new Map(Object.entries(attributes)) });

function modelOf(nodes: Node[], shape: (number | string)[], initializers: Record<string, Tensor>, outputs = ['y'], dtype: 'float32' | 'float16' = 'float32'): Model {
  return {
    irVersion: 8, opsets: new Map([['', 18]]), producerName: 'test', producerVersion: '', domain: '', modelVersion: 0n, doc: '', metadata: new Map(), functions: [],
    graph: { name: 'g', doc: '', nodes, inputs: [{ name: 'x', dtype, shape }], outputs: outputs.map((name) => ({ name, dtype })), values: new Map(), initializers: new Map(Object.entries(initializers)) },
  };
}

/** Numbers that repeat from run to run and look like activations. */
function numbers(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.fround((state / 2147483648 - 0.4) * 3);
  });
}

const weights = (seed: number, ...dims: number[]) => numberTensor('float32', numbers(dims.reduce((a, b) => a * b, 1), seed), dims);
const feed = (values: number[], dims: number[]): Feeds => new Map([['x', float32Tensor(Float32Array.from(values), dims)]]);

/** Halves to even, as the operator's definition says. */
function round(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

/** ONNX's DynamicQuantizeLinear, from its definition. */
function roundActivation(x: readonly number[]) {
  const low = Math.min(0, ...x);
  const high = Math.max(0, ...x);
  const scale = Math.fround(Math.fround(high - low) / 255);
  const zero = Math.max(0, Math.min(255, round(Math.fround(-low / scale))));
  return { scale, values: x.map((v) => Math.max(0, Math.min(255, round(Math.fround(v / scale)) + zero)) - zero) };
}

/** Columns of `w` (`at(i, j)`) rounded to whole multiples of their largest value's `limit`th part. */
function roundWeights(k: number, n: number, at: (i: number, j: number) => number, limit: number) {
  const scales = Array.from({ length: n }, (_, j) => Math.fround(Math.max(...Array.from({ length: k }, (_, i) => Math.abs(at(i, j)))) / limit));
  return { scales, value: (i: number, j: number) => Math.round(at(i, j) / scales[j]!) };
}

function close(actual: ArrayLike<number>, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  const size = Math.max(...expected.map(Math.abs));
  for (let i = 0; i < expected.length; i++) assert.ok(Math.abs(actual[i]! - expected[i]!) <= 2e-6 * size, `value ${i} is ${actual[i]}, not ${expected[i]}`);
}

function quantized(model: Model, bits: WeightBits = 8): Model {
  const prepared = prepareForQuantization(model);
  return quantizeLayers(prepared, quantizableLayers(prepared), bits);
}

/** The layer `rows [m, k] · w [k, n] + bias`, every sum in whole numbers. */
function product(x: readonly number[], m: number, k: number, n: number, at: (i: number, j: number) => number, limit = 127, bias: ArrayLike<number> = new Float32Array(n)): number[] {
  const activation = roundActivation(x);
  const { scales, value } = roundWeights(k, n, at, limit);
  return Array.from({ length: m * n }, (_, index) => {
    const [row, column] = [Math.floor(index / n), index % n];
    let sum = 0;
    for (let i = 0; i < k; i++) sum += activation.values[row * k + i]! * value(i, column);
    return sum * activation.scale * scales[column]! + bias[column]!;
  });
}

describe('layers in integers', () => {
  for (const [title, limit, bits] of [['8-bit', 127, 8], ['7-bit', 63, 7]] as const) {
    it(`compute a matrix product with ${title} weights exactly as defined`, async () => {
      const w = weights(1, 24, 10);
      const x = numbers(2 * 3 * 24, 2);
      const model = quantized(modelOf([node('MatMul', ['x', 'w'], 'y')], ['B', 3, 24], { w }), bits);
      const values = tensorNumbers(w);
      const [result] = await runModel(model, [feed(x, [2, 3, 24])]);
      close(result!.get('y')!.data, product(x, 6, 24, 10, (i, j) => values[i * 10 + j]!, limit));
      assert.deepEqual(result!.get('y')!.dims, [2, 3, 10]);
      const stored = [...model.graph.initializers.values()].find(({ dtype }) => dtype === 'int8');
      assert.ok(new Int8Array(tensorBytes(stored!)).every((value) => Math.abs(value) <= limit));
    });
  }

  it('read weights behind Transpose and a Cast from half precision, and a Gemm with its bias', async () => {
    const half = numberTensor('float16', numbers(80, 3), [10, 8]);
    const bias = weights(4, 10);
    const x = numbers(4 * 8, 5);
    const halves = tensorNumbers(half);
    const expected = product(x, 4, 8, 10, (i, j) => halves[j * 8 + i]!, 127, tensorNumbers(bias));
    const behind = [node('Cast', ['h'], 'c', { to: int(1) }), node('Transpose', ['c'], 'w', { perm: ints(1, 0) })];
    const matMul = quantized(modelOf([...behind, node('MatMul', ['x', 'w'], 'm'), node('Add', ['m', 'b'], 'y')], [4, 8], { h: half, b: bias }));
    const gemm = quantized(modelOf([behind[0]!, node('Gemm', ['x', 'c', 'b'], 'y', { transB: int(1) })], [4, 8], { h: half, b: bias }));
    for (const model of [matMul, gemm]) {
      close((await runModel(model, [feed(x, [4, 8])]))[0]!.get('y')!.data, expected);
      assert.ok(!model.graph.initializers.has('h'), 'the old weights are gone');
    }
  });

  it('share the rounding of an activation that several layers read', () => {
    const model = quantized(modelOf(['q', 'k', 'v'].map((name, i) => node('MatMul', ['x', `w${i}`], name)), [4, 8], { w0: weights(1, 8, 8), w1: weights(2, 8, 8), w2: weights(3, 8, 8) }, ['q', 'k', 'v']));
    assert.equal(model.graph.nodes.filter(({ opType }) => opType === 'DynamicQuantizeLinear').length, 1);
    assert.equal(model.graph.nodes.filter(({ opType }) => opType === 'MatMulInteger').length, 3);
  });

  const windows: readonly (readonly [title: string, kernel: readonly [number, number], attributes: Record<string, Attribute>])[] = [
    ['3x3', [3, 3], { pads: ints(1, 1, 1, 1) }], ['1x1', [1, 1], {}], ['strided', [3, 3], { pads: ints(1, 1, 1, 1), strides: ints(2, 2) }],
    ['padded on two sides', [3, 3], { pads: ints(0, 0, 1, 1), strides: ints(2, 2) }], ['dilated', [3, 3], { pads: ints(2, 2, 2, 2), dilations: ints(2, 2) }],
    ['3x1', [3, 1], { pads: ints(1, 0, 1, 0) }], ['1x1 strided', [1, 1], { strides: ints(2, 2) }],
  ];
  for (const [title, kernel, attributes] of windows) {
    for (const open of [false, true]) {
      it(`compute a ${title} convolution exactly, ${open ? 'at any size' : 'at a fixed size'}`, async () => {
        const [batch, channels, height, width, n] = [2, 3, 6, 5, 4];
        const w = weights(7, n, channels, ...kernel);
        const bias = weights(8, n);
        const x = numbers(batch * channels * height * width, 9);
        const plain = modelOf([node('Conv', ['x', 'w', 'b'], 'y', attributes)], open ? ['B', channels, 'H', 'W'] : [batch, channels, height, width], { w, b: bias });
        const activation = roundActivation(x);
        const values = tensorNumbers(w);
        const taps = kernel[0] * kernel[1];
        const { scales, value } = roundWeights(channels * taps, n, (i, j) => values[j * channels * taps + i]!, 127);
        // The same convolution over whole numbers is exact in float32; the runtime's own kernel is the reference for the window.
        const whole = numberTensor('float32', Array.from({ length: w.dims.reduce((a, b) => a * b, 1) }, (_, i) => value(i % (channels * taps), Math.floor(i / (channels * taps)))), w.dims);
        const reference = modelOf([node('Conv', ['x', 'w'], 'y', attributes)], [batch, channels, height, width], { w: whole });
        const sums = (await runModel(reference, [feed(activation.values, [batch, channels, height, width])]))[0]!.get('y')!;
        const area = sums.dims[2]! * sums.dims[3]!;
        const expected = Array.from(sums.data, (sum, i) => sum * activation.scale * scales[Math.floor(i / area) % n]! + tensorNumbers(bias)[Math.floor(i / area) % n]!);
        const result = (await runModel(quantized(plain), [feed(x, [batch, channels, height, width])]))[0]!.get('y')!;
        assert.deepEqual(result.dims, sums.dims);
        close(result.data, expected);
      });
    }
  }

  it('leave alone what is no product with constant weights', () => {
    const w = weights(1, 4, 1, 3, 3);
    const nodes = [
      node('MatMul', ['x', 'x'], 'two'), node('Conv', ['x', 'w'], 'grouped', { group: int(4) }),
      node('Gemm', ['x', 'm'], 'scaled', { alpha: { type: 'float', value: 2 } }), node('Conv', ['x', 'full'], 'auto', { auto_pad: { type: 'string', value: 'SAME_UPPER' }, group: int(1) }),
    ];
    assert.deepEqual(quantizableLayers(modelOf(nodes, ['B', 4, 'H', 'W'], { w, full: weights(3, 4, 4, 3, 3), m: weights(2, 4, 4) }, ['two'])), []);
  });

  it('tell beforehand what rounding does to each of them', async () => {
    const x = numbers(4 * 8, 5);
    const model = prepareForQuantization(modelOf([node('MatMul', ['x', 'w'], 'h'), node('Relu', ['h'], 'r'), node('MatMul', ['r', 'v'], 'y')], [4, 8], { w: weights(1, 8, 16), v: weights(2, 16, 3) }));
    const layers = quantizableLayers(model);
    const [result] = await runModel(probeLayers(model, layers, 8), [feed(x, [4, 8])]);
    assert.deepEqual(Array.from(result!.get(PROBE.shapes)!.data, Number), [4, 8, 0, 0, 4, 16, 0, 0]);
    const [noise, signal] = [result!.get(PROBE.noise)!.data, result!.get(PROBE.signal)!.data];
    const exact = (await runModel(modelOf([node('MatMul', ['x', 'w'], 'h')], [4, 8], { w: weights(1, 8, 16) }, ['h']), [feed(x, [4, 8])]))[0]!.get('h')!.data;
    const rounded = (await runModel(quantized(modelOf([node('MatMul', ['x', 'w'], 'h')], [4, 8], { w: weights(1, 8, 16) }, ['h'])), [feed(x, [4, 8])]))[0]!.get('h')!.data;
    const squares = (values: readonly number[]) => values.reduce((sum, v) => sum + v * v, 0);
    assert.ok(Math.abs(signal[0]! / squares(Array.from(exact)) - 1) < 1e-4);
    assert.ok(Math.abs(noise[0]! / squares(Array.from(exact, (v, i) => v - rounded[i]!)) - 1) < 1e-2);
    assert.ok(noise[1]! > 0 && noise[1]! < 1e-3 * signal[1]!);
  });

  it('work inside a graph in half precision', async () => {
    const model = modelOf([node('MatMul', ['x', 'w'], 'y')], [4, 8], { w: numberTensor('float16', numbers(64, 1), [8, 8]) }, ['y'], 'float16');
    const integer = quantized(model);
    assert.equal(inferTypes(integer).get('y')?.dtype, 'float16');
    assert.ok(integer.graph.nodes.some(({ opType }) => opType === 'MatMulInteger'));
  });
});

describe('weights in half precision', () => {
  it('are stored in half the bytes, and computed with in single precision', async () => {
    const w = weights(1, 64, 32);
    const model = modelOf([node('MatMul', ['x', 'w'], 'm'), node('Add', ['m', 'b'], 'y')], [2, 64], { w, b: weights(2, 32) });
    const halved = halveWeights(model);
    assert.deepEqual([...halved.graph.initializers].map(([name, { dtype }]) => [name, dtype]), [['w.half', 'float16'], ['b', 'float32']]);
    const x = feed(numbers(128, 3), [2, 64]);
    const [a, b] = [(await runModel(model, [x]))[0]!.get('y')!.data, (await runModel(halved, [x]))[0]!.get('y')!.data];
    assert.ok(Array.from(a, (value, i) => Math.abs(value - b[i]!)).every((difference) => difference < 0.02));
    assert.notDeepEqual(a, b);
  });

  it('stay as they are where half precision cannot hold them', () => {
    const w = numberTensor('float32', Array.from({ length: 2048 }, (_, i) => (i === 7 ? 1e6 : 1)), [64, 32]);
    assert.equal(halveWeights(modelOf([node('MatMul', ['x', 'w'], 'y')], [2, 64], { w })).graph.initializers.get('w'), w);
  });
});
