import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renameValues } from '../../onnx/edit';
import type { Attribute, Model, Node } from '../../onnx/model';
import { readModel } from '../../onnx/read';
import { numberTensor } from '../../onnx/tensor';
import { writeModel } from '../../onnx/write';
import { tinyRequest } from '../test-support/tiny-request';
import { Pipelines } from './pipelines';

const SD15 = join(__dirname, '../../../test/fixtures/models/sd15');

describe('a decoder that overflows in half precision', function () {
  this.timeout(60_000);
  let dir: string;
  let pipelines: Pipelines;
  beforeEach(async () => {
    dir = join(await mkdtemp(join(tmpdir(), 'easel-overflow-')), 'model');
    await cp(SD15, dir, { recursive: true });
    pipelines = new Pipelines();
  });
  afterEach(async () => {
    await pipelines.dispose();
    await rm(join(dir, '..'), { recursive: true });
  });

  const draw = () => pipelines.draw(tinyRequest({ model: { id: 'sd15', path: dir }, steps: 2, seed: '5' }));
  const overflow = async (type: 'float16' | 'float32', factor: number) => {
    const file = join(dir, 'vae_decoder/model.onnx');
    await writeModel(scaledUpAndDown(await readModel(file), type, factor), `${file}.new`);
    await rename(`${file}.new`, file);
  };
  const leftovers = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('easel-float32-')).length;

  it('decodes again in float32, says so, and leaves no file', async () => {
    const whole = await draw();
    const before = await leftovers();
    await overflow('float16', 65000);
    const again = await draw();
    assert.match(again.notes.join(), /vae_decoder overflowed in half precision/);
    assert.ok(again.rgb.every((value, i) => Math.abs(value - whole.rgb[i]!) <= 1));
    assert.deepEqual((await draw()).rgb, again.rgb);
    await pipelines.unload();
    assert.equal(await leftovers(), before);
  });

  it('fails by name where float32 overflows too', async () => {
    await overflow('float32', 3e38);
    await assert.rejects(draw(), (error: Error & { code?: string }) => error.code === 'numeric' && /^vae_decoder gave -?(NaN|Infinity)/.test(error.message));
  });
});

/** The decoder with its answer multiplied and divided again in `type`. */
function scaledUpAndDown(model: Model, type: 'float16' | 'float32', factor: number): Model {
  const output = model.graph.outputs[0]!;
  const { graph, ...rest } = renameValues(model, new Map([[output.name, 'plain']]));
  const node = (opType: string, inputs: string[], result: string, attributes = new Map<string, Attribute>()): Node => ({ name: opType, opType, domain: '', inputs, outputs: [result], attributes });
  const nodes = [
    node('Cast', ['plain'], 'cast', new Map([['to', { type: 'int', value: type === 'float16' ? 10n : 1n }]])), node('Mul', ['cast', 'factor'], 'large'),
    // The processor multiplies half floats in float32; what only moves values keeps them as they are.
    node('Concat', ['large', 'large'], 'twice', new Map([['axis', { type: 'int', value: 0n }]])), node('Gather', ['twice', 'first'], 'once'), node('Div', ['once', 'factor'], output.name),
  ];
  return { ...rest, graph: { ...graph, nodes: [...graph.nodes, ...nodes], outputs: [{ ...output, dtype: type }], initializers: new Map([...graph.initializers, ['factor', numberTensor(type, [factor], [])], ['first', numberTensor('int64', [0], [1])]]) } };
}
