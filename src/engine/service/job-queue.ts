/**
 * Who computes next. One job runs at a time; interactive jobs go before background ones; a background job (training)
 * asks at each step boundary whether it is `wanted` away and `yield`s; it goes on when nobody with more right waits.
 * While anything runs, the device lock is held, so that all of this is also true between windows and the command line.
 */
import { EngineError } from '../engine';
import { outranks, type AcquireOptions, type Hold, type Priority } from './device-lock';

export type { Priority };

/** What the queue needs of `DeviceLock`. */
export interface Lock {
  acquire(options: AcquireOptions): Promise<Hold>;
}

/** A job's right to compute, given to `run`. */
export interface Turn {
  /** True while somebody with more right to the device waits. A background job looks at each step boundary. */
  readonly wanted: boolean;
  /**
   * Gives the device away and resolves when it is this job's again; at once if nobody with more right waits.
   * Before it, the job frees what would not fit beside another model. Rejects with `cancelled` on abort.
   */
  yield(): Promise<void>;
}

export interface Job<T> {
  priority: Priority;
  signal?: AbortSignal;
  /** Told how many jobs of this process come first, and who holds the device if another process does. */
  onWaiting?: (place: { ahead: number; heldBy?: string }) => void;
  run(turn: Turn): Promise<T>;
}

interface Waiter {
  readonly order: number;
  readonly since: number;
  readonly job: Job<unknown>;
  grant(): void;
}

export class JobQueue {
  /** Called when the number of jobs or the device's holder changed. */
  onChange: () => void = () => {};
  /** Told once if the lock cannot be used (a read-only home); jobs then run without it. */
  onLockFailed: (error: unknown) => void = () => {};

  private waiters: Waiter[] = [];
  private running: Job<unknown> | null = null;
  private hold: Hold | null = null;
  private acquiring: { priority: Priority; abort: AbortController } | null = null;
  private holder: string | undefined;
  private unlocked = false;
  private count = 0;
  private orders = 0;

  constructor(private readonly lock: Lock) {}

  /** Jobs waiting, running and yielding. */
  get jobs(): number {
    return this.count;
  }

  /** Who holds the device, if it is another process that we wait for. */
  get heldBy(): string | undefined {
    return this.holder;
  }

  /** Runs `job` in its turn. Rejects with `cancelled` if its signal aborts while it waits; else as `job.run` does. */
  async run<T>(job: Job<T>): Promise<T> {
    const place = { order: this.orders++, since: Date.now() };
    this.count++;
    this.onChange();
    try {
      await this.enter(job, place);
      try {
        return await job.run(this.turn(job, place));
      } finally {
        if (this.running === job) await this.leave();
      }
    } finally {
      this.count--;
      this.onChange();
    }
  }

  private turn(job: Job<unknown>, place: { order: number; since: number }): Turn {
    const wanted = () => this.wantedFrom(job.priority);
    return {
      get wanted() {
        return wanted();
      },
      yield: async () => {
        if (!wanted()) return;
        await this.leave();
        await this.enter(job, place);
      },
    };
  }

  private wantedFrom(priority: Priority): boolean {
    return this.waiters.some((waiter) => outranks(waiter.job.priority, priority)) || outranks(this.hold?.wantedBy() ?? null, priority);
  }

  private enter(job: Job<unknown>, { order, since }: { order: number; since: number }): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = job;
      const abort = () => {
        this.waiters = this.waiters.filter((other) => other !== waiter);
        reject(new EngineError('cancelled', 'cancelled while waiting for its turn'));
        this.pump();
      };
      const waiter: Waiter = {
        order,
        since,
        job,
        grant: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      if (signal?.aborted) return void reject(new EngineError('cancelled', 'cancelled before it began'));
      signal?.addEventListener('abort', abort, { once: true });
      this.waiters.push(waiter);
      this.waiters.sort((a, b) => Number(outranks(b.job.priority, a.job.priority)) - Number(outranks(a.job.priority, b.job.priority)) || a.order - b.order);
      this.pump();
    });
  }

  /** Ends a turn. The device goes to another process if one with an equal or better claim has waited longer. */
  private async leave(): Promise<void> {
    this.running = null;
    const next = this.waiters[0];
    const outside = this.hold?.wantedBy() ?? null;
    if (this.hold && (!next || (outside && !outranks(next.job.priority, outside)))) await this.letGo();
    this.pump();
  }

  /** Starts what can start: takes the device for the first who waits, or lets it go when nobody does. */
  private pump(): void {
    const next = this.waiters[0];
    if (this.running) {
      this.tellPlaces();
    } else if (!next) {
      this.acquiring?.abort.abort();
      if (this.hold) void this.letGo();
    } else if (this.hold || this.unlocked) {
      this.waiters.shift();
      this.running = next.job;
      this.holder = undefined;
      next.grant();
      this.tellPlaces();
    } else {
      this.acquire(next);
      this.tellPlaces();
    }
    this.onChange();
  }

  private acquire({ job: { priority }, since }: Waiter): void {
    if (this.acquiring) {
      if (outranks(priority, this.acquiring.priority)) this.acquiring.abort.abort(); // ask again, with the better claim
      return;
    }
    const abort = new AbortController();
    this.acquiring = { priority, abort };
    const onHeldBy = (who: string) => {
      this.holder = who;
      this.tellPlaces();
      this.onChange();
    };
    this.lock
      .acquire({ priority, since, signal: abort.signal, onHeldBy })
      .then(
        (hold) => void (this.hold = hold),
        (error: unknown) => {
          if (error instanceof EngineError && error.code === 'cancelled') return;
          this.unlocked = true;
          this.onLockFailed(error);
        },
      )
      .finally(() => {
        this.acquiring = null;
        this.holder = undefined;
        this.pump();
      })
      .catch(this.onLockFailed);
  }

  private async letGo(): Promise<void> {
    const hold = this.hold;
    this.hold = null;
    await hold?.release().catch((error: unknown) => this.onLockFailed(error));
  }

  private tellPlaces(): void {
    const first = this.running ? 1 : 0;
    this.waiters.forEach(({ job }, place) => job.onWaiting?.({ ahead: first + place, ...(this.holder !== undefined && { heldBy: this.holder }) }));
  }
}
