/** The panel of a training run: how it goes, in numbers and in pictures, and what may be done with it. */
import { z } from 'zod';

const count = z.int().min(0);
/** Not a number is no JSON. */
const real = z.number().nullable();
/** Points of one line in a chart: more than a screen has pixels are averaged before they are sent. */
export const POINTS_AT_MOST = 1_200;

const series = z.array(real).max(POINTS_AT_MOST);

/** Training steps, with what was measured at each. Arrays of one length. */
export const RunPoints = z.strictObject({
  step: z.array(count).max(POINTS_AT_MOST),
  loss: series,
  learningRate: series,
  gradientNorm: series,
  matchedRank: series,
  tokenCosine: series,
});
export type RunPoints = z.infer<typeof RunPoints>;

/** Held-out pictures, now and then. */
export const RunValidation = z.strictObject({ step: z.array(count), loss: z.array(real), accuracy: z.array(real) });
export type RunValidation = z.infer<typeof RunValidation>;

/** The same prompt and seed, with the tokens and without. */
export const RunSample = z.strictObject({ step: count, prompt: z.string(), seed: z.string(), withTokens: z.string(), withoutTokens: z.string() });
export type RunSample = z.infer<typeof RunSample>;

export const RunAction = z.enum(['start', 'pause', 'resume', 'stop', 'sample', 'use', 'new-run', 'open-config', 'open-dataset', 'show-log', 'manage-trust']);
export type RunAction = z.infer<typeof RunAction>;

/** Everything the page shows. Sent whole each time. */
export const RunState = z.strictObject({
  /** What the page keeps for the serializer. */
  memory: z.strictObject({ run: z.string() }),
  name: z.string(),
  where: z.string(),
  phase: z.enum(['new', 'waiting', 'preparing', 'training', 'paused', 'stopping', 'finished', 'stopped', 'failed', 'interrupted', 'elsewhere']),
  phaseLabel: z.string(),
  /** One line under the phase: what it waits for, steps and the time left. */
  progress: z.strictObject({ label: z.string(), done: count, total: count }).nullable(),
  /** What is trained on what: name and value. */
  facts: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  points: RunPoints,
  /** Steps that one point of the lines stands for. */
  stepsPerPoint: count,
  validation: RunValidation,
  samples: z.array(RunSample),
  warnings: z.array(z.string()),
  error: z.string().nullable(),
  actions: z.array(z.strictObject({ id: RunAction, label: z.string() })),
  announcement: z.string(),
});
export type RunState = z.infer<typeof RunState>;
export type RunMemory = RunState['memory'];

/** The page's fixed words, in the user's language. */
export const RunLabels = z.strictObject({
  loss: z.string(),
  validationLoss: z.string(),
  learningRate: z.string(),
  gradientNorm: z.string(),
  matchedRank: z.string(),
  matchedRankHint: z.string(),
  accuracy: z.string(),
  tokenCosine: z.string(),
  tokenCosineHint: z.string(),
  step: z.string(),
  samples: z.string(),
  noSamples: z.string(),
  withTokens: z.string(),
  withoutTokens: z.string(),
  sampleStep: z.string(),
  /** With `{0}` for how many steps. */
  averaged: z.string(),
  progress: z.string(),
  charts: z.string(),
  facts: z.string(),
  noPoints: z.string(),
});
export type RunLabels = z.infer<typeof RunLabels>;

/** Editor to page. */
export const HostToRun = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('labels'), labels: RunLabels }),
  z.strictObject({ type: z.literal('state'), state: RunState }),
]);
export type HostToRun = z.infer<typeof HostToRun>;

/** Page to editor. */
export const RunToHost = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('act'), action: RunAction }),
]);
export type RunToHost = z.infer<typeof RunToHost>;
