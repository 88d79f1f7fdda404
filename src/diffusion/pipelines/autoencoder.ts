/** Between latents and pictures. Latents outside are always as the denoiser has them: scaled, and shifted where the model says. */
import { tensor, type Session } from '../../runtime';
import { DiffusionError } from '../error';
import { mustBeFinite } from '../numeric-check';
import type { ComponentConfig } from '../../models';
import { latentCount, type LatentShape, type Size } from './latent-space';

/** What diffusers' own ONNX pipeline assumes where no configuration was exported: SD 1.x's. */
const DEFAULT_SCALE = 0.18215;

/** Latents → picture: `[c, h, w]` to `[3, H, W]` from −1 to 1. */
export class Decoder {
  constructor(
    private readonly session: Session,
    private readonly config: ComponentConfig,
  ) {
    mustTakeOneInput(session, 'vae_decoder');
  }

  async decode(latents: Float32Array, shape: LatentShape, size: Size): Promise<Float32Array> {
    const plain = unscaled(latents, shape, this.config);
    const picture = await runOne(this.session, plain, [1, shape.channels, shape.height, shape.width]);
    if (picture.length !== 3 * size.width * size.height) {
      throw new DiffusionError('bad-model', `vae_decoder gave ${picture.length} values for a picture of ${size.width}x${size.height}; its config.json belongs to another model`);
    }
    mustBeFinite(picture, 'vae_decoder');
    return picture;
  }
}

/** Picture → latents: `[3, H, W]` to `[c, h, w]`. */
export class Encoder {
  constructor(
    private readonly session: Session,
    private readonly config: ComponentConfig,
  ) {
    mustTakeOneInput(session, 'vae_encoder');
  }

  /** @param randn draws the encoder's own noise: exporters leave the sampling to the pipeline, or do it in the graph */
  async encode(picture: Float32Array, size: Size, shape: LatentShape, randn: (count: number) => Float32Array): Promise<Float32Array> {
    const answer = await runOne(this.session, picture, [1, 3, size.height, size.width]);
    mustBeFinite(answer, 'vae_encoder');
    const count = latentCount(shape);
    if (answer.length !== count && answer.length !== 2 * count) {
      throw new DiffusionError('bad-model', `vae_encoder gave ${answer.length} values, expected ${count} or ${2 * count}; a part is from another model`);
    }
    const sample = answer.length === count ? answer : sampled(answer, randn(count));
    return scaled(sample, shape, this.config);
  }
}

/** A draw from the Gaussian whose means and log-variances the encoder gave one after the other. */
function sampled(parameters: Float32Array, noise: Float32Array): Float32Array {
  const count = noise.length;
  return noise.map((value, i) => {
    const logVariance = Math.min(20, Math.max(-30, parameters[count + i]!));
    return parameters[i]! + Math.exp(0.5 * logVariance) * value;
  });
}

function scaled(sample: Float32Array, shape: LatentShape, config: ComponentConfig): Float32Array {
  const { scale, shift, mean, deviation } = scaling(shape, config);
  return sample.map((value, i) => ((value - mean(i) - shift) * scale) / deviation(i));
}

function unscaled(latents: Float32Array, shape: LatentShape, config: ComponentConfig): Float32Array {
  const { scale, shift, mean, deviation } = scaling(shape, config);
  return latents.map((value, i) => (value * deviation(i)) / scale + mean(i) + shift);
}

/** Per-channel statistics are rare (some SDXL models); without them mean is 0 and deviation 1. */
function scaling(shape: LatentShape, config: ComponentConfig) {
  const plane = shape.height * shape.width;
  return {
    scale: config.scaling_factor ?? DEFAULT_SCALE,
    shift: config.shift_factor ?? 0,
    mean: (i: number) => config.latents_mean?.[Math.floor(i / plane)] ?? 0,
    deviation: (i: number) => config.latents_std?.[Math.floor(i / plane)] ?? 1,
  };
}

function mustTakeOneInput(session: Session, name: string): void {
  if (session.inputs.size !== 1) {
    throw new DiffusionError('bad-model', `${session.file} takes ${session.inputs.size} inputs (${[...session.inputs.keys()].join(', ')}), a ${name} takes one; use a standard export of this model`);
  }
}

async function runOne(session: Session, data: Float32Array, dims: readonly number[]): Promise<Float32Array> {
  const input = [...session.inputs.keys()][0]!;
  const output = [...session.outputs.keys()][0]!;
  const answer = (await session.run({ [input]: tensor(data, dims) }, [output]))[output];
  if (answer?.data instanceof Float32Array) return answer.data;
  throw new DiffusionError('bad-model', `${session.file} answered with ${answer?.dtype ?? 'nothing'} where numbers were expected`);
}
