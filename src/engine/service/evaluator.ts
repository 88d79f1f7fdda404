/** What the service needs of `evaluation/`, and a measurement as a job in the queue. */
import { z } from 'zod';
import { hashModelFolder, readModelFolder } from '../../models';
import { EvaluateRequest } from '../../prompt/evaluate-request';
import { EngineError, type EvaluateResult, type JobOptions } from '../engine';
import { yieldNow } from './drawer';
import { toEngineError } from './failures';
import type { JobQueue } from './job-queue';

export interface EvaluatorHooks {
  signal: AbortSignal;
  onProgress(done: number, total: number): void;
  /** Lets messages in, and gives the device to whoever has more right to it. */
  giveWay(): Promise<void>;
}

/** Measures. The request's model carries its hash. */
export type Evaluator = (request: EvaluateRequest, hooks: EvaluatorHooks) => Promise<{ suite: string; report: Readonly<Record<string, unknown>>; text: string; files: readonly string[] }>;

/** Waits for the device behind every picture, and gives it away between its own. Rejects with `EngineError`. */
export async function runEvaluation(queue: JobQueue, evaluator: Evaluator | undefined, given: EvaluateRequest, { signal: asked, onProgress }: JobOptions, ending: AbortSignal): Promise<EvaluateResult> {
  const parsed = EvaluateRequest.safeParse(given);
  if (!parsed.success) throw new EngineError('bad-request', `the evaluation is not said completely: ${z.prettifyError(parsed.error).replace(/\s+/g, ' ')}`);
  if (!evaluator) throw new EngineError('bad-request', 'this engine was built without evaluation; use the Easel command line or extension');
  const signal = AbortSignal.any([ending, ...(asked ? [asked] : [])]);
  const { model, folder } = parsed.data;
  try {
    const sha256 = model.sha256 ?? (await hashModelFolder(await readModelFolder(model.path, model.id), { signal }));
    const request = { ...parsed.data, model: { ...model, sha256 } };
    return await queue.run({
      priority: 'background',
      signal,
      onWaiting: ({ ahead, heldBy }) => onProgress?.({ phase: 'waiting', step: 0, steps: 0, ahead, ...(heldBy !== undefined && { heldBy }) }),
      run: async (turn) => {
        const { suite, report, text, files } = await evaluator(request, {
          signal,
          onProgress: (step, steps) => onProgress?.({ phase: 'denoising', step, steps }),
          giveWay: async () => {
            await yieldNow();
            await turn.yield();
          },
        });
        return { suite, report: { ...report }, text, files: [...files] };
      },
    });
  } catch (error) {
    const path = folder ?? `the ${parsed.data.suite} evaluation of ${model.id}`;
    throw toEngineError(error, { output: { path, root: null, source: null, noise: null, saveLatents: null }, model }, 'evaluating', signal.aborted);
  }
}
