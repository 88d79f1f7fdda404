/** One request on its way through the client: where it is, how it is cancelled, and what its errors look like. */
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { EngineError, type EngineErrorCode, type JobOptions, type Preview, type Progress } from './engine';
import type { EngineProcess, Ending } from './client-process';

/** A cancelled job may take this long to answer, or twice its longest step. */
const GRACE = 5_000;
/** Loading cannot be interrupted, so it is not waited for; this is for a model that was in memory all along. */
const LOADING_GRACE = 100;
/** Between two previews shown; of those that pile up meanwhile the newest is shown. */
const PREVIEW_GAP = 30;

/** What is asked of the engine. */
export interface ClientWork<Result> {
  /** Folder of the model that computes. */
  readonly model: string;
  /** What it is called in messages. */
  readonly title: string;
  /** Absolute path of the file that is written last; `null` if a job writes none. */
  readonly output: string | null;
  ask(process: EngineProcess, job: ClientJob): Promise<Result>;
}

export class ClientJob {
  readonly id: string;
  readonly cancellation = new CancellationTokenSource();
  cancelled = false;
  /** `starting` until the engine says something about the job. */
  phase: Progress['phase'] | 'starting' = 'starting';
  /** Made when the request was made, so that an error's stack shows who asked. */
  private readonly asked = new Error();
  private lastStep = 0;
  private longestStep = 0;
  private newest: Preview | null = null;
  private showing: NodeJS.Timeout | undefined;

  constructor(
    id: number,
    private readonly title: string,
    private readonly options: JobOptions,
  ) {
    this.id = String(id);
  }

  get wantsPreviews(): boolean {
    return this.options.onPreview !== undefined;
  }

  progress(progress: Progress): void {
    const now = performance.now();
    if (this.phase === 'denoising') this.longestStep = Math.max(this.longestStep, now - this.lastStep);
    this.lastStep = now;
    this.phase = progress.phase;
    this.options.onProgress?.(progress);
  }

  preview(preview: Preview): void {
    this.newest = preview;
    this.showing ??= setTimeout(() => {
      this.showing = undefined;
      if (this.newest) this.options.onPreview?.(this.newest);
    }, PREVIEW_GAP);
  }

  /** Milliseconds the engine may take from now to answer a cancel; `null` while other jobs are at work, not this one. */
  get grace(): number | null {
    if (this.phase === 'waiting') return null;
    if (this.phase === 'loading') return LOADING_GRACE;
    const step = this.phase === 'denoising' ? performance.now() - this.lastStep : 0;
    return Math.max(GRACE, 2 * Math.max(this.longestStep, step));
  }

  /** The job goes to another process: what the last one said about it is void. */
  restarted(): void {
    this.phase = 'starting';
    this.longestStep = 0;
  }

  end(): void {
    clearTimeout(this.showing);
    this.newest = null;
    this.showing = undefined;
    this.cancellation.dispose();
  }

  /** An error that shows where the request was made. */
  error(code: EngineErrorCode, message: string, cause?: unknown): EngineError {
    const error = new EngineError(code, message, cause === undefined ? undefined : { cause });
    const caller = this.asked.stack?.split('\n').slice(1).join('\n');
    if (caller !== undefined) error.stack = `${error.name}: ${message}\n${caller}`;
    return error;
  }

  /** The end of the process as this job's error: what happened, where, its last words, what to do. */
  crash({ exitCode, signal, words }: Ending): EngineError {
    const what = signal !== null ? `was ended by ${signal}` : exitCode !== null ? `ended with code ${exitCode}` : 'could not be started';
    const where = this.phase === 'starting' ? 'before it began' : `in phase ${this.phase}`;
    const said = words.summary ? `; its last words: ${words.summary}` : '';
    // Linux ends the process that takes the last memory with SIGKILL; it cannot say so itself.
    const memory = signal === 'SIGKILL' || signal === 'SIGABRT' ? ' If it ran out of memory, choose a smaller size or model.' : '';
    return this.error('crashed', `The engine ${what} ${where} of ${this.title}${said}. Generate again: a new engine starts.${memory}`);
  }
}
