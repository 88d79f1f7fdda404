/** Runs in the queue: each is a background job that can be paused, stopped, and asked for samples at its step boundaries. */
import { z } from 'zod';
import { TrainRequest } from '../../prompt/train-request';
import { EngineError, type TrainAction, type TrainOptions, type TrainResult } from '../engine';
import { ErrorData } from '../protocol';
import { yieldNow } from './drawer';
import type { JobQueue, Turn } from './job-queue';
import type { BoundaryRun, Orders, Trainer } from './trainer';

/** While a run is paused it looks this often whether somebody else wants the device. */
const PAUSED_LOOK = 50;

class Run {
  paused = false;
  /** Whether the trainer knows that it is paused. */
  told = false;
  sample = false;
  readonly stopping = new AbortController();
  /** Wakes a paused run. */
  changed: () => void = () => {};
}

export class TrainingJobs {
  private readonly runs = new Map<string, Run>();

  constructor(
    private readonly queue: JobQueue,
    private readonly trainer: Trainer | undefined,
  ) {}

  /** Rejects with `EngineError`. A run that is already here is refused: two would write to one folder. */
  async train(given: TrainRequest, { signal, onEvent, onWaiting }: TrainOptions, ending: AbortSignal): Promise<TrainResult> {
    const parsed = TrainRequest.safeParse(given);
    if (!parsed.success) throw new EngineError('bad-request', `the training request is not complete: ${z.prettifyError(parsed.error).replace(/\s+/g, ' ')}`);
    const request = parsed.data;
    const { trainer } = this;
    if (!trainer) throw new EngineError('bad-request', 'this engine was built without training; use the Easel command line or extension');
    if (this.runs.has(request.run)) throw new EngineError('bad-request', `the run ${request.run} is running or waiting already; stop it first, or choose another folder`);
    const run = new Run();
    const stop = () => this.stop(run);
    const stopped = AbortSignal.any([ending, ...(signal ? [signal] : [])]);
    if (stopped.aborted) stop();
    stopped.addEventListener('abort', stop, { once: true });
    this.runs.set(request.run, run);
    try {
      return await this.queue.run({
        priority: 'background',
        signal: run.stopping.signal,
        onWaiting,
        run: (turn) => trainer.train(request, { onEvent: (event) => onEvent?.(event), boundary: (told) => boundary(run, turn, told) }),
      });
    } catch (error) {
      throw asEngineError(error, request);
    } finally {
      stopped.removeEventListener('abort', stop);
      this.runs.delete(request.run);
    }
  }

  control(name: string, action: TrainAction): boolean {
    const run = this.runs.get(name);
    if (!run) return false;
    if (action === 'stop') this.stop(run);
    else if (action === 'sample') run.sample = true;
    else run.paused = action === 'pause';
    run.changed();
    return true;
  }

  private stop(run: Run): void {
    run.stopping.abort();
    run.changed();
  }
}

async function boundary(run: Run, turn: Turn, told?: BoundaryRun): Promise<Orders> {
  await yieldNow();
  const stopped = () => run.stopping.signal.aborted;
  const giveWay = async () => {
    if (turn.wanted) await told?.leave();
    // A run that is stopped while others have the device ends at once.
    await turn.yield().catch((error: unknown) => {
      if (!stopped()) throw error;
    });
  };
  if (run.paused && !stopped()) {
    if (!run.told) await told?.tell('paused');
    run.told = true;
    while (run.paused && !stopped() && !run.sample) {
      await new Promise<void>((resolve) => {
        const look = setTimeout(resolve, PAUSED_LOOK);
        run.changed = () => {
          clearTimeout(look);
          resolve();
        };
      });
      await giveWay();
    }
  }
  if (run.told && !run.paused && !stopped()) {
    run.told = false;
    await told?.tell('resumed');
  }
  await giveWay();
  if (stopped()) return 'stop';
  const { sample } = run;
  run.sample = false;
  return sample ? 'sample' : 'go-on';
}

function asEngineError(error: unknown, { run, name }: TrainRequest): EngineError {
  if (error instanceof EngineError) return error;
  const message = error instanceof Error ? error.message.replace(/\s*[\r\n]+\s*/g, ' ').trim() : String(error);
  const known = ErrorData.safeParse(error); // errors of diffusion/, models/ and runtime/ carry our codes
  if (known.success) return new EngineError(known.data.code, message, { cause: error });
  const errno = z.object({ code: z.string().regex(/^E[A-Z0-9]+$/) }).safeParse(error);
  if (errno.success) return new EngineError('disk', `training "${name}" in ${run} could not use a file (${message}); free space or correct permissions, then resume the run`, { cause: error });
  return new EngineError('failed', `training "${name}" failed: ${message}`, { cause: error });
}
