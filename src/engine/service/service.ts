/** The engine in the calling process: requests queue, hold the device in turn, and become files. */
import { join } from 'node:path';
import { z } from 'zod';
import { easelCache } from '../../models';
import { EditRequest } from '../../prompt/edit-request';
import type { EvaluateRequest } from '../../prompt/evaluate-request';
import { GenerateRequest } from '../../prompt/request';
import { mayDrawTogether } from '../../prompt/together';
import type { TrainRequest } from '../../prompt/train-request';
import { EngineError, type Engine, type EngineStatus, type EvaluateResult, type GenerateResult, type JobOptions, type JobPhase, type ProbeResult, type TrainAction, type TrainOptions, type TrainResult } from '../engine';
import { DeviceLock } from './device-lock';
import { yieldNow, type Drawer, type Drawn } from './drawer';
import { runEvaluation, type Evaluator } from './evaluator';
import { toEngineError } from './failures';
import { withFingerprints } from './fingerprints';
import { generate, type GenerateJob } from './generate';
import { JobQueue, type Job, type Lock } from './job-queue';
import { probe } from './probe';
import { editChunks, textChunks } from './record';
import type { Trainer } from './trainer';
import { TrainingJobs } from './training-jobs';

export interface ServiceOptions {
  drawer: Drawer;
  evaluator?: Evaluator;
  trainer?: Trainer;
  /** How other processes' queues call this one: `VS Code, window "icons"`, `easel generate`. */
  label: string;
  /** What is held while computing, asked each time it is taken; engines on different devices do not wait for each other. */
  device: () => Promise<string>;
  /** `dist/engine-child.cjs`: what a probe starts engines from. Beside this file unless said. */
  childPath?: string;
  /** Where the device lock lies; absent: the user's cache directory. */
  cacheDirectory?: string;
  lock?: Lock;
  /** One line for a log. */
  log?: (line: string) => void;
}

const PHASE_NAMES: Readonly<Record<JobPhase, string>> = {
  waiting: 'waiting', loading: 'loading the model', encoding: 'reading the prompt', denoising: 'drawing', decoding: 'decoding', writing: 'writing',
};

export class Service implements Engine {
  /** Called when the queue, the loaded models or the device's holder changed. */
  onDidChangeStatus: () => void = () => {};
  /** Training queues here too, as a background job. */
  readonly queue: JobQueue;
  private readonly drawer: Drawer;
  private readonly evaluator: Evaluator | undefined;
  private readonly training: TrainingJobs;
  private readonly childPath: string;
  private readonly ending = new AbortController();
  private readonly jobs = new Set<Promise<unknown>>();

  constructor({ drawer, evaluator, trainer, label, device, childPath = join(__dirname, 'engine-child.cjs'), cacheDirectory = easelCache(), lock, log = () => {} }: ServiceOptions) {
    this.childPath = childPath;
    this.drawer = drawer;
    this.evaluator = evaluator;
    this.queue = new JobQueue(lock ?? { acquire: async (claim) => new DeviceLock({ directory: join(cacheDirectory, 'device'), device: await device(), label }).acquire(claim) });
    this.training = new TrainingJobs(this.queue, trainer);
    this.queue.onChange = () => this.onDidChangeStatus();
    this.queue.onLockFailed = (error) => log(`the device lock cannot be used, other Easel processes may compute at the same time: ${String(error)}`);
  }

  generate(request: GenerateRequest, options: JobOptions = {}): Promise<GenerateResult> {
    return this.tracked(this.enqueue([checked(GenerateRequest, request)], options, ([complete]) => ({
      draw: async (hooks) => [await this.drawer.draw(complete, hooks)],
      chunks: textChunks,
    })).then(([result]) => result!));
  }

  generateTogether(requests: readonly GenerateRequest[], options: JobOptions = {}): Promise<GenerateResult[]> {
    const { drawer } = this;
    const alone = ([first, ...rest]: [GenerateRequest, ...GenerateRequest[]]) => rest.length === 0 || !drawer.drawTogether || !rest.every((request) => mayDrawTogether(first, request));
    return this.tracked(this.enqueue(requests.map((request) => checked(GenerateRequest, request)), options, (complete) => ({
      draw: async (hooks) => {
        if (!alone(complete)) return drawer.drawTogether!(complete, hooks);
        const drawn: Drawn[] = [];
        for (const request of complete) drawn.push(await drawer.draw(request, hooks));
        return drawn;
      },
      chunks: textChunks,
    })));
  }

  edit(given: EditRequest, options: JobOptions = {}): Promise<GenerateResult> {
    const edit = checked(EditRequest, given);
    return this.tracked(this.enqueue([edit.then(({ target }) => target)], options, async ([target]) => {
      const request = { ...(await edit), target };
      if (!this.drawer.edit) throw new EngineError('bad-request', 'this engine was built without editing; use the Easel command line or extension');
      const { drawer } = this;
      return { isNew: true, draw: async (hooks) => [await drawer.edit!(request, hooks)], chunks: (_, facts, emphasis) => editChunks(request, facts, emphasis) };
    }).then(([result]) => result!));
  }

  evaluate(request: EvaluateRequest, options: JobOptions = {}): Promise<EvaluateResult> {
    return this.tracked(runEvaluation(this.queue, this.evaluator, request, options, this.ending.signal));
  }

  probe(models: readonly { id: string; path: string }[], { signal: asked, onProgress }: JobOptions = {}): Promise<ProbeResult> {
    const signal = AbortSignal.any([this.ending.signal, ...(asked ? [asked] : [])]);
    const onWaiting: Job<ProbeResult>['onWaiting'] = ({ ahead, heldBy }) => onProgress?.({ phase: 'waiting', step: 0, steps: 0, ahead, ...(heldBy !== undefined && { heldBy }) });
    const job = this.queue.run({ priority: 'interactive', signal, onWaiting, run: () => probe({ models, childPath: this.childPath, signal, onProgress }) });
    return this.tracked(job.catch((error: unknown) => {
      if (signal.aborted) throw new EngineError('cancelled', 'the probe was cancelled', { cause: error });
      throw new EngineError('failed', `the providers could not be asked: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }));
  }

  train(request: TrainRequest, options: TrainOptions = {}): Promise<TrainResult> {
    return this.tracked(this.training.train(request, options, this.ending.signal));
  }

  async controlTraining(run: string, action: TrainAction): Promise<boolean> {
    return this.training.control(run, action);
  }

  async status(): Promise<EngineStatus> {
    const { jobs, heldBy } = this.queue;
    return {
      state: jobs > 0 ? 'busy' : 'idle',
      jobs,
      loaded: this.drawer.loaded(),
      memory: process.memoryUsage.rss(),
      pid: process.pid,
      ...(heldBy !== undefined && { heldBy }),
    };
  }

  async unload(): Promise<void> {
    await this.drawer.unload(); // it waits for what is drawing
    this.onDidChangeStatus();
  }

  /** Cancels what runs and waits, and frees the models. */
  async dispose(): Promise<void> {
    this.ending.abort();
    await Promise.all(this.jobs);
    await this.drawer.dispose();
  }

  /** A job that `dispose` waits for. */
  private tracked<T>(job: Promise<T>): Promise<T> {
    const settled = job.then(() => {}, () => {}).finally(() => this.jobs.delete(settled));
    this.jobs.add(settled);
    return job;
  }

  /** @param workOf how the pictures come about, once their requests carry every SHA-256 */
  private async enqueue(checking: readonly Promise<GenerateRequest>[], { signal: asked, onProgress, onPreview }: JobOptions, workOf: (requests: [GenerateRequest, ...GenerateRequest[]]) => Work | Promise<Work>): Promise<GenerateResult[]> {
    const given = await Promise.all(checking);
    const [first] = given;
    if (!first) return [];
    const failed = new AbortController(); // a wrong model is told at once, not after the wait
    const signal = AbortSignal.any([this.ending.signal, failed.signal, ...(asked ? [asked] : [])]);
    const stopped = () => this.ending.signal.aborted || (asked?.aborted ?? false);
    let phase: JobPhase = 'waiting';
    const fingerprints = Promise.all(given.map((request) => withFingerprints(request, signal))); // hashing does not wait for the device
    let hashing: unknown;
    fingerprints.catch((error: unknown) => {
      hashing = error;
      failed.abort();
    });
    try {
      return await this.queue.run({
        priority: 'interactive',
        signal,
        onWaiting: ({ ahead, heldBy }) => onProgress?.({ phase: 'waiting', step: 0, steps: 0, ahead, ...(heldBy !== undefined && { heldBy }) }),
        run: async () => {
          const requests = (await fingerprints) as [GenerateRequest, ...GenerateRequest[]];
          await yieldNow();
          return generate({ ...(await workOf(requests)), requests, facts: this.drawer.facts?.bind(this.drawer), signal, onProgress, onPreview, onPhase: (now) => void (phase = now) });
        },
      });
    } catch (error) {
      throw toEngineError(hashing ?? error, first, PHASE_NAMES[phase], stopped());
    }
  }
}

type Work = Pick<GenerateJob, 'draw' | 'chunks' | 'isNew'>;

/** A copy, so that what the caller changes afterwards does not matter. */
async function checked<T extends z.ZodType>(schema: T, given: unknown): Promise<z.output<T>> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new EngineError('bad-request', `the request is not complete: ${z.prettifyError(parsed.error).replace(/\s+/g, ' ')}`);
}
