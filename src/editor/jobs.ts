import type { Disposable} from 'vscode';
import { EventEmitter, commands, l10n, type TextDocument } from 'vscode';
import type { EngineError, Preview, Progress } from '../engine/engine';
import { togetherGroups, type Block, type GenerateRequest } from '../prompt';
import type { BlockIdentities, BlockIdentity } from './block-identity';
import type { EngineDoor } from './engine-door';
import { setting } from './settings';

/** One block being drawn: one picture or several, one after the other or as many at once as the setting says. */
export interface Job {
  readonly block: BlockIdentity;
  /** Pictures asked for, and finished. */
  readonly total: number;
  readonly done: number;
  readonly progress: Progress | null;
  readonly cancelling: boolean;
}

/** How a block's last job ended, until the next one starts. */
export type JobFailure = { error: EngineError | Error };

/** Milliseconds between two steps that are told: a fast model makes a hundred a second, and each redraws lenses and panel. */
const PROGRESS_GAP = 80;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The jobs the user started. A block has one at a time; what a panel, a lens or the status item shows of a job is what
 * it finds here.
 */
export class Jobs implements Disposable {
  private readonly running = new Map<BlockIdentity, Mutable<Job> & { controller: AbortController }>();
  private readonly failures = new Map<BlockIdentity, JobFailure>();
  private readonly changed = new EventEmitter<string>();
  private readonly ended = new EventEmitter<{ uri: string; message: string }>();
  private readonly previewed = new EventEmitter<{ block: BlockIdentity; preview: Preview }>();
  /** A job started, moved or ended; the value is its document's URI. */
  readonly onDidChange = this.changed.event;
  /** A job is over; `message` says how, for screen readers. Fires before the change that shows it. */
  readonly onDidEnd = this.ended.event;
  readonly onDidPreview = this.previewed.event;

  constructor(
    private readonly engine: Pick<EngineDoor, 'generateTogether'>,
    private readonly identities: BlockIdentities,
  ) {}

  of(document: TextDocument, block: Block): Job | undefined {
    return this.running.get(this.identities.of(document, block));
  }

  all(): Job[] {
    return [...this.running.values()];
  }

  failure(document: TextDocument, block: Block): JobFailure | undefined {
    return this.failures.get(this.identities.of(document, block));
  }

  /** Keeps a failure that happened before there was a job (a block that cannot be expanded). */
  fail(document: TextDocument, failed: Block, error: Error): void {
    const block = this.identities.of(document, failed);
    this.failures.set(block, { error });
    this.changed.fire(block.uri);
  }

  /** Forgets failures that a change of the text may have settled. */
  forgive(uri: string): void {
    for (const [block, { error }] of this.failures) {
      if (block.uri !== uri || !('code' in error) || error.code !== 'bad-request') continue;
      this.failures.delete(block);
      this.changed.fire(uri);
    }
  }

  /**
   * Draws the requests of one block in order and resolves with the paths written. Rejects with the first error;
   * pictures finished before it stay.
   */
  async draw(document: TextDocument, asked: Block, requests: readonly GenerateRequest[], signal?: AbortSignal): Promise<string[]> {
    const uri = document.uri.toString();
    const block = this.identities.of(document, asked);
    if (this.running.has(block)) throw new Error(l10n.t('{0} is being drawn already. Wait, or cancel it first.', block.name));
    const controller = new AbortController();
    const job = { block, total: requests.length, done: 0, progress: null as Progress | null, cancelling: false, controller };
    const abort = () => this.cancelJob(job);
    signal?.addEventListener('abort', abort, { once: true });
    this.running.set(block, job);
    this.failures.delete(block);
    this.changedBusy(uri);
    if (signal?.aborted) abort(); // while the block's names were looked up
    const paths: string[] = [];
    let told = -Infinity;
    try {
      for (const group of togetherGroups(requests.map((request) => ({ request })), setting('engine.batchSize'))) {
        const results = await this.engine.generateTogether(group.map(({ request }) => request), {
          signal: controller.signal,
          onProgress: (progress) => {
            const phaseChanged = progress.phase !== job.progress?.phase;
            job.progress = progress;
            if (!phaseChanged && performance.now() - told < PROGRESS_GAP) return;
            told = performance.now();
            this.changed.fire(uri);
          },
          onPreview: (preview) => this.previewed.fire({ block, preview }),
        });
        paths.push(...results.map(({ path }) => path));
        job.done += results.length;
      }
      this.ended.fire({ uri, message: l10n.t('{0} is drawn', block.name) });
      return paths;
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      if (!isCancelled(failure)) this.failures.set(block, { error: failure });
      this.ended.fire({ uri, message: isCancelled(failure) ? l10n.t('{0} was cancelled', block.name) : failure.message });
      throw failure;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.running.delete(block);
      this.changedBusy(uri);
    }
  }

  /** Cancels the jobs that match; without arguments, all. How many that were. */
  cancel(uri?: string, block?: BlockIdentity): number {
    const jobs = [...this.running.values()].filter((job) => (uri ?? job.block.uri) === job.block.uri && (block ?? job.block) === job.block);
    for (const job of jobs) this.cancelJob(job);
    return jobs.length;
  }

  dispose(): void {
    this.cancel();
    this.changed.dispose();
    this.ended.dispose();
    this.previewed.dispose();
  }

  private cancelJob(job: Mutable<Job> & { controller: AbortController }): void {
    job.cancelling = true;
    job.controller.abort();
    this.changed.fire(job.block.uri);
  }

  private changedBusy(uri: string): void {
    void commands.executeCommand('setContext', 'easel.busy', this.running.size > 0);
    this.changed.fire(uri);
  }
}

export function isCancelled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'cancelled';
}
