/** The JSON of a diffusers folder: only the fields that change what is drawn are named, all others pass. */
import { z } from 'zod';

const size = z.int().positive().max(1 << 20);
const maybe = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined).optional();

/** `model_index.json`. Its class name is for people: exporters disagree about it, so nothing is decided by it. */
export const ModelIndex = z.looseObject({
  _class_name: maybe(z.string()),
  force_zeros_for_empty_prompt: maybe(z.boolean()),
  /** Written by Easel's own recipes: how the model wants to be drawn with. */
  easel: maybe(
    z.strictObject({ width: size.optional(), height: size.optional(), steps: size.max(1000).optional(), guidanceScale: z.number().min(0).max(100).optional() }),
  ),
});
export type ModelIndex = z.infer<typeof ModelIndex>;

/** `config.json` of one part. A part may have none (the diffusers script writes none). */
export const ComponentConfig = z.looseObject({
  _class_name: maybe(z.string()),
  model_type: maybe(z.string()),
  sample_size: maybe(z.union([size, z.tuple([size, size])])),
  in_channels: maybe(size),
  latent_channels: maybe(size),
  time_cond_proj_dim: maybe(size),
  guidance_embeds: maybe(z.boolean()),
  scaling_factor: maybe(z.number().positive()),
  shift_factor: maybe(z.number()),
  latents_mean: maybe(z.array(z.number()).max(4096)),
  latents_std: maybe(z.array(z.number()).max(4096)),
  block_out_channels: maybe(z.array(size).min(1).max(64)),
  force_upcast: maybe(z.boolean()),
  use_attention_mask: maybe(z.boolean()),
  eos_token_id: maybe(z.union([z.int(), z.array(z.int())])),
});
export type ComponentConfig = z.infer<typeof ComponentConfig>;

/** `scheduler_config.json`, as it is written: the scheduler's own room knows its fields and their defaults. */
export const SchedulerConfig = z.looseObject({ _class_name: z.string() });
export type SchedulerConfig = z.infer<typeof SchedulerConfig>;
