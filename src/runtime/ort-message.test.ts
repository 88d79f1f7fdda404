import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { node, value, writeGraph } from '../../test/support/tiny-graph';
import { RuntimeError } from './error';
import { openingFailure } from './ort-message';
import { openSession } from './session';

describe('a graph that cannot be opened', () => {
  let file: string;
  beforeEach(async () => {
    // A name that is in the library's own words about weights elsewhere.
    file = join(await mkdtemp(join(tmpdir(), 'easel-opening-')), 'outside symlink', 'model.onnx');
    await mkdir(dirname(file));
  });
  afterEach(() => rm(join(file, '../..'), { recursive: true }));

  /** What the library's own failure is told as: one line that begins with the file. */
  const refused = (meaning: string) => assert.rejects(openSession(file, { threads: 1 }), (error: Error) => {
    assert.ok(error instanceof RuntimeError && error.code === 'bad-model' && error.cause instanceof Error, error.stack);
    assert.equal(error.message, `cannot open ${file}: ${meaning}`);
    return true;
  });
  const picture = (dtype: 'float32' | 'float16', name: string) => value(name, dtype, [1, 2, 4, 4]);
  const one = (opType: string, domain = '', dtype: 'float32' | 'float16' = 'float32') =>
    writeGraph(file, { inputs: [picture(dtype, 'x')], outputs: [picture(dtype, 'y')], nodes: [node(opType, opType === 'Relu' ? ['x'] : ['x', 'x'], ['y'], { domain })] });

  it('names the operator that nobody knows, or that is not for this device', async () => {
    await one('Frobnicate');
    await refused('operator Frobnicate is unknown to this runtime; use an export with standard operators');
    await one('Frobnicate', 'com.microsoft');
    await refused('operator com.microsoft:Frobnicate(-1) is unknown to this runtime; use an export with standard operators');
    await one('NhwcFusedConv', 'com.microsoft', 'float16');
    await refused('operator NhwcFusedConv has no kernel here (the graph was fused for another device); use an unfused export of this model');
  });

  it('says what of it is too new', async () => {
    await one('Relu');
    const bytes = await readFile(file);
    // A protobuf: field 1 is the IR version, field 8 an operator set (its domain "", its version 17).
    const [ir, opset] = [bytes.indexOf('0808', 0, 'hex'), bytes.indexOf('42040a001011', 0, 'hex') + 5];
    const at99 = (place: number) => writeFile(file, bytes.map((byte, i) => (i === place ? 99 : byte)));
    await at99(ir + 1);
    await assert.rejects(openSession(file), /: it is of a newer ONNX \(IR version 99; this runtime reads up to \d+\); use an export for an older one$/);
    await at99(opset);
    await assert.rejects(openSession(file), /: it is of a newer ONNX \(opset 99; this runtime knows up to \d+\); use an export for an older one$/);
  });

  it('says what became of its weights', async () => {
    const rows = value('x', 'float32', [1, 32]);
    await writeGraph(file, { inputs: [rows], outputs: [{ ...rows, name: 'y' }], nodes: [node('MatMul', ['x', 'w'], ['y'])], initializers: new Map([['w', { dtype: 'float32', dims: [32, 32], data: { kind: 'bytes', bytes: new Uint8Array(4096) } }]]) }, { inlineLimit: 0 });
    const weights = join(dirname(file), 'model.onnx_data');
    assert.deepEqual((await readdir(dirname(file))).sort(), ['model.onnx', 'model.onnx_data']);
    await (await openSession(file, { threads: 1 })).release();
    const elsewhere = join(file, '../../weights');
    await rename(weights, elsewhere);
    await refused('its weights file model.onnx_data is missing; fetch the model again');
    await symlink(elsewhere, weights);
    await refused('its weights point outside the model folder, which is not allowed; put the weights beside the graph');
    await rm(weights);
    await rename(elsewhere, weights);
    await truncate(weights, 4092);
    await refused('its weights file is cut short or does not belong to it; fetch the model again');
  });

  it('is told in the library\'s own words where nothing is known of them, in one line and not without end', async () => {
    await writeFile(file, '');
    const say = (error: unknown) => openingFailure(file, error).message;
    assert.equal(say(new Error(`Load model from ${file} failed:The moon is full.\n`)), `cannot open ${file}: The moon is full; fetch the model again`);
    assert.equal(say('first\n  second'), `cannot open ${file}: first second; fetch the model again`);
    assert.equal(say(new Error('x'.repeat(5000))), `cannot open ${file}: ${'x'.repeat(300)}; fetch the model again`);
    // WebGPU's, which only some devices say.
    assert.match(say(new Error('Program Add requires f16 but the device does not support it.')), /: this device does not compute in half floats; choose another provider, or a float32 export of this model$/);
  });

  it('is not there, whatever the library says of that', () => {
    const cause = new Error('Protobuf parsing failed.');
    const error = openingFailure(file, cause);
    assert.deepEqual([error.code, error.message, error.cause], ['bad-model', `${file} does not exist; fetch the model again`, cause]);
  });
});
