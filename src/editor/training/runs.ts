import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EventEmitter, RelativePattern, Uri, commands, l10n, workspace, type Disposable } from 'vscode';
import type { TrainAction, TrainResult } from '../../engine/engine';
import type { TrainRequest } from '../../prompt';
import type { BackgroundWork } from '../background-work';
import { toDiskPath } from '../disk-path';
import type { EngineDoor } from '../engine-door';
import { Run } from './run';
import { runsFolder } from './run-place';
import { phaseLabel, progressLabel } from './run-words';

/** Milliseconds between two steps that are told: a small model makes many in a second. */
const PROGRESS_GAP = 250;

/** The training runs of this window: those it makes, and those that are looked at. */
export class Runs implements Disposable {
  private readonly known = new Map<string, Run>();
  private readonly stops = new Map<Run, AbortController>();
  private readonly changed = new EventEmitter<Run>();
  /** A run has moved. Fires at a pace. */
  readonly onDidChange = this.changed.event;
  private readonly ended = new EventEmitter<{ run: Run; message: string }>();
  /** A run of this window is over; `message` says how. */
  readonly onDidEnd = this.ended.event;
  private readonly pending = new Map<Run, NodeJS.Timeout>();

  constructor(
    private readonly engine: EngineDoor,
    private readonly background: BackgroundWork,
  ) {}

  /** The run in a folder, as it is now. */
  async at(folder: string): Promise<Run> {
    const run = this.known.get(folder) ?? new Run(folder);
    this.known.set(folder, run);
    await run.read();
    return run;
  }

  /** Follows the folder of a run that another process may be making. */
  watch(run: Run): Disposable {
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(Uri.file(run.folder), '{events.jsonl,request.json}'));
    const read = () => {
      if (!run.isLive) void run.read().then(() => this.tell(run));
    };
    watcher.onDidChange(read);
    watcher.onDidCreate(read);
    return watcher;
  }

  /** Runs that this window makes, the newest last. */
  live(): Run[] {
    return [...this.known.values()].filter(({ isLive }) => isLive);
  }

  /** Every run of the open folders, the one that moved last first. */
  async all(): Promise<Run[]> {
    const roots = (workspace.workspaceFolders ?? []).flatMap(({ uri }) => toDiskPath(uri) ?? []);
    const folders = (await Promise.all(roots.map(async (root) => (await readdir(runsFolder(root)).catch(() => [])).map((name) => join(runsFolder(root), name))))).flat();
    const runs = await Promise.all(folders.map((folder) => this.at(folder)));
    return runs.sort((a, b) => (b.log.last?.time ?? 0) - (a.log.last?.time ?? 0));
  }

  /**
   * Makes the run, or goes on with it. Resolves when it has ended, however long that takes; rejects with one line, and
   * then the run's folder holds its last checkpoint.
   */
  async train(request: TrainRequest): Promise<TrainResult> {
    const run = await this.at(request.run);
    if (run.isLive) throw new Error(l10n.t('{0} is being trained already.', request.name));
    const stop = new AbortController();
    this.stops.set(run, stop);
    Object.assign(run, { request, isLive: true, wasLive: true, isStopping: false, error: undefined, waiting: { ahead: 0 } });
    this.tell(run);
    try {
      const result = await this.engine.train(request, {
        signal: stop.signal,
        onWaiting: (waiting) => {
          run.waiting = waiting;
          this.tell(run);
        },
        onEvent: (event) => {
          run.hear(event);
          // A step may wait for the next one; whatever else happens is told at once.
          this.tell(run, event.event === 'step' ? PROGRESS_GAP : 0);
        },
      });
      await this.end(run, result.state === 'finished' ? l10n.t('{0} is trained', request.name) : l10n.t('{0} was stopped at step {1}', request.name, result.step));
      return result;
    } catch (error) {
      run.error = error instanceof Error ? error : new Error(String(error));
      await this.end(run, run.error.message);
      throw error;
    }
  }

  /** Pauses, goes on, draws samples. False if this window does not make the run. */
  async control(run: Run, action: TrainAction): Promise<boolean> {
    if (!run.isLive) return false;
    if (action === 'stop') {
      run.isStopping = true;
      this.stops.get(run)?.abort();
      this.tell(run);
      return true;
    }
    return this.engine.controlTraining(run.folder, action);
  }

  dispose(): void {
    for (const timer of this.pending.values()) clearTimeout(timer);
    this.changed.dispose();
    this.ended.dispose();
  }

  private async end(run: Run, message: string): Promise<void> {
    Object.assign(run, { isLive: false, isStopping: false, waiting: undefined });
    this.stops.delete(run);
    await run.read();
    this.ended.fire({ run, message });
    this.tell(run);
  }

  private tell(run: Run, gap = 0): void {
    const waits = this.pending.get(run);
    if (gap > 0 && waits) return;
    clearTimeout(waits);
    this.pending.delete(run);
    if (gap > 0) this.pending.set(run, setTimeout(() => this.tell(run), gap));
    else this.say(run);
  }

  private say(run: Run): void {
    this.changed.fire(run);
    const live = this.live();
    // Of several the one that moves; the others wait for it.
    const first = live.find(({ phase }) => phase === 'training' || phase === 'preparing') ?? live[0];
    const isPaused = first?.phase === 'paused';
    void commands.executeCommand('setContext', 'easel.training', first ? (isPaused ? 'paused' : 'running') : undefined);
    const name = first?.request?.name ?? '';
    this.background.show(
      first && {
        icon: isPaused ? 'debug-pause' : 'loading~spin',
        text: `${name}: ${progressLabel(first) ?? phaseLabel(first.phase)}`,
        tooltip: live.length > 1 ? l10n.t('{0} runs; the others wait. Click to see how it goes.', live.length) : l10n.t('Click to see how it goes.'),
        command: { command: 'easel.openRun', title: '', arguments: [Uri.file(first.folder)] },
      },
    );
  }
}
