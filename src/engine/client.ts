/**
 * The engine as the editor has it: the same interface, over JSON-RPC to a forked process that is started with the first
 * request. The process may be killed (a cancel that is not obeyed), may crash, and is replaced when its idle memory is
 * over the limit; callers see their own picture or one clear error. This side loads no model and no runtime, and knows
 * nothing of `vscode`.
 */
import { EngineError, type Engine, type EngineStatus, type EvaluateResult, type GenerateResult, type JobOptions, type ProbeResult, type TrainAction, type TrainOptions, type TrainResult } from './engine';
import { ClientJob, type ClientWork } from './client-job';
import { EngineEnded, EngineProcess } from './client-process';
import { ClientTraining } from './client-training';
import { sweepTemporaries } from './client-sweep';
import { methods, notices, type EngineSettings } from './protocol';
import { editMethods } from './protocol-edit';
import { evaluationMethods } from './protocol-evaluation';
import { providerMethods } from './protocol-providers';
import { hear } from './protocol-wire';
import type { EditRequest } from '../prompt/edit-request';
import type { EvaluateRequest } from '../prompt/evaluate-request';
import type { GenerateRequest } from '../prompt/request';
import type { TrainRequest } from '../prompt/train-request';

export type { EngineSettings } from './protocol';

export interface ClientOptions {
  /** `dist/engine-child.cjs`. */
  childPath: string;
  /** The one door: asked for every request, before anything is started; throws (an `EngineError`, `untrusted`) to refuse. */
  requireTrust: () => void | Promise<void>;
  /** Read for each request; a change of the settings replaces an idle process. */
  settings: () => EngineSettings;
  /** Resident bytes above which an idle process is replaced; read when it becomes idle. */
  idleMemoryLimit?: () => number;
  /** Whether a change of model replaces the process. Only glibc can be told to give memory back (field.md, section 4). */
  recycleOnModelSwitch?: boolean;
  /** One line or more of a log. */
  log?: (text: string) => void;
}

export interface EngineClient extends Engine {
  /** The last known status; never starts a process. */
  readonly current: EngineStatus;
  onDidChangeStatus(listener: (status: EngineStatus) => void): { dispose(): void };
  /** Ends the process and cancels what it was doing; the next request starts another. */
  restart(): Promise<void>;
  /** Gives the next request another process, once all that was asked for before is done. False if that is still to come. */
  renew(): boolean;
}

const STOPPED: EngineStatus = { state: 'stopped', jobs: 0, loaded: [], memory: 0, pid: 0 };

/** The engine behind one window. Nothing is started before the first `generate`. */
export function connectEngine(options: ClientOptions): EngineClient {
  return new Client(options);
}

class Client implements EngineClient {
  current = STOPPED;
  private engine: { process: EngineProcess; settings: string; model: string } | null = null;
  private readonly pending = new Map<string, ClientJob>();
  private readonly listeners = new Set<(status: EngineStatus) => void>();
  private readonly log: (text: string) => void;
  private readonly training = new ClientTraining({
    requireTrust: async () => {
      await this.options.requireTrust();
      if (this.disposed) throw new EngineError('cancelled', 'Easel is closing; the run can be resumed later');
    },
    ready: (model) => this.ready(model),
    running: () => this.engine?.process,
  });
  private jobs = 0;
  private disposed = false;

  constructor(private readonly options: ClientOptions) {
    this.log = options.log ?? (() => {});
  }

  generate(given: GenerateRequest, options: JobOptions = {}): Promise<GenerateResult> {
    const request = structuredClone(given);
    const { source, path } = request.output;
    const ask: ClientWork<GenerateResult>['ask'] = (process, { id, wantsPreviews, cancellation }) =>
      process.ask(methods.generate, { job: id, request, previews: wantsPreviews }, cancellation.token);
    return this.run({ model: request.model.path, title: source ? `"${source.block}"` : path, output: path, ask }, options);
  }

  async generateTogether(given: readonly GenerateRequest[], options: JobOptions = {}): Promise<GenerateResult[]> {
    const [first, ...rest] = structuredClone(given);
    if (!first) return [];
    const { source, path } = first.output;
    const ask: ClientWork<GenerateResult[]>['ask'] = (process, { id, wantsPreviews, cancellation }) =>
      process.ask(methods.generateTogether, { job: id, requests: [first, ...rest], previews: wantsPreviews }, cancellation.token);
    return this.run({ model: first.model.path, title: source ? `"${source.block}"` : path, output: path, ask }, options);
  }

  edit(given: EditRequest, options: JobOptions = {}): Promise<GenerateResult> {
    const request = structuredClone(given);
    const { model, output } = request.target;
    const ask: ClientWork<GenerateResult>['ask'] = (process, { id, wantsPreviews, cancellation }) =>
      process.ask(editMethods.edit, { job: id, request, previews: wantsPreviews }, cancellation.token);
    return this.run({ model: model.path, title: output.path, output: output.path, ask }, options);
  }

  evaluate(given: EvaluateRequest, options: JobOptions = {}): Promise<EvaluateResult> {
    const request = structuredClone(given);
    const ask: ClientWork<EvaluateResult>['ask'] = (process, { id, cancellation }) => process.ask(evaluationMethods.evaluate, { job: id, request }, cancellation.token);
    return this.run({ model: request.model.path, title: `the evaluation of ${request.model.id}`, output: null, ask }, options);
  }

  probe(models: readonly { id: string; path: string }[], options: JobOptions = {}): Promise<ProbeResult> {
    const ask: ClientWork<ProbeResult>['ask'] = (process, { id, cancellation }) => process.ask(providerMethods.probe, { job: id, models: models.map(({ id: name, path }) => ({ id: name, path })) }, cancellation.token);
    return this.run({ model: models[0]?.path ?? '', title: 'the probe of providers', output: null, ask }, options);
  }

  private async run<Result>(work: ClientWork<Result>, options: JobOptions): Promise<Result> {
    const job = new ClientJob(this.jobs++, work.title, options);
    const { signal } = options;
    const cancel = () => this.cancel(job);
    try {
      await this.options.requireTrust();
      if (this.disposed) throw job.error('cancelled', 'Easel is closing; nothing was written');
      if (signal?.aborted) throw job.error('cancelled', 'cancelled before it began; nothing was written');
      signal?.addEventListener('abort', cancel, { once: true });
      this.pending.set(job.id, job);
      return await this.ask(job, work);
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.pending.delete(job.id);
      job.end();
      this.replaceIfTooLarge();
    }
  }

  async train(request: TrainRequest, options?: TrainOptions): Promise<TrainResult> {
    return this.training.train(request, options).finally(() => this.replaceIfTooLarge());
  }

  controlTraining(run: string, action: TrainAction): Promise<boolean> {
    return this.training.control(run, action);
  }

  async status(): Promise<EngineStatus> {
    const status = await this.engine?.process.ask(methods.status, {}).catch(ifEnded(null));
    return status ?? STOPPED;
  }

  async unload(): Promise<void> {
    await this.engine?.process.ask(methods.unload, {}).catch(ifEnded(null));
  }

  onDidChangeStatus(listener: (status: EngineStatus) => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => void this.listeners.delete(listener) };
  }

  async restart(): Promise<void> {
    for (const job of this.pending.values()) job.cancelled = true;
    this.training.stopAll();
    await this.engine?.process.kill();
  }

  renew(): boolean {
    const isIdle = this.pending.size + this.training.size === 0;
    if (this.engine && isIdle) this.replace();
    else if (this.engine) this.engine.settings = ''; // as if they had changed
    return isIdle;
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    this.listeners.clear();
    for (const job of this.pending.values()) job.cancelled = true;
    this.training.stopAll();
    await (this.pending.size + this.training.size > 0 ? this.engine?.process.kill() : this.engine?.process.leave());
  }

  /** Asks an engine; asks a new one if the process was ended for another job's sake. */
  private async ask<Result>(job: ClientJob, { model, output, ask }: ClientWork<Result>): Promise<Result> {
    for (;;) {
      if (job.cancelled) throw job.error('cancelled', 'cancelled; nothing was written');
      const process = this.ready(model);
      try {
        return await ask(process, job);
      } catch (error) {
        if (error instanceof EngineError) throw job.error(error.code, error.message, error.cause);
        if (!(error instanceof EngineEnded)) throw job.error('failed', `the engine could not be asked: ${String(error)}; generate again`, error);
        if (output !== null) await sweepTemporaries(output, process.pid);
        if (!job.cancelled && !error.ending.intended) throw job.crash(error.ending);
        job.restarted();
      }
    }
  }

  /** The running engine if it may draw this model, else a new one. */
  private ready(model: string): EngineProcess {
    const wanted = this.options.settings();
    const settings = JSON.stringify(wanted);
    const { engine } = this;
    if (engine) {
      const others = this.pending.size + this.training.size > 1;
      const recycle = this.options.recycleOnModelSwitch ?? process.platform !== 'linux';
      const outdated = engine.settings !== settings || (recycle && engine.model !== model);
      if (others || !outdated) {
        engine.model = model;
        return engine.process;
      }
      this.replace();
    }
    return this.start(wanted, settings, model);
  }

  private start(wanted: EngineSettings, settings: string, model: string): EngineProcess {
    const started = new EngineProcess({
      childPath: this.options.childPath,
      settings: wanted,
      log: this.log,
      prepare: (connection) => {
        hear(connection, notices.progress, ({ job, progress }) => this.pending.get(job)?.progress(progress), this.log);
        hear(connection, notices.preview, ({ job, preview }) => this.pending.get(job)?.preview(preview), this.log);
        this.training.prepare(connection, this.log);
        hear(connection, notices.status, (status) => this.engine?.process === started && this.changed(status), this.log);
      },
    });
    this.engine = { process: started, settings, model };
    this.changed({ ...STOPPED, state: 'starting', jobs: this.pending.size, pid: started.pid });
    void started.ended.then(({ exitCode, signal, intended }) => {
      if (!intended) this.log(`the engine (process ${started.pid}) ended unexpectedly: ${signal ?? `code ${exitCode}`}`);
      if (this.engine?.process !== started) return;
      this.engine = null;
      this.changed(STOPPED);
    });
    return started;
  }

  /** Lets an idle process go; the next request starts another. */
  private replace(): void {
    const leaving = this.engine?.process;
    this.engine = null;
    this.changed(STOPPED);
    void leaving?.leave();
  }

  private cancel(job: ClientJob): void {
    job.cancelled = true;
    job.cancellation.cancel();
    const { grace } = job;
    const running = this.engine?.process;
    if (grace === null || !running) return;
    const patience = setTimeout(() => {
      if (!this.pending.has(job.id)) return;
      this.log(`a cancelled job did not stop within ${Math.round(grace)} ms (${job.phase}); its engine is ended`);
      void running.kill();
    }, grace);
    patience.unref();
  }

  private changed(status: EngineStatus): void {
    this.current = status;
    for (const listener of this.listeners) listener(status);
    this.replaceIfTooLarge();
  }

  private replaceIfTooLarge(): void {
    const { current: status } = this;
    const limit = this.options.idleMemoryLimit?.() ?? Infinity;
    if (this.engine && status.state === 'idle' && this.pending.size + this.training.size === 0 && status.memory > limit) {
      this.log(`the idle engine holds ${Math.round(status.memory / 2 ** 20)} MiB, over the limit of ${Math.round(limit / 2 ** 20)}; it is replaced`);
      this.replace();
    }
  }
}

/** An engine that ended has nothing to say. */
function ifEnded<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof EngineEnded) return value;
    throw error;
  };
}
