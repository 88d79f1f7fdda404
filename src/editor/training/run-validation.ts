import { POINTS_AT_MOST, type RunValidation } from '../../messages';
import type { RunLog } from './run-log';

/** The line of a run's validations. Of a step that was validated twice (asked for, and due), the later. */
export function runValidation(validations: RunLog['validations']): RunValidation {
  const byStep = [...new Map(validations.map((one) => [one.step, one])).values()].sort((a, b) => a.step - b.step).slice(-POINTS_AT_MOST);
  return { step: byStep.map(({ step }) => step), loss: byStep.map(({ loss }) => loss), accuracy: byStep.map(({ accuracy }) => accuracy) };
}
