import { EventEmitter, workspace, type Disposable, type LogOutputChannel } from 'vscode';
import { EngineError, type EvaluateResult, type GenerateResult, type JobOptions, type ProbeResult, type TrainAction, type TrainOptions, type TrainResult } from '../engine/engine';
import type { EngineClient } from '../engine/client';
import type { EditRequest, EvaluateRequest, GenerateRequest, TrainRequest } from '../prompt';
import { setting } from './settings';
import { requireTrust } from './trust';

/**
 * The engine as the editor has it: not even its client is loaded before the first picture, and every request passes
 * `requireTrust`, here and in the client. Settings are read for each request; the client replaces a process they outdate.
 */
export class EngineDoor implements Disposable {
  private client: Promise<EngineClient> | undefined;
  private readonly changed = new EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  /** The last words of an engine that died, until the next picture. */
  crash: string | undefined;

  constructor(
    private readonly childPath: string,
    private readonly log: LogOutputChannel,
  ) {}

  /** Draws pictures that may be drawn together; see `Engine.generateTogether`. */
  generateTogether(requests: readonly GenerateRequest[], options: JobOptions): Promise<GenerateResult[]> {
    return this.pictures(requests[0]?.output.path ?? '', options, (client) => client.generateTogether(requests, options));
  }

  /** Edits one picture; see `Engine.edit`. */
  async edit(request: EditRequest, options: JobOptions): Promise<GenerateResult> {
    return (await this.pictures(request.target.output.path, options, async (client) => [await client.edit(request, options)]))[0]!;
  }

  /** Measures a model; see `Engine.evaluate`. */
  async evaluate(request: EvaluateRequest, options: JobOptions): Promise<EvaluateResult> {
    requireTrust();
    this.say(undefined);
    try {
      const client = await (this.client ??= this.connect());
      const result = await client.evaluate(request, options);
      this.log.info(`evaluated ${request.model.id}: ${result.files[0] ?? request.suite}`);
      return result;
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }

  /** Asks what can compute here; see `Engine.probe`. */
  async probe(models: readonly { id: string; path: string }[], options: JobOptions): Promise<ProbeResult> {
    requireTrust();
    this.say(undefined);
    try {
      return await (await (this.client ??= this.connect())).probe(models, options);
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }

  private async pictures(path: string, { signal }: JobOptions, work: (client: EngineClient) => Promise<GenerateResult[]>): Promise<GenerateResult[]> {
    requireTrust();
    this.say(undefined);
    let cancelled = performance.now();
    const note = () => (cancelled = performance.now());
    signal?.addEventListener('abort', note, { once: true });
    try {
      const client = await (this.client ??= this.connect());
      const results = await work(client);
      for (const { path: written, notes, timings: { load, encode, denoise, decode, write } } of results) {
        this.log.info(`${written}: load ${load.toFixed(0)}, encode ${encode.toFixed(0)}, denoise ${denoise.toFixed(0)}, decode ${decode.toFixed(0)}, write ${write.toFixed(0)} ms`);
        for (const note of notes) this.log.warn(note);
      }
      return results;
    } catch (error) {
      if (error instanceof EngineError && error.code === 'cancelled') {
        this.log.info(`${path}: cancelled, ${(performance.now() - cancelled).toFixed(0)} ms after it was asked`);
        throw error;
      }
      this.failed(error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', note);
    }
  }

  /** Makes a training run, or goes on with one; see `Engine.train`. */
  async train(request: TrainRequest, options: TrainOptions): Promise<TrainResult> {
    requireTrust();
    this.say(undefined);
    try {
      const client = await (this.client ??= this.connect());
      const result = await client.train(request, options);
      this.log.info(`${request.run}: ${result.state} at step ${result.step}${result.path === null ? '' : `, ${result.path}`}`);
      for (const note of result.notes) this.log.warn(note);
      return result;
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }

  /** False if no such run is running or waiting in this window. */
  async controlTraining(run: string, action: TrainAction): Promise<boolean> {
    requireTrust();
    return (await this.client)?.controlTraining(run, action) ?? false;
  }

  /** Ends the engine's process; the next picture starts another. */
  async restart(): Promise<void> {
    requireTrust();
    await (await this.client)?.restart();
    this.say(undefined);
    this.log.info('engine ended; the next picture starts another');
  }

  /** What is under way ends first; see `EngineClient.renew`. */
  async renew(): Promise<boolean> {
    return (await this.client)?.renew() ?? true;
  }

  dispose(): void {
    this.changed.dispose();
    void this.client?.then((client) => client.dispose());
  }

  private async connect(): Promise<EngineClient> {
    const { connectEngine } = await import('../engine/client');
    return connectEngine({
      childPath: this.childPath,
      requireTrust,
      settings: () => ({
        label: `VS Code, window "${workspace.name ?? 'no folder'}"`,
        ...(setting('engine.threads') > 0 && { threads: setting('engine.threads') }),
        provider: setting('engine.provider'),
        precision: setting('engine.precision'),
        memoryTier: setting('engine.memory'),
      }),
      idleMemoryLimit: () => setting('engine.idleMemoryLimit') * 1024 * 1024,
      log: (text) => this.log.info(text.trimEnd()),
    });
  }

  private failed(error: unknown): void {
    if (error instanceof EngineError && error.code === 'cancelled') return;
    this.log.error(error instanceof Error ? error : String(error));
    if (error instanceof EngineError && error.code === 'crashed') this.say(error.message);
  }

  private say(crash: string | undefined): void {
    if (this.crash === crash) return;
    this.crash = crash;
    this.changed.fire();
  }
}
