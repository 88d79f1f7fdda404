import { quoted, type Diagnostic, type Span } from './diagnostic';
import type { Matrix, MatrixAxis, MatrixValue } from './document';
import { MAX_PICTURES, nearestKey, settingFor, type SettingName, type Settings } from './settings';
import { rangeOf, readList, readScalar, readYamlMap } from './yaml-scalars';

/** Settings that belong to the block as a whole and cannot vary from cell to cell. */
const NOT_AXES = new Set<SettingName>(['count', 'out']);

/** One combination of a matrix's values. `label` is what `{cell}` says, before slugging. */
export interface Cell {
  readonly settings: Settings;
  readonly label: string;
}

/**
 * Reads `matrix: {cfg: [2, 4], sampler: [Euler, Heun]}`, one line of original text that begins at offset `start`.
 * Null if nothing in it can be drawn; then there is a diagnostic.
 */
export function readMatrix(source: string, start: number, span: Span): { matrix: Matrix | null; diagnostics: Diagnostic[] } {
  const offset = start + 'matrix:'.length;
  const { entries, problems } = readYamlMap(source.slice('matrix:'.length));
  const at = ({ start: from, end }: Span): Span => ({ start: offset + from, end: offset + end });
  const diagnostics: Diagnostic[] = problems.map(({ range, message }) => ({
    span: at(range), severity: 'error', code: 'matrix-yaml', message: `matrix: ${message}; write it as {cfg: [2, 4], sampler: [Euler, Heun]}`,
  }));
  const axes: MatrixAxis[] = [];
  for (const { key, keyRange, value, valueRange } of entries) {
    const setting = settingFor(key);
    if (setting === undefined || NOT_AXES.has(setting.name)) {
      const near = setting === undefined ? nearestKey(key) : undefined;
      diagnostics.push({
        span: at(keyRange), severity: 'error', code: 'unknown-key',
        message: `matrix: ${quoted(key)} is not a key that can vary${near === undefined ? '' : `; did you mean “${near}”?`}`,
        ...(near !== undefined && { fix: { title: `Change to “${near}”`, span: at(keyRange), newText: near } }),
      });
      continue;
    }
    if (axes.some((axis) => axis.setting === setting.name)) {
      diagnostics.push({ span: at(keyRange), severity: 'warning', code: 'duplicate-parameter', message: `matrix: ${setting.key} is given more than once; the last one counts, and every picture of it is drawn several times` });
    }
    const values: MatrixValue[] = [];
    for (const node of readList(value)) {
      const scalar = readScalar(node);
      const span = at(rangeOf(node) ?? valueRange);
      const reading = 'problem' in scalar ? scalar : setting.read(scalar.text);
      if ('problem' in reading) {
        const what = 'text' in scalar ? `${quoted(scalar.text)} is ` : '';
        diagnostics.push({ span, severity: 'error', code: 'invalid-value', message: `matrix: ${key}: ${what}${reading.problem}` });
      } else values.push({ text: 'text' in scalar ? scalar.text : '', settings: reading.settings, span });
    }
    if (values.length > 0) axes.push({ setting: setting.name, key, values });
    else if (readList(value).length === 0) diagnostics.push({ span: at(valueRange), severity: 'error', code: 'invalid-value', message: `matrix: ${key} has no values` });
  }
  const matrix = axes.length > 0 && problems.length === 0 ? { span, axes } : null;
  if (cellCount(matrix) <= MAX_PICTURES) return { matrix, diagnostics };
  diagnostics.push({ span, severity: 'error', code: 'too-many-pictures', message: `matrix: ${cellCount(matrix)} cells; a block has at most ${MAX_PICTURES} pictures` });
  return { matrix: null, diagnostics };
}

/** How many cells a matrix has; 1 without a matrix. */
export function cellCount(matrix: Matrix | null): number {
  return (matrix?.axes ?? []).reduce((product, axis) => product * axis.values.length, 1);
}

/** Cell `index` of a matrix, the last axis running fastest. */
export function cellAt(matrix: Matrix | null, index: number): Cell {
  let settings: Settings = {};
  const labels: string[] = [];
  let rest = index;
  for (const axis of [...(matrix?.axes ?? [])].reverse()) {
    const value = axis.values[rest % axis.values.length];
    rest = Math.floor(rest / axis.values.length);
    if (value === undefined) continue;
    settings = { ...value.settings, ...settings };
    labels.unshift(`${axis.key}-${value.text}`);
  }
  return { settings, label: labels.join('_') };
}
