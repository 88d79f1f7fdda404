import type { PlacedPiece } from './classify';
import { quoted, type Diagnostic } from './diagnostic';
import type { Parameter } from './document';
import { settingFor, type Settings } from './settings';

/** Reads the known pairs of a parameter line; unknown ones are kept as they are. */
export function readParameters(pieces: readonly PlacedPiece[]) {
  const settings: Settings = {};
  const problems: Diagnostic[] = [];
  const seen = new Map<string, number>();
  const parameters = pieces.map(({ key, value, bare, span, keySpan, valueSpan }): Parameter => {
    const kind = bare ? undefined : settingFor(key);
    const parameter = { key, value, bare, span, keySpan, valueSpan, setting: kind?.name ?? null };
    if (kind === undefined) return parameter;
    const times = (seen.get(kind.name) ?? 0) + 1;
    seen.set(kind.name, times);
    if (times === 2) problems.push({ span, severity: 'warning', code: 'duplicate-parameter', message: `${kind.key} is given more than once; the last one counts` });
    const reading = kind.read(value);
    if ('settings' in reading) Object.assign(settings, reading.settings);
    else problems.push({ span: valueSpan, severity: 'error', code: 'invalid-value', message: `${kind.key}: ${quoted(value)} is ${reading.problem}` });
    return parameter;
  });
  const lost = parameters[0];
  if (lost?.bare && !/^[\w-]+$/.test(lost.key)) {
    problems.push({
      span: lost.span, severity: 'warning', code: 'text-in-parameters',
      message: `${quoted(lost.key)} stands in the parameter line, so it is not part of the prompt; put it on a line above, or begin the line with \\ to make all of it prompt`,
    });
  }
  return { parameters, settings, problems };
}
