/**
 * The `TrainRequest`: one training run, said completely, and `train.yaml`, the same in words a person writes. The engine
 * reads neither a `train.yaml` nor a setting; the run folder keeps both, so that a run can be looked at and gone on with.
 */
import { z } from 'zod';
import { ModelReference, Seed } from './request';

/** Version of the request schema. */
export const TRAIN_VERSION = 1;

/** What `<name>` in a prompt can say: a letter first, then letters, digits, `_`, `.` and `-`. */
export const AdapterName = z
  .string()
  .regex(/^[\p{L}_][\p{L}\p{N}_.-]{0,79}$/u, 'a name starts with a letter and has letters, digits, "_", "." and "-"')
  .refine((name) => !name.endsWith('.'), 'a name does not end with "."');

/** Decimal text, or a whole number as YAML has it. */
const SeedOrNumber = z.union([Seed, z.int().min(0).transform(String)]).meta({ description: 'Seed of everything random in the run.' });

/**
 * Options of method `soft-tokens`. Defaults are SoftREPA's published ones (arXiv 2503.08250 and its code), except where
 * the description says otherwise. `auto` is settled by the model's family.
 */
export const SoftTokenOptions = z.strictObject({
  steps: z.int().min(1).max(1_000_000).default(500).meta({ description: 'Optimizer steps.' }),
  batchSize: z.int().min(2).max(64).default(4).meta({ description: 'Pictures per step; each is compared with every caption of the batch.' }),
  seed: SeedOrNumber.default('0'),
  loss: z.enum(['contrastive', 'soft-rank', 'denoising']).default('contrastive').meta({ description: '`contrastive`: as published. `soft-rank`: bounded, spares counting; batches of 3 or more. `denoising`: the plain diffusion loss, as a control.' }),
  tokens: z.int().min(1).max(64).default(4).meta({ description: 'Soft tokens per layer.' }),
  blocks: z.union([z.enum(['auto', 'down', 'down+mid']), z.int().min(1).max(200)]).default('auto').meta({ description: 'Where the tokens are read. UNets: `down` or `down+mid`. Transformers: how many of the first blocks; `auto` is 5 of 24.' }),
  timeEmbedding: z.enum(['auto', 'none', 'smooth', 'buckets']).default('auto').meta({ description: 'How tokens change with time. `smooth`: 16 bases. `buckets`: one of 100 vectors, as published. `auto`: buckets on SD3, smooth elsewhere (not as published).' }),
  initialization: z.enum(['random', 'published']).default('random').meta({ description: '`random` breaks the symmetry of the tokens (not as published on SD 1.x, where all start as one and stay so).' }),
  temperature: z.number().gt(0).max(100).default(0.07).meta({ description: 'Logit = scale · exp(−error / temperature).' }),
  scale: z.number().gt(0).max(100).default(4),
  denoisingWeight: z.union([z.literal('auto'), z.number().min(0).max(1000)]).default('auto').meta({ description: 'Weight of the plain diffusion loss beside the contrastive one. `auto`: 10 on UNets, 0 on transformers.' }),
  picturesPerPass: z.union([z.literal('auto'), z.int().min(1).max(64)]).default('auto').meta({ description: 'Pictures of a batch that are computed at once, each under all its captions: fewer take less memory and give the same gradients. `auto`: all, or one for models of Stable Diffusion\'s size.' }),
  hardNegatives: z.boolean().default(false).meta({ description: 'Wrong captions that differ from the right one in the concept alone (icon captions: same colours and container). Pictures with such captions are batched; captions that the dataset lacks are written.' }),
  optimizer: z.enum(['adamw', 'sgd']).default('adamw'),
  learningRate: z.number().gt(0).max(10).default(1e-3),
  weightDecay: z.number().min(0).max(1).default(1e-4),
  momentum: z.number().min(0).lt(1).default(0.9).meta({ description: 'Of SGD; of AdamW its beta1.' }),
  beta2: z.number().min(0).lt(1).default(0.999),
  schedule: z.enum(['warm-restarts', 'cosine', 'constant']).default('warm-restarts').meta({ description: '`warm-restarts`: as published, a cosine over 5,000 steps in 10 stages, then anew.' }),
  warmupSteps: z.int().min(0).default(0),
  minLearningRate: z.number().min(0).default(1e-5),
  gradientAccumulation: z.int().min(1).max(1024).default(1).meta({ description: 'Batches per optimizer step.' }),
  gradientClip: z.number().min(0).default(0).meta({ description: 'Largest gradient norm; 0 does not clip.' }),
  resolution: z.union([z.literal('auto'), z.int().min(16).max(4096)]).default('auto').meta({ description: 'Side of the square that pictures are scaled and cropped to. `auto`: the model\'s own.' }),
  validationShare: z.number().min(0).max(0.5).default(0.1).meta({ description: 'Share of the captioned pictures that are kept out of training.' }),
  checkpointEvery: z.int().min(1).default(50).meta({ description: 'Steps between checkpoints: what a crash loses at most.' }),
  keepCheckpoints: z.int().min(1).max(1000).default(3),
  sampleEvery: z.int().min(0).default(100).meta({ description: 'Steps between sample pictures and validations; 0: none.' }),
  samplePrompts: z.array(z.string().min(1).max(10_000)).max(16).default([]).meta({ description: 'Drawn with and without the tokens. Empty: captions of the dataset.' }),
  sampleSeed: SeedOrNumber.default('1'),
  sampleSteps: z.int().min(1).max(200).default(20),
});
export type SoftTokenOptions = z.infer<typeof SoftTokenOptions>;

export const TrainRequest = z.strictObject({
  version: z.literal(TRAIN_VERSION),
  method: z.literal('soft-tokens'),
  /** What a prompt calls the result: `<name>`. */
  name: AdapterName,
  model: ModelReference,
  /** Absolute path of the folder of captioned pictures. */
  dataset: z.string().min(1),
  /** Absolute path of the run's folder; it names the run. A folder with a checkpoint of the same request is gone on with. */
  run: z.string().min(1),
  /** Absolute path of the safetensors file that the finished run writes. */
  output: z.string().min(1),
  /** Absolute; the dataset's Git revision and relative paths are told against it. `null`: none. */
  root: z.string().nullable(),
  options: SoftTokenOptions,
});
export type TrainRequest = z.infer<typeof TrainRequest>;

/** `train.yaml`. Paths are relative to the file's folder. */
export const TrainConfig = z.strictObject({
  method: z.literal('soft-tokens').default('soft-tokens').meta({ description: 'What is trained.' }),
  name: AdapterName.meta({ description: 'What a prompt calls the result: `<name>`.' }),
  model: z.string().min(1).default('icon-64').meta({ description: 'A known model, or a folder.' }),
  dataset: z.string().min(1).meta({ description: 'Folder of captioned pictures.' }),
  output: z.string().min(1).optional().meta({ description: 'Where the result goes; `adapters/{name}.safetensors` unless said.' }),
  ...SoftTokenOptions.shape,
});
export type TrainConfig = z.infer<typeof TrainConfig>;

/** The options of a config, without what names things. */
export function optionsOf(config: TrainConfig): SoftTokenOptions {
  const { method: _method, name: _name, model: _model, dataset: _dataset, output: _output, ...options } = config;
  return options;
}

/** JSON Schema of `train.yaml`, for completion and validation in an editor. */
export function trainConfigJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(TrainConfig, { io: 'input', unrepresentable: 'any' });
}
