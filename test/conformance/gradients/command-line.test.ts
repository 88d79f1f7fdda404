import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TINY_ICON } from '../../../src/diffusion/test-support/tiny-request';
import { readModel } from '../../../src/onnx';
import { openSession, tensor } from '../../../src/runtime';
import { easel } from '../../../src/cli/test-support/command';

const TRANSFORMER = join(TINY_ICON, 'transformer', 'model.onnx');

describe('easel differentiate', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'easel-differentiate-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('writes a model whose gradients are those of small differences', async () => {
    const output = [...(await openSession(TRANSFORMER, { threads: 1 })).outputs.keys()][0] ?? '';
    const { code, out, err } = await easel(folder, ['differentiate', TRANSFORMER, '--wrt', 'encoder_hidden_states', '--outputs', output, '-o', 'grad.onnx']);
    assert.deepEqual([code, out, err], [0, [join(folder, 'grad.onnx')], []]);
    const session = await openSession(join(folder, 'grad.onnx'), { threads: 1 });
    const wave = (length: number, frequency: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * frequency));
    const dim = (name: string, place: number) => Number(session.inputs.get(name)?.shape[place]);
    const [width, embedding] = [dim('encoder_hidden_states', 2), dim('pooled_projections', 1)];
    const tokens = wave(2 * width, 0.7);
    const direction = wave(2 * width, 1.3);
    const seed = wave(3 * 64 * 64, 0.11);
    const run = (shift: number) =>
      session.run({
        hidden_states: tensor(wave(3 * 64 * 64, 0.3), [1, 3, 64, 64]), timestep: tensor(Float32Array.of(500), [1]),
        encoder_hidden_states: tensor(tokens.map((value, i) => value + shift * (direction[i] ?? 0)), [1, 2, width]),
        pooled_projections: tensor(wave(embedding, 0.5), [1, embedding]), encoder_attention_bias: tensor(new Float32Array(2), [1, 2]),
        [`grad_${output}`]: tensor(seed, [1, 3, 64, 64]),
      });
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
    const value = async (shift: number) => dot((await run(shift))[output]?.data as Float32Array, seed);
    const step = 1e-3;
    const expected = ((await value(step)) - (await value(-step))) / (2 * step);
    const slope = dot((await run(0))['grad_encoder_hidden_states']?.data as Float32Array, direction);
    assert.ok(Math.abs(expected) > 1e-3, 'the tokens matter');
    assert.ok(Math.abs(slope - expected) <= 0.01 * Math.abs(expected), `${slope} against ${expected}`);
    await session.release();
  });

  it('refuses unknown names, broken files and its own input in one line, and writes nothing', async () => {
    await writeFile(join(folder, 'broken.onnx'), Buffer.alloc(100, 0x5a));
    const cases: [string[], number, RegExp][] = [
      [[TRANSFORMER, '--wrt', 'nonsense', '-o', 'g.onnx'], 3, /nonsense/],
      [['broken.onnx', '--wrt', 'x', '-o', 'g.onnx'], 3, /broken\.onnx/],
      [['missing.onnx', '--wrt', 'x', '-o', 'g.onnx'], 3, /missing\.onnx/],
      [['broken.onnx', '--wrt', 'x', '-o', 'broken.onnx'], 2, /the model itself/],
      [[TRANSFORMER, '--wrt', ' , ', '-o', 'g.onnx'], 2, /--wrt/],
      [[TRANSFORMER, '--wrt', 'timestep', '-o', 'no/such/g.onnx'], 2, /no folder/],
    ];
    for (const [args, code, message] of cases) {
      const said = await easel(folder, ['differentiate', ...args]);
      assert.equal(said.code, code, said.err.join());
      assert.equal(said.err.length, 1);
      assert.match(said.err[0] ?? '', message);
    }
    assert.deepEqual(await readdir(folder), ['broken.onnx']);
  });

  it('lists what it wrote as JSON', async () => {
    const { out } = await easel(folder, ['differentiate', TRANSFORMER, '--wrt', 'hidden_states,pooled_projections', '-o', 'g.onnx', '--json']);
    const written = JSON.parse(out[0] ?? '') as { outputs: string[] };
    const { graph } = await readModel(join(folder, 'g.onnx'));
    assert.deepEqual(graph.outputs.map(({ name }) => name), written.outputs);
    assert.ok(written.outputs.includes('grad_hidden_states') && written.outputs.includes('grad_pooled_projections'));
  });
});
