/** How each input that an exporter may give a denoiser is made. Names and shapes: formats.md, section 1. */
import { integerTensor, tensor, type Tensor, type ValueInfo } from '../../runtime';
import { DiffusionError } from '../error';
import type { TextEncoding } from '../text';
import type { DenoiserSettings } from './denoiser';
import { packFactors, STEP_INPUT, type StepFactors } from './step-graph';

export interface FeedContext {
  /** The latents as the graph takes them; absent while lasting feeds are made. */
  readonly latents: Tensor | undefined;
  readonly timestep: number;
  /** One per row of the batch. */
  readonly encodings: readonly TextEncoding[];
  readonly settings: DenoiserSettings;
  /** Flux: latents as 2×2 patches, and time from 0 to 1. */
  readonly packs: boolean;
  /** Numbers of the step, where the graph takes it. */
  readonly step?: StepFactors;
}

/** `lasting` feeds are made once per picture and prompt, `changing` ones at every call. */
export interface Feed {
  readonly when: 'lasting' | 'changing';
  /** @param before what it made at the call before, of the same rows: a changing feed may write over it */
  make(context: FeedContext, info: ValueInfo, before?: Tensor): Tensor;
}

const latents: Feed = { when: 'changing', make: (context) => context.latents! };
const pooled: Feed = { when: 'lasting', make: ({ encodings }, info) => stacked(encodings.map((encoding) => mustHave(encoding.pooled, info)), []) };

export const FEEDS: Readonly<Record<string, Feed>> = {
  sample: latents,
  hidden_states: latents,
  latent_model_input: latents,
  latents,
  timestep: {
    when: 'changing',
    make: ({ timestep, encodings, packs }, info, before) => {
      const value = packs ? timestep / 1000 : timestep;
      const time = info.dtype.startsWith('int') ? roundHalfEven(value) : value;
      if (before?.data instanceof Float32Array) {
        before.data.fill(time);
        return before;
      }
      if (info.shape.length === 0) return integerTensor([time], [], info.dtype);
      const rows = typeof info.shape[0] === 'number' ? info.shape[0] : encodings.length;
      return integerTensor(Array.from({ length: rows }, () => time), [rows], info.dtype);
    },
  },
  encoder_hidden_states: {
    when: 'lasting',
    make: ({ encodings }) => stacked(encodings.map(({ hidden }) => hidden), [encodings[0]!.tokens, encodings[0]!.width]),
  },
  pooled_projections: pooled,
  text_embeds: pooled,
  encoder_attention_bias: {
    when: 'lasting',
    make: ({ encodings }) => stacked(encodings.map(({ attentionBias, tokens }) => attentionBias ?? new Float32Array(tokens)), []),
  },
  // Rows of one call share their tokens (`Denoiser` sees to it); rows without any have none.
  soft_tokens: {
    when: 'changing',
    make: ({ timestep, encodings }, { shape: [layers, , width] }) => {
      const soft = encodings[0]?.soft;
      return tensor(soft?.at(timestep) ?? new Float32Array(), [Number(layers), soft?.count ?? 0, Number(width)]);
    },
  },
  soft_token_bias: {
    when: 'lasting',
    make: ({ encodings }) => {
      const bias = encodings[0]?.soft?.bias ?? new Float32Array();
      return tensor(bias, [bias.length]);
    },
  },
  // Without a step its sums are computed for nothing: a few additions beside a network.
  [STEP_INPUT]: { when: 'changing', make: ({ step }) => tensor(step ? packFactors(step) : new Float32Array(5), [5]) },
  // SDXL's micro-conditioning: original height and width, crop top and left, target height and width.
  time_ids: {
    when: 'lasting',
    make: ({ encodings, settings: { size } }, info) => {
      if (info.shape[1] === 5) throw new DiffusionError('bad-model', 'this is an SDXL refiner, which only finishes other pictures; use the base model');
      const ids = [size.height, size.width, 0, 0, size.height, size.width];
      return integerTensor(encodings.flatMap(() => ids), [encodings.length, ids.length], info.dtype);
    },
  },
  timestep_cond: {
    when: 'lasting',
    make: ({ encodings, settings }, info) => {
      const width = info.shape[1];
      if (typeof width !== 'number') throw new DiffusionError('bad-model', 'the width of timestep_cond is not fixed in this graph; export it with its own');
      return stacked(encodings.map(() => guidanceEmbedding(settings.guidanceScale - 1, width)), []);
    },
  },
  guidance: {
    when: 'lasting',
    make: ({ encodings, settings }, info) => integerTensor(encodings.map(() => settings.guidanceScale), info.shape.length === 0 ? [] : [encodings.length], info.dtype),
  },
  // Flux's positions: rows of (0, y, x) per patch for the picture, zeros for the text. Rank 2 since diffusers 0.31; Optimum traces them as int64.
  img_ids: {
    when: 'lasting',
    make: ({ encodings, settings: { shape } }, info) => {
      const columns = shape.width / 2;
      const ids = Array.from({ length: (shape.height / 2) * columns }, (_, patch) => [0, Math.floor(patch / columns), patch % columns]);
      return positions(ids, encodings.length, info);
    },
  },
  txt_ids: { when: 'lasting', make: ({ encodings }, info) => positions(Array.from({ length: encodings[0]!.tokens }, () => [0, 0, 0]), encodings.length, info) },
};

/** For an input that nothing hangs on. */
export const NOTHING: Feed = {
  when: 'lasting',
  make: (_, info) => {
    const dims = info.shape.map((side) => (typeof side === 'number' ? side : 1));
    return integerTensor(Array.from({ length: dims.reduce((product, side) => product * side, 1) }, () => 0), dims, info.dtype);
  },
};

/** Rows of equal length as one tensor `[rows, …inner]`; a flat row unless `inner` says otherwise. */
function stacked(rows: readonly Float32Array[], inner: readonly number[]): Tensor {
  const length = rows[0]!.length;
  const data = new Float32Array(rows.length * length);
  rows.forEach((row, i) => data.set(row, i * length));
  return tensor(data, [rows.length, ...(inner.length > 0 ? inner : [length])]);
}

function positions(ids: readonly (readonly number[])[], batch: number, { shape, dtype }: ValueInfo): Tensor {
  if (shape.length === 2) return integerTensor(ids.flat(), [ids.length, 3], dtype);
  return integerTensor(Array.from({ length: batch }, () => ids.flat()).flat(), [batch, ids.length, 3], dtype);
}

function mustHave(pooled: Float32Array | null, info: ValueInfo): Float32Array {
  if (pooled) return pooled;
  throw new DiffusionError('bad-model', `the denoiser wants "${info.name}", but the text encoder gives no pooled vector; a part is from another model`);
}

/**
 * The guidance scale as a sinusoidal embedding, sines first, of 1000 w.
 * Source: Kingma et al. 2021 (2107.00630), as LCM (2310.04378) uses it with w = scale − 1.
 */
export function guidanceEmbedding(w: number, width: number): Float32Array {
  const half = Math.floor(width / 2);
  const angle = (i: number) => w * 1000 * Math.exp((-Math.log(10000) / (half - 1)) * i);
  return Float32Array.from({ length: width }, (_, i) => (i < half ? Math.sin(angle(i)) : i < 2 * half ? Math.cos(angle(i - half)) : 0));
}

/** numpy's and torch's rounding. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  return fraction > 0.5 || (fraction === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}
