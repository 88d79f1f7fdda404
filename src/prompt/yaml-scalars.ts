/**
 * The little of YAML that prompt files use: maps of plain scalars. Aliases, tags and nesting are refused, so a YAML
 * bomb has nothing to expand and no key can reach an object's prototype.
 */
import { isAlias, isMap, isScalar, isSeq, parseDocument, type ParsedNode, type Scalar } from 'yaml';

/** Offsets are into the YAML text. */
export interface YamlRange {
  readonly start: number;
  readonly end: number;
}

export interface YamlEntry {
  readonly key: string;
  readonly keyRange: YamlRange;
  readonly value: ParsedNode | null;
  readonly valueRange: YamlRange;
}

export interface YamlProblem {
  readonly range: YamlRange;
  readonly message: string;
}

/** Beyond this, YAML's duplicate-key check alone would be felt while typing. */
const MAX_LENGTH = 8_192;
const MAX_PROBLEMS = 20;

/** Brackets, and compact `- - -` and `? ? ?`, deeper than any list of values; the parser takes seconds over thousands. */
const TOO_DEEP = /(?:[[{][^[\]{}]*){9}|(?:[-?][ \t]+){9}/;

interface YamlMap {
  readonly entries: readonly YamlEntry[];
  readonly problems: readonly YamlProblem[];
}

/** A file is parsed again at every keystroke, and its YAML has seldom changed. The same text means the same map, whoever asks. */
const remembered = new Map<string, YamlMap>();
const MAX_REMEMBERED = 500;

/** The entries of a YAML map, and what is wrong with the text. Never throws. */
export function readYamlMap(source: string): YamlMap {
  if (source.length > MAX_LENGTH) return { entries: [], problems: [{ range: { start: 0, end: source.length }, message: `longer than ${MAX_LENGTH} characters` }] };
  const known = remembered.get(source);
  return known ?? remember(ownCopy(source));
}

function remember(source: string): YamlMap {
  const map = parseYamlMap(source);
  const oldest = remembered.size < MAX_REMEMBERED ? undefined : remembered.keys().next().value;
  if (oldest !== undefined) remembered.delete(oldest);
  remembered.set(source, map);
  return map;
}

function parseYamlMap(source: string): YamlMap {
  const all = { start: 0, end: source.length };
  if (TOO_DEEP.test(source)) return { entries: [], problems: [{ range: all, message: 'nested too deeply; keys and plain values are all there is' }] };
  try {
    const document = parseDocument(source, { version: '1.2', schema: 'core', merge: false, logLevel: 'silent', prettyErrors: false });
    const problems: YamlProblem[] = [...document.errors, ...document.warnings].slice(0, MAX_PROBLEMS).map((error) => ({
      range: visibleRange(error.pos, source.length),
      message: error.message.split('\n')[0] ?? 'not YAML',
    }));
    const contents = document.contents;
    if (contents === null || (isScalar(contents) && contents.value === null)) return { entries: [], problems };
    if (!isMap(contents)) return { entries: [], problems: [...problems, { range: rangeOf(contents) ?? all, message: 'not a map of keys and values' }] };
    const entries: YamlEntry[] = [];
    for (const { key, value } of contents.items) {
      const keyRange = rangeOf(key) ?? all;
      if (!isScalar(key)) problems.push({ range: keyRange, message: 'a key must be a plain word' });
      else entries.push({ key: scalarText(key), keyRange, value, valueRange: rangeOf(value) ?? { start: keyRange.end, end: keyRange.end } });
    }
    return { entries, problems };
  } catch (error) {
    return { entries: [], problems: [{ range: all, message: error instanceof Error ? `not readable as YAML: ${error.message.split('\n')[0]}` : 'not readable as YAML' }] };
  }
}

/**
 * The same text in memory of its own. A part of a string keeps the whole of it alive, and here the whole is a version of a
 * file: five hundred of them would be remembered.
 */
function ownCopy(source: string): string {
  return structuredClone(source);
}

/** A value as text, exactly as written (a long seed keeps its digits), or why it has none. */
export function readScalar(node: ParsedNode | null): { text: string } | { problem: string } {
  if (node === null) return { text: '' };
  if (isAlias(node)) return { problem: 'aliases (*name) are not used here; write the value' };
  if (!isScalar(node)) return { problem: 'one value is wanted here, not a list or a map' };
  if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')) return { problem: `the tag ${node.tag} is not used here` };
  return { text: scalarText(node) };
}

/** The values of a list, or of a single scalar. */
export function readList(node: ParsedNode | null): (ParsedNode | null)[] {
  return isSeq(node) ? (node.items as (ParsedNode | null)[]) : [node];
}

/** YAML points at one past the end, or between characters, for what is missing; a diagnostic needs something to underline. */
function visibleRange([start, end]: readonly [number, number], length: number): YamlRange {
  const stop = Math.min(Math.max(start, end), length);
  return { start: Math.max(0, Math.min(start, stop - 1)), end: stop };
}

export function rangeOf(node: unknown): YamlRange | undefined {
  const range = (node as { range?: readonly [number, number, number] | null } | null)?.range;
  return range ? { start: range[0], end: range[1] } : undefined;
}

function scalarText(node: Scalar): string {
  if (typeof node.value === 'string') return node.value.normalize('NFC');
  return node.value === null ? '' : (node.source ?? String(node.value));
}
