/** Trains each arm's banks with the trainer that everybody uses; a run that was killed goes on from its last checkpoint. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { largestCosine, readSoftTokens, trainableCount } from '../../../src/adapters';
import { sha256OfFile } from '../../../src/dataset';
import type { Pipelines } from '../../../src/diffusion';
import { TrainEvent, TrainRequest, type AdapterReference, type ModelReference } from '../../../src/prompt';
import { SoftTokenTrainer } from '../../../src/training';
import { optionsOfArm, type Arm } from './arms';
import type { Ledger } from './ledger';

const real = z.number().nullable();

/** What is told of one run. */
export const TrainingRecord = z.object({
  seed: z.int(),
  steps: z.int(),
  /** Of the file, and of the model it was trained on. */
  sha256: z.string(),
  trainables: z.int(),
  modelParameters: z.int(),
  blocks: z.array(z.string()),
  /** Of this process alone, if the run was killed in between: `stepsMade` of them. */
  stepsMade: z.int(),
  seconds: z.number(),
  cpuSeconds: z.number(),
  /** Means over the first and last tenth of the steps. */
  firstLoss: real,
  lastLoss: real,
  /** On the folder's own held-out pictures, before the first step and after the last. */
  validation: z.array(z.object({ loss: real, accuracy: real })),
  tokenCosine: real,
  fingerprint: z.string(),
  pictures: z.int(),
});
export type TrainingRecord = z.infer<typeof TrainingRecord>;

export interface Bank {
  readonly record: TrainingRecord;
  readonly adapter: AdapterReference;
}

export interface TrainingPlan {
  readonly ledger: Ledger;
  readonly pipelines: Pipelines;
  readonly model: ModelReference & { readonly sha256: string };
  /** Absolute paths. */
  readonly dataset: string;
  /** Of the dataset. */
  readonly fingerprint: string;
  readonly work: string;
  readonly steps: number;
  readonly threads: number;
  readonly tell: (line: string) => void;
}

/** Trains the arm's bank for a seed, or takes the one that is there. */
export async function bankOf(arm: Arm & { readonly options: object }, seed: number, plan: TrainingPlan): Promise<Bank> {
  const { ledger, model, dataset, fingerprint, work, steps } = plan;
  const name = `${arm.name}-${seed}`;
  const place = `${name}-${steps}-${model.sha256.slice(0, 8)}-${fingerprint.slice(0, 8)}`;
  const path = join(work, 'adapters', `${place}.safetensors`);
  const key = ['bank', place];
  const train = () => trained(TrainRequest.parse({
    version: 1, method: 'soft-tokens', name, model, dataset, run: join(work, 'runs', place), output: path, root: null, options: optionsOfArm(arm.options, steps, seed),
  }), seed, plan);
  const record = await ledger.get(key, TrainingRecord, train);
  if ((await sha256OfFile(path)) !== record.sha256) throw new Error(`${path} is not what the report was begun with; remove ${work} and begin again`);
  return { record, adapter: { id: name, path, weight: 1 } };
}

async function trained(request: TrainRequest, seed: number, { pipelines, threads, tell }: TrainingPlan): Promise<TrainingRecord> {
  const trainer = new SoftTokenTrainer({ pipelines, draw: async () => {}, threads });
  const [began, used] = [performance.now(), process.cpuUsage()];
  let made = 0;
  const { state, notes } = await trainer.train(request, {
    boundary: () => new Promise((resolve) => setImmediate(() => resolve('go-on'))),
    onEvent: (event) => {
      if (event.event !== 'step') return;
      made++;
      tell(`${request.name}: step ${event.step} of ${event.steps}, loss ${event.loss?.toFixed(3)}`);
    },
  });
  if (state !== 'finished') throw new Error(`${request.name} stopped by itself: ${notes.join('; ')}`);
  const { user, system } = process.cpuUsage(used);
  const events = (await readFile(join(request.run, 'events.jsonl'), 'utf8')).trimEnd().split('\n').map((line) => TrainEvent.parse(JSON.parse(line)));
  const started = events.findLast((event) => event.event === 'started')!;
  const losses = [...new Map(events.flatMap((event) => (event.event === 'step' && event.loss !== null ? [[event.step, event.loss]] : []))).values()];
  const tenth = Math.max(1, Math.round(losses.length / 10));
  const average = (values: readonly number[]) => (values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length);
  return {
    seed, steps: request.options.steps, sha256: await sha256OfFile(request.output), trainables: trainableCount((await readSoftTokens(request.output)).soft), modelParameters: started.modelParameters, blocks: started.blocks,
    stepsMade: made, seconds: (performance.now() - began) / 1000, cpuSeconds: (user + system) / 1e6, firstLoss: average(losses.slice(0, tenth)), lastLoss: average(losses.slice(-tenth)),
    validation: events.flatMap((event) => (event.event === 'validation' ? [{ loss: event.loss, accuracy: event.accuracy }] : [])), tokenCosine: largestCosine((await readSoftTokens(request.output)).soft),
    fingerprint: started.dataset.fingerprint, pictures: started.dataset.training,
  };
}
