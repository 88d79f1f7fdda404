import assert from 'node:assert/strict';
import { numberTensor, type Attribute, type DataType, type Graph, type Node } from '../onnx';
import { node, tinyModel } from '../../test/support/tiny-graph';
import { findLayers } from './find-layers';

const int = (value: number): Attribute => ({ type: 'int', value: BigInt(value) });
const float = (value: number): Attribute => ({ type: 'float', value });
const ints = (...values: number[]): Attribute => ({ type: 'ints', value: values.map(BigInt) });
const attributes = (entries: Readonly<Record<string, Attribute>>) => ({ attributes: new Map(Object.entries(entries)) });
const tensor = (dims: readonly number[], dtype: DataType = 'float32') => numberTensor(dtype, new Float32Array(dims.reduce((product, n) => product * n, 1)), dims);
const graphOf = (weights: Readonly<Record<string, ReturnType<typeof tensor>>>, ...nodes: Node[]): Graph => tinyModel({ inputs: [], outputs: [], nodes, initializers: new Map(Object.entries(weights)) }).graph;
/** A product of the module `net.a` whose weight is `w`. */
const product = (opType: string, said: Readonly<Record<string, Attribute>> = {}, weight = 'w', changes: Partial<Node> = {}) => node(opType, ['x', weight], ['y'], { name: `/net/a/${opType}`, ...attributes(said), ...changes });

describe('layers with weights', () => {
  it('are named by the scope, the node and the weight, the surest first', () => {
    const scopes = (...names: string[]) => ({ metadata: new Map([['pkg.torch.onnx.name_scopes', `[${names.map((name) => `'${name}'`).join(', ')}]`]]) });
    const weights = { 'onnx::MatMul_7': tensor([2, 3]), 'c.weight': tensor([2, 3]), 'd.weight': tensor([2, 3]) };
    const found = findLayers(graphOf(weights,
      node('MatMul', ['x', 'onnx::MatMul_7'], ['a'], { name: '/net/blocks.0/to_q/MatMul' }), // TorchScript
      node('MatMul', ['x', 'onnx::MatMul_7'], ['b'], { name: 'node_matmul_1', ...scopes('', 'blocks.0', 'blocks.0.to_k', 'matmul') }), // torch.export
      node('MatMul', ['x', 'c.weight'], ['c'], { name: 'node_matmul_2' }),
      // equal weights were merged, and the one that is left has the name of another layer
      node('MatMul', ['x', 'd.weight'], ['d'], { name: '/net/e/MatMul', ...scopes('', 'e', 'matmul') }),
      node('MatMul', ['x', 'onnx::MatMul_7'], ['f'], { name: 'MatMul_9' }),
    ));
    assert.deepEqual(found.map(({ paths }) => paths), [['net.blocks.0.to_q'], ['blocks.0.to_k'], ['c'], ['e', 'net.e', 'd']]);
  });

  it('are one where a module is called several times', () => {
    const found = findLayers(graphOf({ w: tensor([2, 3]) }, ...['a', 'b', 'a'].map((name, i) => node('MatMul', ['x', 'w'], [`y${i}`], { name: `/${name}/MatMul_${i}` }))));
    assert.deepEqual(found.map(({ paths, nodes }) => [paths, nodes.map(({ node: { outputs } }) => outputs[0])]), [[['a'], ['y0', 'y2']], [['b'], ['y1']]]);
  });

  it('have the sizes that the module has, however the graph stores and reads them', () => {
    const [transpose, swapped] = [node('Transpose', ['w'], ['t']), node('Transpose', ['w'], ['t'], attributes({ perm: ints(1, 0) }))];
    const stored: [string, number[], ...Node[]][] = [
      ['in, out', [2, 3], product('MatMul')], ['in, out', [3, 2], transpose, product('MatMul', {}, 't')], ['in, out', [3, 2], swapped, product('MatMul', {}, 't')],
      ['in, out', [2, 3], transpose, node('Transpose', ['t'], ['u']), product('MatMul', {}, 'u')],
      ['in, out', [2, 3], product('Gemm')], ['in, out', [2, 3], product('Gemm', { transB: int(0), alpha: float(1), beta: float(1) })],
      ['out, in', [3, 2], product('Gemm', { transB: int(1) })], ['out, in', [2, 3], transpose, product('Gemm', { transB: int(1) }, 't')],
      ['in, out', [2, 3], node('Cast', ['w'], ['c'], attributes({ to: int(1) })), node('Identity', ['c'], ['i']), product('MatMul', {}, 'i')],
    ];
    for (const [order, dims, ...nodes] of stored) {
      const found = findLayers(graphOf({ w: tensor(dims) }, ...nodes));
      assert.deepEqual(found.map(({ paths, nodes: [layer] }) => [paths, layer?.dims, layer?.transposed]), [[['net.a'], [3, 2], order === 'in, out']], nodes.map(({ opType }) => opType).join(', '));
    }
    for (const dtype of ['float16', 'bfloat16', 'float64'] as const) assert.deepEqual(findLayers(graphOf({ w: tensor([2, 3], dtype) }, product('MatMul')))[0]?.nodes[0]?.dims, [3, 2]);
    assert.deepEqual(findLayers(graphOf({}, node('Constant', [], ['w'], attributes({ value: { type: 'tensor', value: tensor([2, 3]) } })), product('MatMul')))[0]?.nodes[0]?.dims, [3, 2]);
    const [convolution] = findLayers(graphOf({ w: tensor([4, 2, 3, 1]) }, product('Conv')));
    assert.deepEqual([convolution?.nodes[0]?.dims, convolution?.nodes[0]?.transposed], [[4, 2, 3, 1], false]);
  });

  it('are not what adds up otherwise, and not what is no float weight', () => {
    const weights = { w: tensor([2, 2]), kernel: tensor([2, 2, 1, 1]), vector: tensor([2]), cube: tensor([2, 2, 2]), rounded: tensor([2, 2], 'int8'), scale: tensor([]) };
    const refused: [string, ...Node[]][] = [
      ['a Gemm with an alpha', product('Gemm', { alpha: float(2) })], ['a Gemm with a beta', product('Gemm', { beta: float(0.5) })], ['a Gemm of the transposed input', product('Gemm', { transA: int(1) })],
      ['a product of two values', product('MatMul', {}, 'x')], ['a weight on the left', node('MatMul', ['w', 'x'], ['y'], { name: '/net/a/MatMul' })],
      ['a vector', product('MatMul', {}, 'vector')], ['a batch of matrices', product('MatMul', {}, 'cube')],
      ['integers', product('MatMul', {}, 'rounded')], ['rounded weights', node('DequantizeLinear', ['rounded', 'scale'], ['w8']), product('MatMul', {}, 'w8')],
      ['a weight turned by an order of its own', node('Transpose', ['w'], ['turned'], attributes({ perm: ints(0, 1) })), product('MatMul', {}, 'turned')],
      ['a weight that is computed', node('Mul', ['w', 'w'], ['square']), product('MatMul', {}, 'square')],
      ['a convolution of a turned window', node('Transpose', ['kernel'], ['turned'], attributes({ perm: ints(1, 0, 2, 3) })), product('Conv', {}, 'turned')], ['one turned without saying how', node('Transpose', ['kernel'], ['turned']), product('Conv', {}, 'turned')],
      ['an operator of somebody else', product('MatMul', {}, 'w', { domain: 'com.example' })], ['no product', product('Add')], ['a convolution backwards', product('ConvTranspose', {}, 'kernel')],
    ];
    for (const [what, ...nodes] of refused) assert.deepEqual(findLayers(graphOf(weights, ...nodes)), [], what);
    assert.equal(findLayers(graphOf(weights, product('MatMul', {}, 'w', { domain: 'ai.onnx' }))).length, 1);
  });
});
