/** Noise in and latents out, for comparing with other tools: safetensors with `noise` and `latents`, `[1, c, h, w]`. */
import { float32Tensor, readSafetensors, toFloat32, writeSafetensors } from '../../onnx/safetensors';
import { DiffusionError } from '../error';
import { latentCount, type LatentShape } from './latent-space';

/** The tensor `noise` of a file, to use in place of the seed's. Throws `DiffusionError` if it is not there or of another shape. */
export async function readNoise(path: string, shape: LatentShape): Promise<Float32Array> {
  const { tensors } = await readSafetensors(path).catch((error: Error) => {
    throw new DiffusionError('bad-request', error.message, { cause: error });
  });
  const noise = tensors.get('noise');
  if (!noise) throw new DiffusionError('bad-request', `${path} has no tensor "noise" (it has ${[...tensors.keys()].join(', ') || 'none'})`);
  const wanted = [1, shape.channels, shape.height, shape.width];
  const given = noise.shape.length === 3 ? [1, ...noise.shape] : noise.shape;
  if (given.join() !== wanted.join()) {
    throw new DiffusionError('bad-request', `the noise in ${path} is [${noise.shape.join(', ')}], this picture needs [${wanted.join(', ')}]`);
  }
  return toFloat32(noise).slice();
}

/** Writes the noise that was used and the final latents. */
export async function saveLatents(path: string, shape: LatentShape, noise: Float32Array, latents: Float32Array): Promise<void> {
  if (latents.length !== latentCount(shape)) throw new RangeError(`${latents.length} latents do not fit their shape`);
  const dims = [1, shape.channels, shape.height, shape.width];
  await writeSafetensors(path, new Map([['noise', float32Tensor(noise, dims)], ['latents', float32Tensor(latents, dims)]]));
}
