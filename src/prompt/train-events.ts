/**
 * What a training run says of itself: the lines of RUN/events.jsonl, and the same objects as notifications. A run that
 * goes on after a crash starts again from its last checkpoint: what an earlier line says of a later step than a `resumed`
 * line names is void.
 */
import { z } from 'zod';

const step = z.int().min(0);
/** Milliseconds since 1970. */
const time = z.number();
/** Not a number is no JSON: a `warning` tells it. */
const real = z.number().nullable();

const event = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) => z.object({ event: z.literal(name), time, step, ...shape });

export const TrainEvent = z.discriminatedUnion('event', [
  /** Once per `train`, before the first step. `step` is where it starts, `steps` where it ends. */
  event('started', {
    run: z.string(),
    name: z.string(),
    steps: step,
    dataset: z.object({ pictures: z.int(), captions: z.int(), without: z.int(), training: z.int(), validation: z.int(), fingerprint: z.string() }),
    /** Numbers trained, numbers in the model's denoiser. */
    trainables: z.int(),
    modelParameters: z.int(),
    blocks: z.array(z.string()),
    threads: z.int(),
    runtime: z.string(),
    revision: z.string().nullable(),
    /** Things worth telling, one line each. */
    notes: z.array(z.string()),
  }),
  /** Before steps are made: reading the dataset, encoding captions and pictures. */
  event('preparing', { what: z.enum(['dataset', 'model', 'captions', 'pictures', 'graph']), done: z.int(), total: z.int() }),
  event('step', {
    steps: step,
    loss: real,
    learningRate: z.number(),
    gradientNorm: real,
    /** Mean over the batch of the rank (from 1) of the right caption by denoising error; 1 is perfect, (B + 1) / 2 is chance. */
    matchedRank: real,
    /** Largest cosine between two tokens of a layer; 1 is collapse. */
    tokenCosine: real,
    secondsPerStep: z.number(),
    etaSeconds: z.number(),
  }),
  /** Error of the right caption, and share of held-out pictures whose own caption has the smallest error in its batch. */
  event('validation', { loss: real, accuracy: real, matchedRank: real, pictures: z.int() }),
  /** Absolute paths of PNGs. */
  event('sample', { prompt: z.string(), seed: z.string(), withTokens: z.string(), withoutTokens: z.string() }),
  event('checkpoint', { path: z.string() }),
  /** Stops the run with the last good checkpoint. */
  event('warning', { kind: z.enum(['collapse', 'nan', 'divergence']), message: z.string() }),
  event('paused', {}),
  /** After a pause (`from: memory`), or from a checkpoint; then `notes` says what differs from before. */
  event('resumed', { from: z.enum(['memory', 'checkpoint']), notes: z.array(z.string()) }),
  /** `stopped`: by hand or by a warning, before the last step; the result is what was good last. */
  event('finished', { path: z.string().nullable(), state: z.enum(['finished', 'stopped']), seconds: z.number() }),
  event('failed', { message: z.string() }),
]);
export type TrainEvent = z.infer<typeof TrainEvent>;
