import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  appendNodes, crossEntropy, differentiate, encodeModel, extractSubgraph, foldConstants, GraphBuilder, inferTypes, int64Tensor, joinModels,
  liftInitializers, meanSquaredError, numberTensor, OnnxError, readModel, renameValues, replaceInitializers, tensorBytes, tensorNumbers, upgradeOpset,
  weightedSum, writeModel, type Attribute, type Model, type Node, type Tensor, type ValueInfo,
} from './index.ts';

const node = (opType: string, inputs: string[], outputs: string[], attributes: Record<string, Attribute> = {}): Node =>
  ({ name: `${opType}_${outputs[0]}`, opType, domain: '', inputs, outputs, attributes: new Map(Object.entries(attributes)) });
const value = (name: string, shape: (number | string)[], dtype: ValueInfo['dtype'] = 'float32'): ValueInfo => ({ name, dtype, shape });

function modelOf(nodes: Node[], inputs: ValueInfo[], outputs: string[], initializers: Record<string, Tensor> = {}, opset = 18): Model {
  return {
    irVersion: 8, opsets: new Map([['', opset]]), producerName: 'test', producerVersion: '', domain: '', modelVersion: 0n, doc: '', metadata: new Map(), functions: [],
    graph: { name: 'g', doc: '', nodes, inputs, outputs: outputs.map((name) => ({ name, dtype: 'float32' })), values: new Map(), initializers: new Map(Object.entries(initializers)) },
  };
}

/** y = x·W, with W large enough to stay in the file. */
const weights = numberTensor('float32', Array.from({ length: 32 * 32 }, (_, i) => i), [32, 32]);
const linear = (): Model => modelOf([node('MatMul', ['x', 'W'], ['y'])], [value('x', ['B', 32])], ['y'], { W: weights });

describe('onnx: models as data', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'easel-onnx-')); });
  afterEach(() => { rmSync(folder, { recursive: true }); });

  const fails = async (run: () => unknown, pattern: RegExp): Promise<void> => {
    await assert.rejects(async () => { await run(); }, (e: unknown) => {
      assert.ok(e instanceof OnnxError, String(e));
      assert.match(e.message, pattern);
      assert.ok(!e.message.includes('\n'));
      return true;
    });
  };

  it('writes and reads the same graph; large weights stay in the file', async () => {
    const path = join(folder, 'a.onnx');
    const slice = modelOf([node('Slice', ['x', 's', 'e'], ['y'])], [value('x', ['B', 4])], ['y'], { s: int64Tensor([0]), e: int64Tensor([2n ** 63n - 1n]), W: weights });
    await writeModel(slice, path);
    const read = await readModel(path);
    assert.deepEqual(read.graph.nodes, slice.graph.nodes);
    assert.deepEqual(read.graph.inputs, slice.graph.inputs);
    assert.equal(new BigInt64Array(tensorBytes(read.graph.initializers.get('e') as Tensor).slice().buffer)[0], 2n ** 63n - 1n);
    const W = read.graph.initializers.get('W') as Tensor;
    assert.equal(W.data.kind, 'file');
    assert.deepEqual(tensorNumbers(W), tensorNumbers(weights));
  });

  it('spills weights into a data file, references it from a second model, hard-links it from another folder', async () => {
    const path = join(folder, 'big.onnx');
    await writeModel(linear(), path, { inlineLimit: 100 });
    assert.deepEqual(readdirSync(folder).sort(), ['big.onnx', 'big.onnx_data']);
    const read = await readModel(path);
    await writeModel(read, join(folder, 'second.onnx'));
    assert.deepEqual(readdirSync(folder).sort(), ['big.onnx', 'big.onnx_data', 'second.onnx']);
    const other = join(folder, 'other');
    mkdirSync(other);
    await writeModel(read, join(other, 'third.onnx'));
    assert.equal(statSync(join(other, 'big.onnx_data')).ino, statSync(join(folder, 'big.onnx_data')).ino);
    assert.deepEqual(tensorNumbers((await readModel(join(other, 'third.onnx'))).graph.initializers.get('W') as Tensor), tensorNumbers(weights));
  });

  it('refuses truncated, foreign and missing files, and files that changed meanwhile', async () => {
    const path = join(folder, 'cut.onnx');
    await writeModel(linear(), path);
    const read = await readModel(path);
    truncateSync(path, 2000);
    await fails(() => readModel(path), /cut short.*cut\.onnx/);
    await fails(() => tensorBytes(read.graph.initializers.get('W') as Tensor), /changed after/);
    writeFileSync(path, 'hello, this is no model');
    await fails(() => readModel(path), /cut\.onnx/);
    await fails(() => readModel(join(folder, 'none.onnx')), /cannot open/);
  });

  it('names a cycle and an unknown input', async () => {
    const cyclic = modelOf([node('Relu', ['b'], ['a']), node('Relu', ['a'], ['b'])], [], ['b']);
    await fails(() => foldConstants(cyclic), /cycle.*Relu_.*→.*Relu_/);
    await fails(() => foldConstants(modelOf([node('Relu', ['nothing'], ['y'])], [], ['y'])), /"nothing" is made by nothing/);
  });

  it('follows symbolic shapes through Shape, Gather, Concat and Reshape', () => {
    const model = modelOf(
      [node('Shape', ['x'], ['s']), node('Gather', ['s', 'one'], ['n']), node('Unsqueeze', ['n', 'axis'], ['n1']), node('Concat', ['minus', 'n1', 'four'], ['t'], { axis: { type: 'int', value: 0n } }), node('Reshape', ['x', 't'], ['y'])],
      [value('x', ['B', 'S', 8])], ['y'], { one: int64Tensor([1], []), axis: int64Tensor([0]), minus: int64Tensor([-1]), four: int64Tensor([4]) },
    );
    assert.deepEqual(inferTypes(model).get('y')?.shape, ['2·B', 'S', 4]);
  });

  it('folds shapes that are known, and nothing of floats', () => {
    const model = modelOf([node('Shape', ['x'], ['s']), node('Mul', ['s', 'two'], ['d']), node('Expand', ['x', 'd'], ['z']), node('Add', ['z', 'c'], ['y'])], [value('x', [1, 1])], ['y'],
      { two: int64Tensor([2]), c: numberTensor('float32', [1], [1]) });
    const folded = foldConstants(model);
    assert.deepEqual(folded.graph.nodes.map((n) => n.opType), ['Expand', 'Add']);
    assert.deepEqual([...tensorNumbers(folded.graph.initializers.get('d') as Tensor)], [2, 2]);
  });

  it('raises 13 to 18: axes become inputs, Split counts its outputs; below 13 is refused', async () => {
    const old = modelOf([node('ReduceMean', ['x'], ['m'], { axes: { type: 'ints', value: [1n] } }), node('Split', ['m'], ['a', 'y'], { axis: { type: 'int', value: 0n } })], [value('x', [4, 3])], ['y'], {}, 13);
    const raised = upgradeOpset(old, 18);
    assert.equal(raised.opsets.get(''), 18);
    assert.equal(raised.graph.nodes[0]?.inputs.length, 2);
    assert.deepEqual(raised.graph.nodes[1]?.attributes.get('num_outputs'), { type: 'int', value: 2n });
    await fails(() => upgradeOpset({ ...old, opsets: new Map([['', 11]]) }, 18), /11 is too old/);
  });

  it('extracts, joins, renames, lifts and replaces', async () => {
    const two = modelOf([node('Relu', ['x'], ['h']), node('Exp', ['h'], ['y'])], [value('x', ['B'])], ['y']);
    const tail = extractSubgraph(two, { inputs: ['h'], outputs: ['y'] });
    assert.deepEqual([tail.graph.nodes.length, tail.graph.inputs.map((i) => i.name)], [1, ['h']]);
    const joined = joinModels(linear(), linear(), { connect: { y: 'x' } });
    assert.deepEqual(joined.graph.nodes.map((n) => n.inputs), [['x', 'W'], ['y', 'next.W']]);
    assert.deepEqual(joined.graph.outputs.map((o) => o.name), ['next.y']);
    assert.deepEqual(renameValues(two, new Map([['h', 'hidden']])).graph.nodes[1]?.inputs, ['hidden']);
    const lifted = liftInitializers(linear(), ['W']);
    assert.deepEqual([lifted.graph.inputs.map((i) => i.name), lifted.graph.initializers.size], [['x', 'W'], 0]);
    await fails(() => replaceInitializers(linear(), new Map([['W', int64Tensor([1])]])), /"W" is float32 \[32, 32\]/);
    await fails(() => appendNodes(two, [node('Relu', ['x'], ['h'])]), /made twice/);
  });

  it('differentiate refuses what it cannot do, in one line with node, operator and path', async () => {
    const odd = modelOf([node('Relu', ['x'], ['h']), node('Det', ['h'], ['y'])], [value('x', [2, 2]), value('i', [1], 'int64')], ['y']);
    await fails(() => differentiate(odd, { outputs: ['h'], wrt: ['i'] }), /"i" is int64/);
    await fails(() => differentiate(odd, { outputs: ['h'], wrt: ['zz'] }), /no value "zz"/);
    const declared = { ...odd, graph: { ...odd.graph, outputs: [value('y', [])] } };
    await fails(() => differentiate(declared, { wrt: ['x'] }), /no gradient rule for Det.*operator Det, node "Det_y", path x → Det_y → y/);
    const taken = modelOf([node('Relu', ['x'], ['grad_x'])], [value('x', [2])], ['grad_x']);
    await fails(() => differentiate(taken, { wrt: ['x'] }), /"grad_x" is taken/);
    assert.ok(differentiate(taken, { wrt: ['x'], names: { grad_x: 'dx' } }).graph.outputs.some((o) => o.name === 'dx'));
  });

  it('computes nothing that no requested gradient needs, and zeros where nothing depends', () => {
    const model = modelOf([node('MatMul', ['x', 'W'], ['h']), node('Relu', ['h'], ['y'])], [value('x', ['B', 32]), value('free', ['B'])], ['y'], { W: weights });
    const forX = differentiate(model, { wrt: ['x'] });
    assert.equal(forX.graph.nodes.filter((n) => n.opType === 'Gemm').length, 1);
    const free = differentiate(model, { wrt: ['free'] });
    assert.ok(free.graph.nodes.some((n) => n.opType === 'ConstantOfShape') && !free.graph.nodes.some((n) => n.opType === 'Gemm'));
    assert.ok(differentiate(model, { wrt: ['W'] }).graph.inputs.some((i) => i.name === 'W'));
    assert.equal(differentiate(model, { wrt: ['W'] }).graph.initializers.get('W'), weights);
  });

  it('composes loss heads', () => {
    const b = new GraphBuilder(modelOf([], [value('p', ['B', 3]), value('t', ['B', 3]), value('l', ['B'], 'int64')], []));
    const loss = weightedSum(b, [[meanSquaredError(b, 'p', 't'), 0.5], [crossEntropy(b, 'p', 'l'), 2]]);
    assert.deepEqual(b.shapeOf(loss), []);
    assert.ok(encodeModel(b.finish([loss])).length > 0);
  });
});
