/**
 * The one interface to everything that computes. `service/` implements it in the calling process (the command line),
 * `child.ts` hosts the service in a forked process, `client.ts` is the same interface over JSON-RPC (the editor).
 * Callers cannot tell them apart, except that the client may reject with `EngineCrashed`.
 */
import type { EditRequest } from '../prompt/edit-request';
import type { EvaluateRequest } from '../prompt/evaluate-request';
import type { GenerateRequest } from '../prompt/request';
import type { TrainEvent } from '../prompt/train-events';
import type { TrainRequest } from '../prompt/train-request';

/** Where a job is. Phases come in this order; `waiting` may return when a job yields. */
export type JobPhase = 'waiting' | 'loading' | 'encoding' | 'denoising' | 'decoding' | 'writing';

/** One step forward of a job. */
export interface Progress {
  phase: JobPhase;
  /** Steps finished and in all, in phase `denoising`; 0 and 0 elsewhere. */
  step: number;
  steps: number;
  /** In phase `waiting`: jobs before this one, and who holds the device if it is not this process. */
  ahead?: number;
  heldBy?: string;
}

/** A live preview: a small encoded picture (at most 48 KiB), newest wins. */
export interface Preview {
  step: number;
  mimeType: 'image/png' | 'image/jpeg' | 'image/webp';
  data: Uint8Array;
}

/** What became of a request. The picture is a file. */
export interface GenerateResult {
  path: string;
  width: number;
  height: number;
  seed: string;
  /** Where the picture that was at `path` went, if there was one. */
  replaced: string | null;
  /** Milliseconds in the device's hands: loading, encoding, all steps, decoding and writing. */
  timings: { load: number; encode: number; denoise: number; decode: number; write: number };
  /** Things worth telling (a prompt that was cut, a timestep that was rounded), one line each. */
  notes: string[];
}

export interface JobOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  onPreview?: (preview: Preview) => void;
}

/** What a measurement found. */
export interface EvaluateResult {
  suite: string;
  /** As in report.json. */
  report: Record<string, unknown>;
  /** The same for people, as Markdown. */
  text: string;
  /** Absolute paths of what was written. */
  files: string[];
}

/** What came of asking an execution provider; its `speed` is against the processor's. */
interface ProviderAnswer {
  works: boolean;
  /** Why not; one line. */
  reason?: string;
  speed?: number;
}

/** What was found out about one execution provider: with matrices, and with each kind of model that it drew. */
export interface ProviderFinding extends ProviderAnswer {
  provider: 'webgpu' | 'cuda' | 'dml' | 'coreml';
  trials?: Record<string, ProviderAnswer>;
}

/** What a probe found, and what `auto` therefore means for the kinds of models it was given. */
export interface ProbeResult {
  findings: ProviderFinding[];
  automatic: Record<string, string>;
}

export interface TrainOptions {
  /** Aborting stops the run at the end of the step that is running; what was good last is kept, and `train` resolves. */
  signal?: AbortSignal;
  /** Each event after it was appended to RUN/events.jsonl. */
  onEvent?: (event: TrainEvent) => void;
  /** While the run waits for its turn or for the device. */
  onWaiting?: (place: { ahead: number; heldBy?: string }) => void;
}

/** `stop` keeps what was good last; `sample` draws the sample prompts after the step that is running. */
export type TrainAction = 'pause' | 'resume' | 'stop' | 'sample';

/** What became of a run. */
export interface TrainResult {
  /** `stopped`: by hand or by a warning, before the last step. */
  state: 'finished' | 'stopped';
  /** Steps made in all. */
  step: number;
  /** The safetensors file; `null` if no step was made. */
  path: string | null;
  /** Why it stopped by itself, or anything else worth telling; one line each. */
  notes: string[];
}

/** What the engine is doing, for a status item. */
export interface EngineStatus {
  /** `stopped`: no process computes yet (or any more); the next request starts one. */
  state: 'stopped' | 'starting' | 'idle' | 'busy';
  /** Jobs queued, the running one included. */
  jobs: number;
  /** Model folders held in memory. */
  loaded: string[];
  /** Resident memory of the process that computes, bytes. */
  memory: number;
  /** The process that computes; 0 while there is none. */
  pid: number;
  /** Who holds the device, if it is not this process. */
  heldBy?: string;
}

/** Everything that computes, behind one door. */
export interface Engine {
  /**
   * Draws one picture and writes it.
   * Rejects with `EngineError` (`code` says what kind; the message is one line: what, where, what to do) and with
   * `code: 'cancelled'` when `signal` aborts; then nothing has been written.
   */
  generate(request: GenerateRequest, options?: JobOptions): Promise<GenerateResult>;
  /**
   * Draws several pictures and writes them, each the same as alone. Those that `mayDrawTogether` share the network's calls where that
   * gives the same bytes; previews show the first. Rejects as `generate` does; pictures written before that stay.
   */
  generateTogether(requests: readonly GenerateRequest[], options?: JobOptions): Promise<GenerateResult[]>;
  /**
   * Edits one picture and writes the edited one to a new file; what lies there already is never overwritten.
   * Rejects with `EngineError` as `generate` does.
   */
  edit(request: EditRequest, options?: JobOptions): Promise<GenerateResult>;
  /**
   * Measures a model, as a background job that gives way to drawing after each picture; progress counts pictures.
   * Rejects with `EngineError`; cancelled, nothing has been written.
   */
  evaluate(request: EvaluateRequest, options?: Omit<JobOptions, 'onPreview'>): Promise<EvaluateResult>;
  /**
   * Makes a training run, or goes on with the run in that folder. Runs queue behind each other and give way to drawing at
   * each step. Rejects with `EngineError`; the run's folder then holds its last checkpoint, and `train` goes on from there.
   */
  train(request: TrainRequest, options?: TrainOptions): Promise<TrainResult>;
  /** Says something to a run, known by its folder. False: no such run is running or waiting here. */
  controlTraining(run: string, action: TrainAction): Promise<boolean>;
  /**
   * Asks every execution provider again, each in a process of its own that is thrown away, and draws on those that are fast with
   * one model of each kind; `auto` then takes what drew right and fastest. Progress counts questions. Rejects with
   * `EngineError`; cancelled, what was found out before the question that was open is kept.
   */
  probe(models: readonly { id: string; path: string }[], options?: Omit<JobOptions, 'onPreview'>): Promise<ProbeResult>;
  status(): Promise<EngineStatus>;
  /** Frees the models that no job is using. */
  unload(): Promise<void>;
  dispose(): Promise<void>;
}

/** Kinds of failure a caller may treat differently. */
export type EngineErrorCode =
  | 'cancelled'
  | 'bad-request'
  | 'bad-model'
  | 'not-ours' // a file that Easel did not write lies where the picture should go
  | 'disk' // no space, read-only, no permission
  | 'numeric' // NaN or infinity, the stage is named
  | 'crashed' // the child died; the next request starts another
  | 'untrusted'
  | 'failed';

/** A failure that is told to people: one line, what happened, where, and what to do next. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  constructor(
    readonly code: EngineErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
