/** What the engine's two processes say about training. The run's folder names the run. */
import { z } from 'zod';
import { TrainEvent } from '../prompt/train-events';
import { TrainRequest } from '../prompt/train-request';

export { TrainEvent, TrainRequest };

const Job = z.string().min(1).max(64);

/** `stop` keeps what was good last; `sample` draws the sample prompts after the step that is running. */
export const TRAIN_ACTIONS = ['pause', 'resume', 'stop', 'sample'] as const;

export const TrainResult = z.object({
  /** `stopped`: by hand or by a warning, before the last step. */
  state: z.enum(['finished', 'stopped']),
  /** Steps made in all. */
  step: z.int().min(0),
  /** The safetensors file; `null` if no step was made. */
  path: z.string().nullable(),
  /** Why it stopped by itself, or anything else worth telling; one line each. */
  notes: z.array(z.string()),
});

const count = z.int().min(0);

/** The client asks these. Cancelling a `train` is stopping it. */
export const trainingMethods = {
  train: { name: 'engine/train', params: z.strictObject({ job: Job, request: TrainRequest }), result: TrainResult },
  /** Answers whether such a run is running or waiting here. */
  controlTraining: { name: 'engine/controlTraining', params: z.strictObject({ run: z.string().min(1), action: z.enum(TRAIN_ACTIONS) }), result: z.boolean() },
} as const;

/** The child tells these while it trains. */
export const trainingNotices = {
  trainEvent: { name: 'engine/trainEvent', params: z.object({ job: Job, event: TrainEvent }) },
  trainWaiting: { name: 'engine/trainWaiting', params: z.object({ job: Job, ahead: count, heldBy: z.string().optional() }) },
} as const;
