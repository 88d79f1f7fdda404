import { offsetInLine } from './block-text';
import { quoted, type Diagnostic, type Span } from './diagnostic';
import type { DocumentLine, Parameter } from './document';
import { remarkOnParameters } from './infotext-remarks';
import type { ParameterPiece } from './parameter-line';
import { settingFor, type SettingName, type Settings } from './settings';

/** Reads the known pairs of the parameter line `line`; unknown ones are kept as they are. Remarks are added to `diagnostics`. */
export function readParameters(pieces: readonly ParameterPiece[], line: DocumentLine, diagnostics: Diagnostic[]): { parameters: Parameter[]; settings: Settings } {
  const settings: Settings = {};
  const times: Partial<Record<SettingName, number>> = {};
  const parameters: Parameter[] = [];
  for (const { key, value, bare, start, keyEnd, valueStart, end } of pieces) {
    const kind = bare ? undefined : settingFor(key);
    const span = spanIn(line, start, end);
    const valueSpan = spanIn(line, valueStart, end);
    parameters.push({ key, value, span, keySpan: spanIn(line, start, keyEnd), valueSpan, bare, setting: kind?.name ?? null });
    if (kind === undefined) continue;
    const time = (times[kind.name] = (times[kind.name] ?? 0) + 1);
    if (time === 2) diagnostics.push({ span, severity: 'warning', code: 'duplicate-parameter', message: `${kind.key} is given more than once; the last one counts` });
    const reading = kind.read(value);
    if ('settings' in reading) Object.assign(settings, reading.settings);
    else diagnostics.push({ span: valueSpan, severity: 'error', code: 'invalid-value', message: `${kind.key}: ${quoted(value)} is ${reading.problem}` });
  }
  const lost = parameters[0];
  if (lost?.bare && !/^[\w-]+$/.test(lost.key)) {
    diagnostics.push({
      span: lost.span, severity: 'warning', code: 'text-in-parameters',
      message: `${quoted(lost.key)} stands in the parameter line, so it is not part of the prompt; put it on a line above, or begin the line with \\ to make all of it prompt`,
    });
  }
  remarkOnParameters(parameters, diagnostics);
  return { parameters, settings };
}

function spanIn(line: DocumentLine, start: number, end: number): Span {
  return { start: offsetInLine(line, start), end: offsetInLine(line, end) };
}
