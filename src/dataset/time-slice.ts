/** Long loops in a process that also answers a person: they rest whenever their slice of time is used up. */
import { setImmediate } from 'node:timers/promises';

/** Half a frame at 60 Hz. */
const SLICE_MS = 8;

/** `if (slice.isOver()) await slice.rest();` inside a loop, so that an iteration that does not rest costs no `await`. */
export class TimeSlice {
  private began = performance.now();
  private asked = 0;

  constructor(
    private readonly signal?: AbortSignal,
    private readonly onRest?: () => void,
  ) {}

  /** Asks the clock every eighth time only: on some machines that is dearer than the loop's own work. */
  isOver(): boolean {
    return (++this.asked & 7) === 0 && performance.now() - this.began >= SLICE_MS;
  }

  /** Lets everything else in the process have its turn. Rejects with the signal's reason once that is aborted. */
  async rest(): Promise<void> {
    this.onRest?.();
    await setImmediate();
    this.signal?.throwIfAborted();
    this.began = performance.now();
  }
}
