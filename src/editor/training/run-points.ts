/** The lines of a run's charts, with no more points than a screen shows. Pure. */
import { POINTS_AT_MOST, type RunPoints, type RunValidation } from '../../messages';
import type { RunLog } from './run-log';

/** Neighbours are averaged where there are too many; what is not a number stays a gap unless a neighbour is one. */
export function runPoints(steps: RunLog['steps'], atMost: number = POINTS_AT_MOST): { points: RunPoints; stepsPerPoint: number } {
  const size = Math.max(1, Math.ceil(steps.length / atMost));
  const points: RunPoints = { step: [], loss: [], learningRate: [], gradientNorm: [], matchedRank: [], tokenCosine: [] };
  for (let start = 0; start < steps.length; start += size) {
    const group = steps.slice(start, start + size);
    points.step.push(group.at(-1)?.step ?? 0);
    for (const key of ['loss', 'learningRate', 'gradientNorm', 'matchedRank', 'tokenCosine'] as const) points[key].push(mean(group.map((one) => one[key])));
  }
  return { points, stepsPerPoint: size };
}

/** Of a step that was validated twice (asked for, and due), the later. */
export function runValidation(validations: RunLog['validations']): RunValidation {
  const byStep = [...new Map(validations.map((one) => [one.step, one])).values()].sort((a, b) => a.step - b.step).slice(-POINTS_AT_MOST);
  return { step: byStep.map(({ step }) => step), loss: byStep.map(({ loss }) => loss), accuracy: byStep.map(({ accuracy }) => accuracy) };
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
