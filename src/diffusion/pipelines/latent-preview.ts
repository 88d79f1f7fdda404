/** A rough picture from latents without running the autoencoder: fine for watching, one eighth of the size. */
import type { ModelKind } from '../../models';
import type { LatentShape } from './latent-space';
import { planesToRgb } from './planes';

interface Projection {
  /** Red, green and blue per latent channel. */
  readonly factors: readonly (readonly [number, number, number])[];
  readonly bias: readonly [number, number, number];
}

/**
 * Linear fits of decoded pictures on latents. Sources: Kevin Turner, discuss.huggingface.co/t/23204 (SD 1.x), and the
 * latent formats that ComfyUI publishes (SDXL). Other spaces get grey: the mean of their channels.
 */
const PROJECTIONS: Readonly<Partial<Record<ModelKind, Projection>>> = {
  sd: {
    factors: [[0.3512, 0.2297, 0.3227], [0.325, 0.4974, 0.235], [-0.2829, 0.1762, 0.2721], [-0.212, -0.2616, -0.7177]],
    bias: [0, 0, 0],
  },
  sdxl: {
    factors: [[0.3651, 0.4232, 0.4341], [-0.2533, -0.0042, 0.1068], [0.1076, 0.1111, -0.0362], [-0.3165, -0.2492, -0.2188]],
    bias: [0.1084, -0.0175, -0.0011],
  },
};

/** RGB bytes of `shape`'s width and height from clean latents. Models that draw in pixels show themselves. */
export function previewOf(kind: ModelKind, latents: Float32Array, shape: LatentShape): Uint8Array {
  if (kind === 'icon') return planesToRgb(latents, shape.width, shape.height);
  const projection = PROJECTIONS[kind];
  const { factors, bias } = projection?.factors.length === shape.channels ? projection : grey(shape.channels);
  const pixels = shape.width * shape.height;
  const planes = new Float32Array(3 * pixels);
  for (let colour = 0; colour < 3; colour++) {
    const plane = planes.subarray(colour * pixels, (colour + 1) * pixels).fill(bias[colour]!);
    factors.forEach((factor, channel) => {
      for (let i = 0; i < pixels; i++) plane[i] = plane[i]! + factor[colour]! * latents[channel * pixels + i]!;
    });
  }
  return planesToRgb(planes, shape.width, shape.height);
}

function grey(channels: number): Projection {
  const share = 1 / Math.sqrt(channels); // independent channels of unit spread then have unit spread together
  return { factors: Array.from({ length: channels }, () => [share, share, share] as const), bias: [0, 0, 0] };
}
