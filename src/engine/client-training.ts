/** Training through the client: runs are asked of the same process as pictures, and asked again of the next one. */
import { CancellationTokenSource, type MessageConnection } from 'vscode-jsonrpc/node';
import type { TrainRequest } from '../prompt/train-request';
import { EngineError, type TrainAction, type TrainOptions, type TrainResult } from './engine';
import { EngineEnded, type EngineProcess } from './client-process';
import { trainingMethods, trainingNotices } from './protocol-training';
import { hear, type WireLog } from './protocol-wire';

export interface TrainingDoor {
  requireTrust(): void | Promise<void>;
  /** The running process if it may compute with this model, else a new one. */
  ready(model: string): EngineProcess;
  /** The running process, if there is one. */
  running(): EngineProcess | undefined;
}

interface Run {
  readonly request: TrainRequest;
  readonly options: TrainOptions;
  readonly cancellation: CancellationTokenSource;
}

export class ClientTraining {
  private readonly runs = new Map<string, Run>();
  private count = 0;

  constructor(private readonly door: TrainingDoor) {}

  /** Runs asked for and not yet answered. */
  get size(): number {
    return this.runs.size;
  }

  prepare(connection: MessageConnection, log: WireLog): void {
    hear(connection, trainingNotices.trainEvent, ({ job, event }) => this.runs.get(job)?.options.onEvent?.(event), log);
    hear(connection, trainingNotices.trainWaiting, ({ job, ...place }) => this.runs.get(job)?.options.onWaiting?.(place), log);
  }

  async train(given: TrainRequest, options: TrainOptions = {}): Promise<TrainResult> {
    const request = structuredClone(given);
    const job = `train-${this.count++}`;
    const run: Run = { request, options, cancellation: new CancellationTokenSource() };
    const stop = () => run.cancellation.cancel();
    try {
      await this.door.requireTrust();
      if (options.signal?.aborted) throw new EngineError('cancelled', 'cancelled before it began; nothing was written');
      options.signal?.addEventListener('abort', stop, { once: true });
      this.runs.set(job, run);
      return await this.ask(job, run);
    } finally {
      options.signal?.removeEventListener('abort', stop);
      this.runs.delete(job);
      run.cancellation.dispose();
    }
  }

  /** Cancels every run, because the process will be ended: each keeps its last checkpoint. */
  stopAll(): void {
    for (const { cancellation } of this.runs.values()) cancellation.cancel();
  }

  async control(run: string, action: TrainAction): Promise<boolean> {
    const known = [...this.runs.values()].some(({ request }) => request.run === run);
    if (!known) return false;
    return (await this.door.running()?.ask(trainingMethods.controlTraining, { run, action })) ?? false;
  }

  /** A process that was ended for something else's sake is replaced, and the run goes on from its last checkpoint. */
  private async ask(job: string, { request, cancellation }: Run): Promise<TrainResult> {
    for (;;) {
      if (cancellation.token.isCancellationRequested) throw new EngineError('cancelled', `the run was stopped; ${request.run} holds its last checkpoint`);
      try {
        return await this.door.ready(request.model.path).ask(trainingMethods.train, { job, request }, cancellation.token);
      } catch (error) {
        if (!(error instanceof EngineEnded)) throw error;
        if (error.ending.intended) continue;
        const { exitCode, signal, words } = error.ending;
        const said = words.summary ? `; its last words: ${words.summary}` : '';
        throw new EngineError('crashed', `The engine ended (${signal ?? `code ${exitCode}`}) while it trained "${request.name}"${said}. Resume the run: it goes on from its last checkpoint in ${request.run}.`, { cause: error });
      }
    }
  }
}
