/** Models that cannot be differentiated: one line that names node, operator and path, exit code 2 or 3, and no file. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { easel } from '../../src/cli/test-support/command';
import { numberTensor } from '../../src/onnx/tensor';
import type { Node } from '../../src/onnx';
import { node, value, writeGraph } from '../support/tiny-graph';

describe('easel differentiate refuses', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'easel-bad-gradients-'))));
  afterEach(() => rm(folder, { recursive: true }));

  const model = () => join(folder, 'model.onnx');
  const float = (name: string) => value(name, 'float32', [2, 2]);
  const write = (nodes: Node[], inputs = [float('x')]) => writeGraph(model(), { nodes, inputs, outputs: [float('y')] });

  async function refused(code: number, pattern: RegExp, ...args: string[]): Promise<void> {
    const before = await readdir(folder);
    const said = await easel(folder, ['differentiate', model(), '-o', 'gradient.onnx', ...(args.length > 0 ? args : ['--wrt', 'x'])]);
    assert.equal(said.code, code, said.err.join('\n'));
    assert.equal(said.err.length, 1, said.err.join('\n'));
    assert.ok(!(said.err[0] ?? '').includes('\n'));
    assert.match(said.err[0] ?? '', pattern);
    assert.deepEqual(await readdir(folder), before, 'nothing is left on the disk');
  }

  it('an operator without a gradient on the path', async () => {
    await write([node('Relu', ['x'], ['h']), node('Det', ['h'], ['d']), node('Add', ['d', 'x'], ['y'])]);
    await refused(3, /no gradient rule for Det \(operator Det, node "[^"]*", path x → .* → y/);
  });

  it('an operator that was fused for a device', async () => {
    await write([node('GroupNorm', ['x', 'x', 'x'], ['y'], { domain: 'com.microsoft' })]);
    await refused(3, /no gradient for GroupNorm: take the model before it was optimised .*operator com\.microsoft\.GroupNorm, node "[^"]*", path x → .* → y/);
  });

  it('a branch and a loop that only the run decides', async () => {
    const graph = { name: 'branch', doc: '', nodes: [node('Neg', ['x'], ['b'])], inputs: [], outputs: [float('b')], values: new Map(), initializers: new Map() };
    const branch = { type: 'graph' as const, value: graph };
    await write([node('If', ['c'], ['h'], { attributes: new Map([['then_branch', branch], ['else_branch', branch]]) }), node('Add', ['h', 'x'], ['y'])], [float('x'), value('c', 'bool', [])]);
    await refused(3, /no gradient through If with a condition that is only known at run time .*node/);
    await write([node('Loop', ['', '', 'x'], ['h'], { attributes: new Map([['body', branch]]) }), node('Add', ['h', 'x'], ['y'])]);
    await refused(3, /no gradient through Loop: .*operator Loop/);
  });

  it('names that the model does not have, and integers', async () => {
    await write([node('Gather', ['x', 'ids'], ['y'])], [float('x'), value('ids', 'int64', [2])]);
    await refused(3, /no value "nonsense"/, '--wrt', 'nonsense');
    await refused(3, /"ids" is int64: only float values have gradients/, '--wrt', 'ids');
    await refused(3, /no value "z"/, '--wrt', 'x', '--outputs', 'z');
    await refused(2, /--recompute "\(" is no regular expression/, '--wrt', 'x', '--recompute', '(');
    await refused(3, /nothing to recompute/, '--wrt', 'x', '--recompute', 'layer');
  });

  it('a cycle, a value that nothing makes, and a value made twice', async () => {
    await write([node('Add', ['x', 'b'], ['a']), node('Relu', ['a'], ['b']), node('Neg', ['b'], ['y'])]);
    await refused(3, /the graph has a cycle \(operator \w+, node "[^"]*", path .* → /);
    await write([node('Add', ['x', 'nowhere'], ['y'])]);
    await refused(3, /input "nowhere" is made by nothing \(operator Add, node/);
    await write([node('Neg', ['x'], ['y']), node('Relu', ['x'], ['y'])]);
    await refused(3, /value "y" is made twice \(operator Relu, node/);
  });

  it('shapes that do not fit', async () => {
    await write([node('MatMul', ['x', 'z'], ['y'])], [float('x'), value('z', 'float32', [3, 2])]);
    await refused(3, /matrices \[2, 2\] and \[3, 2\] do not multiply \(operator MatMul, node "[^"]*", path x → .* → y, file .*model\.onnx\)/);
  });

  it('what a runtime would refuse to open', async () => {
    const ints = (...values: number[]) => ({ type: 'ints' as const, value: values.map(BigInt) });
    const wide = value('z', 'float32', [3, 3]);
    const cases: [Node, ReturnType<typeof value>[], RegExp][] = [
      [node('Transpose', ['x'], ['y'], { attributes: new Map([['perm', ints(0, 3, 1)]]) }), [], /perm \[0, 3, 1\] does not order the axes of \[2, 2\]/],
      [node('Softmax', ['x'], ['y'], { attributes: new Map([['axis', { type: 'int' as const, value: 7n }]]) }), [], /axis 7 is not one of \[2, 2\]/],
      [node('Concat', ['x', 'z'], ['y'], { attributes: new Map([['axis', { type: 'int' as const, value: 0n }]]) }), [wide], /\[2, 2\] and \[3, 3\] do not join along axis 0/],
      [node('Add', ['x', 'i'], ['y']), [value('i', 'int64', [2, 2])], /inputs are float32 and int64/],
      [node('Gemm', ['x', 'z'], ['y']), [wide], /matrices \[2, 2\] and \[3, 3\] do not multiply/],
      [node('Conv', ['p', 'x'], ['y']), [value('p', 'float32', [1, 2, 4, 4])], /different ranks/],
      [node('Conv', ['p', 'k'], ['y'], { attributes: new Map([['strides', ints(1, 1, 1)]]) }), [value('p', 'float32', [1, 2, 4, 4]), value('k', 'float32', [3, 2, 3, 3])], /strides has 3 numbers for 2 axes/],
      [node('Conv', ['p', 'k'], ['y']), [value('p', 'float32', [1, 2, 4, 4]), value('k', 'float32', [3, 5, 3, 3])], /has 2 channels, which the kernel/],
    ];
    for (const [bad, inputs, pattern] of cases) {
      await write([bad], [float('x'), ...inputs]);
      await refused(3, new RegExp(`${pattern.source}.*operator ${bad.opType}, node "[^"]*", path .* → y, file`), '--wrt', inputs.find(({ name }) => name === 'p')?.name ?? 'x');
    }
  });

  it('weights beside the model that are cut short', async () => {
    const whole = { dtype: 'float32' as const, dims: [2, 2], data: { kind: 'file' as const, file: join(folder, 'model.data'), offset: 0, length: 16, external: true } };
    await writeFile(whole.data.file, Buffer.alloc(16));
    await writeGraph(model(), { nodes: [node('MatMul', ['x', 'w'], ['y'])], inputs: [float('x')], outputs: [float('y')], initializers: new Map([['w', whole]]) });
    await writeFile(whole.data.file, Buffer.alloc(10));
    await refused(3, /external data is cut short: a tensor ends at byte 16, past 10/);
  });

  it('a file that is cut short, wherever it is cut', async () => {
    await writeGraph(model(), { nodes: [node('MatMul', ['x', 'w'], ['y'])], inputs: [float('x')], outputs: [float('y')], initializers: new Map([['w', numberTensor('float32', new Float32Array(4000), [2, 2000])]]) });
    const whole = await readFile(model());
    for (const part of [0, 1, 10, 50, whole.length - 9000, whole.length - 1]) {
      await writeFile(model(), whole.subarray(0, part));
      await refused(3, /model\.onnx/);
    }
  });
});
