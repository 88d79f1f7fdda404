/**
 * The `GenerateRequest`: one picture, said completely. Everything the engine needs to draw is in it, so the
 * engine never reads a prompt file or a setting; everything that decides what the picture looks like is in its
 * canonical part (see `canonicalRequest`), so two equal canonical requests mean the same picture.
 */
import { z } from 'zod';

/** Version of the request schema. A canonical request is compared only within one version. */
export const REQUEST_VERSION = 1;

/** A seed is an unsigned 64-bit integer kept as decimal text: a JavaScript number would lose it above 2^53. */
export const Seed = z
  .string()
  .regex(/^\d{1,20}$/, 'a seed is an integer from 0 to 18446744073709551615')
  // Zod runs this even where the pattern has failed, and BigInt throws on what is no number.
  .refine((text) => /^\d{1,20}$/.test(text) && BigInt(text) < 1n << 64n, 'a seed is an integer from 0 to 18446744073709551615')
  .transform((text) => BigInt(text).toString());

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A model by name and content. `path` says where it lies here and is not part of what the picture is. */
export const ModelReference = z.strictObject({
  id: z.string().min(1),
  sha256: Sha256.optional(),
  path: z.string().min(1),
});
export type ModelReference = z.infer<typeof ModelReference>;

/** An adapter (soft tokens, LoRA, textual inversion, weight offsets) with its strength; 0 is off, 1 is as trained. */
export const AdapterReference = z.strictObject({
  id: z.string().min(1),
  sha256: Sha256.optional(),
  path: z.string().min(1),
  weight: z.number().min(-10).max(10),
});
export type AdapterReference = z.infer<typeof AdapterReference>;

/** A picture that goes in (image-to-image source, inpainting mask). */
export const InputPicture = z.strictObject({ path: z.string().min(1), sha256: Sha256.optional() });
export type InputPicture = z.infer<typeof InputPicture>;

/** Sampler names as users of the field know them; see design.md for what diffusers class each one is. */
export const SAMPLERS = [
  'DDIM', 'PNDM', 'Euler', 'Euler a', 'Heun', 'DPM++ 2M', 'DPM++ 2M SDE', 'DPM++ SDE', 'UniPC', 'LCM', 'TCD',
  'DPM++ 2S', 'DPM2', 'DPM2 a', 'LMS', 'DEIS', 'DDPM',
] as const;
export type Sampler = (typeof SAMPLERS)[number];

/** Noise schedules over which a sampler walks; `Automatic` is what the model's own configuration says. */
export const SCHEDULE_TYPES = ['Automatic', 'Uniform', 'Karras', 'Exponential', 'Beta', 'SGM Uniform'] as const;
export type ScheduleType = (typeof SCHEDULE_TYPES)[number];

export const GenerateRequest = z.strictObject({
  version: z.literal(REQUEST_VERSION),
  /** Expanded text: no wildcards, variants or comments left; weights, BREAK and scheduling are still in it. */
  prompt: z.string().max(1_000_000),
  negativePrompt: z.string().max(1_000_000),
  /** `a1111`: weights and scheduling act on embeddings as A1111's do. `plain`: the text as it is. */
  promptSyntax: z.enum(['a1111', 'plain']),
  /** Past the encoder's length: split at 75 tokens, or cut as diffusers does (and say so). */
  longPrompt: z.enum(['chunk', 'truncate']),
  model: ModelReference,
  adapters: z.array(AdapterReference).max(32),
  /** Pixels. */
  width: z.int().min(16).max(8192),
  height: z.int().min(16).max(8192),
  steps: z.int().min(1).max(1000),
  /** Classifier-free guidance scale; 1 is off. */
  guidanceScale: z.number().min(0).max(100),
  /** Fraction of the rescaled guidance of Lin et al. 2023 (2305.08891), 0 to 1. */
  guidanceRescale: z.number().min(0).max(1),
  /** The part of the steps at which guidance acts, as fractions from first to last (Kynkäänniemi et al. 2024, 2404.07724); elsewhere the prompt stands alone. */
  guidanceInterval: z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]).refine(([from, to]) => from <= to, 'an interval goes from its lower to its higher end').default([0, 1]),
  /** Weight of the negative prompt's part that is perpendicular to the prompt (Perp-Neg, Armandpour et al. 2023, 2304.04968), against an empty text; 0 is plain guidance. */
  perpendicularNegative: z.number().min(0).max(10).default(0),
  /** Quantile of the guided clean picture beyond which it is clipped and scaled back (dynamic thresholding, Saharia et al. 2022, 2205.11487); 0 is off. */
  dynamicThresholding: z.number().min(0).max(1).default(0),
  /** `null`: the model's own `scheduler_config.json` decides. */
  sampler: z.enum(SAMPLERS).nullable(),
  scheduleType: z.enum(SCHEDULE_TYPES),
  /** DDIM's and TCD's stochasticity, 0 to 1. */
  eta: z.number().min(0).max(1),
  /** A1111's counting: 1 uses the last hidden state. */
  clipSkip: z.int().min(1).max(12),
  seed: Seed,
  /** `torch`: `torch.Generator('cpu')`'s stream; `philox`: the stream of CUDA's generator. */
  rng: z.enum(['torch', 'philox']),
  init: InputPicture.nullable(),
  mask: InputPicture.nullable(),
  /** How much of the schedule an image-to-image run walks, 0 to 1. */
  denoisingStrength: z.number().min(0).max(1),
  /** Place of this picture in its block's expansion, from 0. */
  index: z.int().min(0),
  /** Where the picture goes; none of this is part of what the picture is. */
  output: z.strictObject({
    /** Absolute path of the PNG. */
    path: z.string().min(1),
    /** Absolute path of the root that holds `.easel/history/`; `null` keeps no history (a picture drawn without a file). */
    root: z.string().nullable(),
    /** What the block calls itself, for messages and the PNG's record. */
    source: z.strictObject({ file: z.string(), block: z.string() }).nullable(),
    /** Initial latents to use in place of the seed's, and where to keep the final ones (safetensors: `noise`, `latents`). */
    noise: z.string().nullable(),
    saveLatents: z.string().nullable(),
  }),
});
/** One picture, said completely. */
export type GenerateRequest = z.infer<typeof GenerateRequest>;

/** The part of a request that decides what the picture looks like. No paths, no `output`. */
export type CanonicalRequest = ReturnType<typeof canonicalRequest>;

/**
 * Fields that a request of version 1 did not have at first, with the value that means what pictures were drawn with before.
 * At that value a field is no part of the canonical request, so older pictures stay what they are.
 */
const ADDED = { guidanceInterval: [0, 1] as [number, number], perpendicularNegative: 0, dynamicThresholding: 0 } satisfies Partial<GenerateRequest>;

/**
 * What two requests must share to mean the same picture: text, settings, models and adapters by id and SHA-256,
 * pictures that go in by SHA-256. Keys are in a fixed order, so `JSON.stringify` of two canonical requests compares them.
 */
export function canonicalRequest(request: GenerateRequest) {
  const { output: _output, model, adapters, init, mask, ...all } = request;
  const settings: Omit<typeof all, keyof typeof ADDED> & Partial<typeof ADDED> = { ...all };
  for (const name of Object.keys(ADDED) as (keyof typeof ADDED)[]) {
    if (JSON.stringify(all[name]) === JSON.stringify(ADDED[name])) delete settings[name];
  }
  return {
    ...settings,
    model: { id: model.id, sha256: model.sha256 ?? null },
    adapters: adapters.map(({ id, sha256, weight }) => ({ id, sha256: sha256 ?? null, weight })),
    init: init && { sha256: init.sha256 ?? null },
    mask: mask && { sha256: mask.sha256 ?? null },
  };
}
