/** Between latents and pictures. Latents outside are always as the denoiser has them: scaled, and shifted where the model says. */
import { tensor, type Session, type Tensor } from '../../runtime';
import { DiffusionError } from '../error';
import { mustBeFinite } from '../numeric-check';
import type { ComponentConfig } from '../../models';
import { latentCount, type LatentShape, type Size } from './latent-space';
import { NOISE_INPUT } from './sampled-encoder';
import { inTiles, wantsTiles, type Planes, type TileMode, type Tiling } from './tiles';

/** What diffusers' own ONNX pipeline assumes where no configuration was exported: SD 1.x's. */
const DEFAULT_SCALE = 0.18215;
const DEFAULT_TILE = 512;

/** Latents → picture: `[c, h, w]` to `[3, H, W]` from −1 to 1. */
export class Decoder {
  constructor(
    private readonly session: Session,
    private readonly config: ComponentConfig,
    private readonly tiles: TileMode = 'auto',
    /** The same decoder in float32, for pictures that overflow half floats; `null` if this one has none. */
    private readonly wide: () => Promise<Session | null> = async () => null,
    private readonly part: 'vae_decoder' | 'upscaler' = 'vae_decoder',
  ) {
    mustTakeOneInput(session, part);
  }

  /** @param tell is told, in one line, what else was done to get the picture */
  async decode(latents: Float32Array, shape: LatentShape, size: Size, tell: (note: string) => void = () => undefined): Promise<Float32Array> {
    try {
      return await this.decodeWith(this.session, latents, shape, size);
    } catch (error) {
      const wide = error instanceof DiffusionError && error.code === 'numeric' ? await this.wide() : null;
      if (!wide) throw error;
      const decoded = await this.decodeWith(wide, latents, shape, size);
      tell('vae_decoder overflowed in half precision, so this picture was decoded again in float32; an fp32 export of vae_decoder saves that time');
      return decoded;
    }
  }

  private async decodeWith(session: Session, latents: Float32Array, shape: LatentShape, size: Size): Promise<Float32Array> {
    const plain = { ...shape, data: unscaled(latents, shape, this.config) };
    const scale = size.width / shape.width;
    const decoded = await through(session, plain, (tile) => ({ channels: 3, height: tile.height * scale, width: tile.width * scale }), this.tiling(size, scale));
    if (decoded.length !== 3 * size.width * size.height) {
      throw new DiffusionError('bad-model', `${this.part} gave ${decoded.length} values for a picture of ${size.width}x${size.height}; its config.json belongs to another model`);
    }
    mustBeFinite(decoded, this.part);
    return decoded;
  }

  private tiling(size: Size, scale: number): Tiling | null {
    const tile = tileFor(this.tiles, this.config, size, scale);
    return tile && { input: tile.cells, output: tile.pixels };
  }
}

/** Picture → latents: `[3, H, W]` to `[c, h, w]`. */
export class Encoder {
  constructor(
    private readonly session: Session,
    private readonly config: ComponentConfig,
    private readonly tiles: TileMode = 'auto',
  ) {
    mustTakeOneInput(session, 'vae_encoder');
  }

  /** @param randn draws the encoder's own noise: exporters leave the sampling to the pipeline, or do it in the graph, for which it is an input */
  async encode(picture: Float32Array, size: Size, shape: LatentShape, randn: (count: number) => Float32Array): Promise<Float32Array> {
    const scale = size.width / shape.width;
    const tile = tileFor(this.tiles, this.config, size, scale);
    const tiling = tile && { input: tile.pixels, output: tile.cells };
    const answer = await through(this.session, { ...size, channels: 3, data: picture }, (tile, length) => {
      const [height, width] = [tile.height / scale, tile.width / scale];
      return { channels: length / (height * width), height, width };
    }, tiling, ({ height, width }) => tensor(randn((shape.channels * height * width) / scale ** 2), [1, shape.channels, height / scale, width / scale]));
    mustBeFinite(answer, 'vae_encoder');
    const count = latentCount(shape);
    if (answer.length !== count && answer.length !== 2 * count) {
      throw new DiffusionError('bad-model', `vae_encoder gave ${answer.length} values, expected ${count} or ${2 * count}; a part is from another model`);
    }
    const sample = answer.length === count ? answer : sampled(answer, randn(count));
    return scaled(sample, shape, this.config);
  }
}

/** Side of a tile, in pixels and in latent cells: what the autoencoder was trained on. `null` for pictures that go through whole. */
function tileFor(mode: TileMode, { sample_size: trained = DEFAULT_TILE }: ComponentConfig, size: Size, scale: number): { pixels: number; cells: number } | null {
  const pixels = typeof trained === 'number' ? trained : trained[0];
  if (!wantsTiles(mode, size) || Math.max(size.width, size.height) <= pixels) return null;
  const cells = Math.trunc(pixels / scale);
  if (cells > 1) return { pixels, cells }; // one cell overlaps no other
  throw new DiffusionError('bad-model', `config.json says that the autoencoder was trained on pictures of ${pixels} pixels (sample_size), which are no tiles to work in; correct it, or work without tiles`);
}

/** The whole of `planes` through a graph at once, or in tiles. `shapeOf` a tile: what comes out for it; `noiseOf` it: what goes in beside it, where the graph asks. */
async function through(session: Session, planes: Planes, shapeOf: (tile: Planes, length: number) => Omit<Planes, 'data'>, tiling: Tiling | null, noiseOf?: (tile: Planes) => Tensor): Promise<Float32Array> {
  const once = (tile: Planes) => runOne(session, tensor(tile.data, [1, tile.channels, tile.height, tile.width]), () => noiseOf?.(tile));
  if (!tiling) return once(planes);
  const answer = await inTiles(planes, tiling, async (tile) => {
    const data = await once(tile);
    return { ...shapeOf(tile, data.length), data: data.slice() };
  });
  return answer.data;
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
  const wrong = (['latents_mean', 'latents_std'] as const).find((field) => config[field] && config[field].length !== shape.channels);
  if (wrong) throw new DiffusionError('bad-model', `${wrong} in the autoencoder's config.json has ${config[wrong]?.length} numbers for ${shape.channels} channels; correct it`);
  const plane = shape.height * shape.width;
  return {
    scale: config.scaling_factor ?? DEFAULT_SCALE,
    shift: config.shift_factor ?? 0,
    mean: (i: number) => config.latents_mean?.[Math.floor(i / plane)] ?? 0,
    deviation: (i: number) => config.latents_std?.[Math.floor(i / plane)] ?? 1,
  };
}

function mustTakeOneInput(session: Session, name: string): void {
  if (session.inputs.size - Number(session.inputs.has(NOISE_INPUT)) !== 1) {
    throw new DiffusionError('bad-model', `${session.file} takes ${session.inputs.size} inputs (${[...session.inputs.keys()].join(', ')}), a ${name} takes one; use a standard export of this model`);
  }
}

async function runOne(session: Session, planes: Tensor, noise: () => Tensor | undefined): Promise<Float32Array> {
  const input = [...session.inputs.keys()].find((name) => name !== NOISE_INPUT)!;
  const output = [...session.outputs.keys()][0]!;
  const drawn = session.inputs.has(NOISE_INPUT) ? noise() : undefined;
  const answer = (await session.run({ [input]: planes, ...(drawn && { [NOISE_INPUT]: drawn }) }, [output]))[output];
  if (answer?.data instanceof Float32Array) return answer.data;
  throw new DiffusionError('bad-model', `${session.file} answered with ${answer?.dtype ?? 'nothing'} where numbers were expected`);
}
