/**
 * What `easel differentiate` is at: on a terminal one line that keeps changing, elsewhere (a log) a line every few seconds,
 * and none for a model that takes no time.
 */
import type { Io } from './io';

const EVERY = { terminal: 100, log: 5000 };

/** @returns to be told a phase and how many of how many nodes are through; 0 of 0 where they are not counted */
export function progressTo(io: Pick<Io, 'status' | 'err' | 'terminal'>, now: () => number = () => performance.now()): (phase: string, done?: number, total?: number) => void {
  const started = now();
  const every = io.terminal ? EVERY.terminal : EVERY.log;
  let [last, shown] = [io.terminal ? -Infinity : started, ''];
  return (phase, done = 0, total = 0) => {
    const at = now();
    // A phase shows at once on a terminal: what it does next may keep the thread for seconds.
    if (at - last < every && !(io.terminal && phase !== shown)) return;
    [last, shown] = [at, phase];
    const counted = total === 0 ? '' : done === 0 ? `, ${total} nodes` : `, ${done} of ${total} nodes (${Math.floor((100 * done) / total)} %)`;
    (io.terminal ? io.status : io.err)(`${phase}${counted}, ${((at - started) / 1000).toFixed(1)} s`);
  };
}
