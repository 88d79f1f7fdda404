/** What a comparison of sides says: times, ratios in the rounds, peaks. */
import type { Drawn } from './side';

/** What one side drew, a drawing per round, and its name. */
export interface Row {
  readonly name: string;
  readonly drawings: readonly Drawn[];
  /** Bytes; `NaN` if the side was not asked. */
  readonly peak: number;
}

export function printRow({ name, drawings, peak }: Row): void {
  if (drawings.length === 0) return;
  const [ms, cpu] = [drawings.map((each) => each.ms), drawings.map((each) => each.cpu)];
  console.log(`  ${name.padEnd(24)} median ${seconds(median(ms))}, best ${seconds(Math.min(...ms))}; processor time ${seconds(median(cpu))}${Number.isNaN(peak) ? '' : `; peak ${(peak / 1e6).toFixed(0)} MB`}`);
}

/** By the clock as the median over rounds and between the best of both, which is nearest to a quiet machine; of processor time; of peaks. */
export function printRatio(a: Row | undefined, b: Row | undefined, goals: { time?: number; memory?: number } = {}): void {
  const rounds = Math.min(a?.drawings.length ?? 0, b?.drawings.length ?? 0);
  if (!a || !b || rounds === 0) return;
  const of = (row: Row, what: 'ms' | 'cpu') => row.drawings.slice(0, rounds).map((each) => each[what]);
  const inTurn = median(of(a, 'ms').map((value, i) => value / of(b, 'ms')[i]!));
  const best = Math.min(...of(a, 'ms')) / Math.min(...of(b, 'ms'));
  const used = median(of(a, 'cpu')) / median(of(b, 'cpu'));
  const goal = (value: number | undefined) => (value === undefined ? '' : ` (goal: at most ${value.toFixed(2)})`);
  const memory = a.peak / b.peak;
  console.log(`  ${`${a.name} / ${b.name}`.padEnd(42)} time ${inTurn.toFixed(2)} by rounds, ${best.toFixed(2)} best to best, ${used.toFixed(2)} of the processor${goal(goals.time)}${Number.isNaN(memory) ? '' : `; memory ${memory.toFixed(2)}${goal(goals.memory)}`}`);
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(3)} s`;
}

/** `|b − a| / |a|` of two pictures' latents. */
export function distance(a: Float32Array, b: Float32Array): number {
  let [difference, size] = [0, 0];
  a.forEach((value, i) => {
    difference += (value - b[i]!) ** 2;
    size += value ** 2;
  });
  return Math.sqrt(difference / size);
}
