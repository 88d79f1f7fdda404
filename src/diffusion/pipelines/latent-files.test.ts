import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Tensor, readSafetensors, toFloat32, writeSafetensors, type SafeTensor } from '../../onnx/safetensors';
import { readNoise, saveLatents } from './latent-files';

describe('files of latents', () => {
  const shape = { channels: 2, height: 2, width: 3 };
  const values = (from: number, count = 12) => Float32Array.from({ length: count }, (_, i) => from + i / 3);
  let folder: string;
  let path: string;
  beforeEach(async () => (path = join((folder = await mkdtemp(join(tmpdir(), 'easel-latents-'))), 'x.safetensors')));
  afterEach(() => rm(folder, { recursive: true }));

  const write = (tensors: Record<string, SafeTensor>) => writeSafetensors(path, new Map(Object.entries(tensors)));
  const refused = (message: string | RegExp) => assert.rejects(readNoise(path, shape), { name: 'DiffusionError', code: 'bad-request', message });

  it('hold noise and latents to the bit, and give the noise back', async () => {
    await saveLatents(path, shape, values(-1), values(1));
    const { tensors } = await readSafetensors(path);
    const held = [...tensors].map(([name, tensor]) => [name, { shape: tensor.shape, values: toFloat32(tensor) }]);
    assert.deepEqual(Object.fromEntries(held), { noise: { shape: [1, 2, 2, 3], values: values(-1) }, latents: { shape: [1, 2, 2, 3], values: values(1) } });
    assert.deepEqual(await readNoise(path, shape), values(-1));
  });

  it('may hold noise without an axis of pictures, and in half floats', async () => {
    await write({ noise: float32Tensor(values(0), [2, 2, 3]) });
    assert.deepEqual(await readNoise(path, shape), values(0));
    await write({ noise: { dtype: 'F16', shape: [1, 2, 2, 3], data: new Uint8Array(Uint16Array.from({ length: 12 }, (_, i) => 0x3c00 + i).buffer) } });
    assert.deepEqual(await readNoise(path, shape), Float32Array.from({ length: 12 }, (_, i) => 1 + i / 1024));
  });

  it('are refused without noise, by what they have', async () => {
    await write({ latents: float32Tensor(values(0), [1, 2, 2, 3]), sigma: float32Tensor(values(0), [12]) });
    await refused(`${path} has no tensor "noise" (it has latents, sigma)`);
    await write({});
    await refused(`${path} has no tensor "noise" (it has none)`);
  });

  it('are refused with noise of another shape, also of as many numbers', async () => {
    for (const dims of [[1, 2, 3, 2], [2, 3, 2], [12], [2, 1, 2, 3]]) {
      await write({ noise: float32Tensor(values(0), dims) });
      await refused(`the noise in ${path} is [${dims.join(', ')}], this picture needs [1, 2, 2, 3]`);
    }
  });

  it('are refused where they are none, or not there', async () => {
    await refused(/x\.safetensors/);
    await writeFile(path, 'no tensors');
    await refused(/x\.safetensors/);
  });

  it('are not written of latents that do not fit', async () => {
    await assert.rejects(saveLatents(path, shape, values(0), values(0, 11)), { name: 'RangeError', message: '11 latents do not fit their shape' });
    assert.deepEqual(await readdir(folder), []);
  });
});
