import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { integerTensor, openSession, RuntimeError, tensor, type Session } from './index';

const MODEL = join(__dirname, '../../test/fixtures/models/tiny-icon/text_encoder/model.onnx');

describe('a session', () => {
  let session: Session;
  before(async () => (session = await openSession(MODEL, { threads: 1 })));
  after(() => session.release());

  const ids = () => integerTensor(Array.from({ length: 32 }, (_, i) => i), [1, 32], 'int64');
  const mask = () => integerTensor(Array.from({ length: 32 }, () => 1), [1, 32], 'int64');
  const refuses = (feeds: Parameters<Session['run']>[0], message: RegExp) =>
    assert.rejects(session.run(feeds), (error: Error) => error instanceof RuntimeError && message.test(error.message) && !error.message.includes('\n'));

  it('tells its inputs as the graph declares them', () => {
    assert.deepEqual(session.inputs.get('input_ids'), { name: 'input_ids', dtype: 'int64', shape: ['batch', 32] });
    assert.deepEqual([...session.outputs.keys()], ['last_hidden_state', 'pooled_output']);
  });

  it('gives the same bytes for the same feeds', async () => {
    const runs = [await session.run({ input_ids: ids(), attention_mask: mask() }), await session.run({ input_ids: ids(), attention_mask: mask() })];
    assert.deepEqual(runs[0], runs[1]);
    assert.deepEqual(runs[0]!['last_hidden_state']!.dims, [1, 32, 64]);
  });

  it('sees what was written into values that it was fed before', async () => {
    const [fed, feeds] = [ids(), { attention_mask: mask() }];
    const before = await session.run({ ...feeds, input_ids: fed });
    (fed.data as BigInt64Array).reverse();
    const after = await session.run({ ...feeds, input_ids: fed });
    assert.notDeepEqual(after, before);
    assert.deepEqual(after, await session.run({ input_ids: { ...ids(), data: (ids().data as BigInt64Array).reverse() }, attention_mask: mask() }));
  });

  it('computes only the outputs that are wanted', async () => {
    const results = await session.run({ input_ids: ids(), attention_mask: mask() }, ['pooled_output']);
    assert.deepEqual(Object.keys(results), ['pooled_output']);
  });

  it('refuses a wrong dtype, rank, size, missing and unknown input by name', async () => {
    await refuses({ input_ids: integerTensor([1], [1, 1], 'int32'), attention_mask: mask() }, /"input_ids" takes int64 \[batch, 32\], not int32/);
    await refuses({ input_ids: integerTensor([1], [1], 'int64'), attention_mask: mask() }, /"input_ids" takes int64 \[batch, 32\], not \[1\]/);
    await refuses({ input_ids: integerTensor([1], [1, 1], 'int64'), attention_mask: mask() }, /not \[1, 1\]/);
    await refuses({ input_ids: ids() }, /"attention_mask" was not fed/);
    await refuses({ input_ids: ids(), attention_mask: mask(), extra: mask() }, /"extra" is not an input; the inputs are input_ids, attention_mask/);
    await refuses({ input_ids: ids(), attention_mask: tensor(new Float32Array(32), [1, 32]) }, /takes int64 .* not float32/);
  });
});

describe('opening a session', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'easel-runtime-'))));
  after(() => rm(folder, { recursive: true }));

  const refuses = (file: string, message: RegExp) =>
    assert.rejects(openSession(file), (error: Error) => error instanceof RuntimeError && error.code === 'bad-model' && message.test(error.message) && error.message.includes(file));

  it('names a file that does not exist', () => refuses(join(folder, 'absent.onnx'), /does not exist; fetch the model again/));

  it('names a file that is not ONNX', async () => {
    await writeFile(join(folder, 'text.onnx'), 'version https://git-lfs.github.com/spec/v1\n');
    await refuses(join(folder, 'text.onnx'), /damaged, cut short or not ONNX/);
  });

  it('names a file that was cut short', async () => {
    const whole = await readFile(MODEL);
    await writeFile(join(folder, 'short.onnx'), whole.subarray(0, whole.length / 2));
    await refuses(join(folder, 'short.onnx'), /cannot open/);
  });

  it('opens by path, so that the file may be anywhere', async () => {
    await copyFile(MODEL, join(folder, 'modèle été.onnx'));
    const session = await openSession(join(folder, 'modèle été.onnx'));
    assert.equal(session.inputs.size, 2);
    await session.release();
  });
});
