import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node, value, writeGraph } from '../../test/support/tiny-graph';
import { readModel } from '../onnx';
import { easel } from './test-support/command';

describe('easel differentiate, its flags', () => {
  let cwd: string;
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'easel-cli-differentiate-'));
    await mkdir(join(cwd, 'out'));
    // y = a · b, z = b + b
    const vector = (name: string) => value(name, 'float32', [2]);
    await writeGraph(join(cwd, 'm.onnx'), { inputs: ['a', 'b'].map(vector), outputs: ['y', 'z'].map(vector), nodes: [node('Mul', ['a', 'b'], ['y'], { name: '/block.0/Mul' }), node('Add', ['b', 'b'], ['z'])] });
  });
  afterEach(() => rm(cwd, { recursive: true }));
  const written = async (...args: string[]) => {
    const { code, out, err } = await easel(cwd, ['differentiate', 'm.onnx', ...args, '-o', 'out/g.onnx']);
    assert.deepEqual([code, out, err], [0, [join(cwd, 'out/g.onnx')], []]);
    const { graph: { inputs, outputs } } = await readModel(join(cwd, 'out/g.onnx'));
    return { inputs: inputs.map(({ name }) => name), outputs: outputs.map(({ name }) => name) };
  };

  it('name what to differentiate by, and what: every output unless said', async () => {
    assert.deepEqual(await written('--wrt', 'a'), { inputs: ['a', 'b', 'grad_y', 'grad_z'], outputs: ['y', 'z', 'grad_a'] });
    assert.deepEqual(await written('--wrt', 'a', '--outputs', 'y'), { inputs: ['a', 'b', 'grad_y'], outputs: ['y', 'z', 'grad_a'] });
    assert.deepEqual(await written('--wrt', ' b , a,, b', '--outputs', 'z, z', '--recompute', 'block\\.[0-9]+'), { inputs: ['a', 'b', 'grad_z'], outputs: ['y', 'z', 'grad_b', 'grad_a'] });
  });

  it('with --json say what the file has', async () => {
    const { out } = await easel(cwd, ['differentiate', 'm.onnx', '--wrt', 'a', '--outputs', 'y', '-o', 'g.onnx', '--json']);
    const { graph: { nodes } } = await readModel(join(cwd, 'g.onnx'));
    assert.deepEqual(out.map((line): unknown => JSON.parse(line)), [{ path: join(cwd, 'g.onnx'), inputs: ['a', 'b', 'grad_y'], outputs: ['y', 'z', 'grad_a'], nodes: nodes.length }]);
  });

  it('that make no sense are told in one line, and nothing is written', async () => {
    for (const [code, args, said] of [
      [2, ['--wrt', ',', '-o', 'g.onnx'], 'easel: --wrt names nothing; give names separated by commas'],
      [2, ['--wrt', 'a', '--outputs', ' ', '-o', 'g.onnx'], 'easel: --outputs names nothing; give names separated by commas'],
      [2, ['--wrt', 'a', '--recompute', '(', '-o', 'g.onnx'], /^easel: --recompute "\(" is no regular expression: .*Unterminated group$/],
      [2, ['--wrt', 'a', '-o', './out/../m.onnx'], 'easel: ./out/../m.onnx is the model itself; give -o another name'],
      [2, ['--wrt', 'a', '-o', 'none/g.onnx'], 'easel: there is no folder none; make it first'],
      [3, ['--wrt', 'q', '-o', 'g.onnx'], /^easel: the model has no value "q"/],
      [3, ['--wrt', 'a', '--outputs', 'q', '-o', 'g.onnx'], /^easel: the model has no value "q"/],
    ] as const) {
      const { out, err, ...ended } = await easel(cwd, ['differentiate', 'm.onnx', ...args]);
      assert.deepEqual([ended.code, out, err.length], [code, [], 1], err.join());
      if (typeof said === 'string') assert.equal(err[0], said);
      else assert.match(err[0]!, said);
    }
    for (const [args, missing] of [[['--wrt', 'a'], /required option '-o, --out <file>' not specified/], [['-o', 'g.onnx'], /required option '--wrt <names>' not specified/]] as const) {
      const { code, err } = await easel(cwd, ['differentiate', 'm.onnx', ...args]);
      assert.equal(code, 2);
      assert.match(err[0]!, missing);
    }
    const interrupted = await easel(cwd, ['differentiate', 'm.onnx', '--wrt', 'a', '-o', 'g.onnx'], AbortSignal.abort());
    assert.deepEqual([interrupted.code, interrupted.err], [3, ['easel: interrupted; nothing was written']]);
    assert.deepEqual([await readdir(cwd), await readdir(join(cwd, 'out'))], [['m.onnx', 'out'], []]);
  });
});
