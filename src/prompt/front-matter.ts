import { quoted, type Diagnostic, type Span } from './diagnostic';
import type { FrontMatter } from './document';
import { nearestKey, settingFor, SETTINGS, shortKey, type SettingName, type Settings } from './settings';
import { readScalar, readYamlMap } from './yaml-scalars';

/**
 * Reads the YAML between two `---` lines. `source` is the original text from `start`, so every span is exact; keys
 * are the parameter line's in any spelling (`cfg`, `CFG scale`, `cfg_scale`), and `negative`.
 */
export function readFrontMatter(source: string, start: number, span: Span): { frontMatter: FrontMatter; diagnostics: Diagnostic[] } {
  const { entries, problems } = readYamlMap(source);
  const at = ({ start: from, end }: Span): Span => ({ start: start + from, end: start + end });
  const diagnostics: Diagnostic[] = problems.map(({ range, message }) => ({
    span: at(range), severity: 'error', code: 'front-matter-yaml', message: `front matter: ${message}`,
  }));
  let settings: Settings = {};
  let negativePrompt: string | null = null;
  const valueSpans = new Map<SettingName | 'negative', Span>();
  for (const { key, keyRange, value, valueRange } of entries) {
    const setting = settingFor(key);
    const isNegative = /^negative([ _-]?prompt)?$/i.test(key);
    if (setting === undefined && !isNegative) {
      diagnostics.push(unknownKey(key, at(keyRange)));
      continue;
    }
    const name = setting?.name ?? 'negative';
    if (valueSpans.has(name)) diagnostics.push({ span: at(keyRange), severity: 'warning', code: 'duplicate-parameter', message: `front matter: ${setting?.key ?? 'negative'} is given more than once; the last one counts` });
    const scalar = readScalar(value);
    const span = at(valueRange);
    const invalid = (problem: string) => diagnostics.push({ span, severity: 'error', code: 'invalid-value', message: `front matter: ${key}: ${problem}` });
    if ('problem' in scalar) {
      invalid(scalar.problem);
      continue;
    }
    valueSpans.set(name, span);
    if (setting === undefined) {
      negativePrompt = scalar.text;
      continue;
    }
    const reading = setting.read(scalar.text);
    if ('problem' in reading) invalid(`${quoted(scalar.text)} is ${reading.problem}`);
    else settings = { ...settings, ...reading.settings };
  }
  return { frontMatter: { span, settings, negativePrompt, valueSpans }, diagnostics };
}

function unknownKey(key: string, span: Span): Diagnostic {
  const near = nearestKey(key);
  const known = [...SETTINGS.map(shortKey), 'negative'];
  return {
    span,
    severity: 'error',
    code: 'unknown-key',
    message: `front matter: ${quoted(key)} is not a key; ${near === undefined ? `known are ${known.join(', ')}` : `did you mean “${near}”?`}`,
    ...(near !== undefined && { fix: { title: `Change to “${near}”`, span, newText: near } }),
  };
}
