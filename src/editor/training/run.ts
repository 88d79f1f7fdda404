import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../engine/engine';
import type { TrainEvent, TrainRequest } from '../../prompt';
import type { RunState } from '../../messages';
import { EventsFile } from './events-file';
import { RunLog } from './run-log';
import { requestIn } from './run-place';

/** A run whose last line is younger than this, or than some of its steps, is being made by another process. */
const ELSEWHERE_WITHIN_MS = 15_000;

/** One training run, as this window knows it: made here, or read from its folder. */
export class Run {
  request: TrainRequest | undefined;
  log = new RunLog();
  /** This window's engine makes it, or will when it is its turn. */
  isLive = false;
  waiting: { ahead: number; heldBy?: string | undefined } | undefined;
  isStopping = false;
  /** Why the last attempt of this window ended. */
  error: Error | undefined;

  private readonly events: EventsFile;
  private reading: Promise<void> = Promise.resolve();

  constructor(readonly folder: string) {
    this.events = new EventsFile(join(folder, 'events.jsonl'));
  }

  /** What the folder says; of a live run its events are newer. */
  async read(): Promise<void> {
    this.request = (await requestIn(this.folder)) ?? this.request;
    await (this.reading = this.reading.then(() => this.catchUp()));
  }

  hear(event: TrainEvent): void {
    this.waiting = undefined;
    this.events.forget(); // the line of this event is in it too
    this.log.add(event);
  }

  get phase(): RunState['phase'] {
    const { log } = this;
    if (this.isLive) {
      if (this.isStopping) return 'stopping';
      if (this.waiting) return 'waiting';
      return log.isPaused ? 'paused' : log.started && !log.preparing ? 'training' : 'preparing';
    }
    if (this.error && !isCancelled(this.error)) return 'failed';
    if (log.ending?.event === 'failed') return 'failed';
    if (log.ending?.event === 'finished') return log.ending.state;
    if (!log.last) return 'new';
    const patience = Math.max(ELSEWHERE_WITHIN_MS, 5_000 * (log.lastStep?.secondsPerStep ?? 0));
    return !this.wasLive && !log.isPaused && Date.now() - log.last.time < patience ? 'elsewhere' : 'interrupted';
  }

  /** Set once this window has made it: then nobody else does. */
  wasLive = false;

  /** The finished safetensors file, if there is one. */
  async result(): Promise<string | undefined> {
    const path = this.request?.output;
    return path !== undefined && (await stat(path).then(() => true, () => false)) ? path : undefined;
  }

  private async catchUp(): Promise<void> {
    if (this.isLive) return;
    let { log } = this;
    try {
      for await (const { events, isAnew } of this.events.added()) {
        if (this.isLive) return this.events.forget();
        if (isAnew) log = new RunLog();
        for (const event of events) log.add(event);
      }
    } catch {
      this.events.forget(); // it went while it was read, or may not be read
    }
    if (!this.isLive) this.log = log;
  }
}

function isCancelled(error: Error): boolean {
  return error instanceof EngineError && error.code === 'cancelled';
}
