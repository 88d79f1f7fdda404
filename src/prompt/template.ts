/**
 * Variants and wildcards, as sd-dynamic-prompts writes them: `{red|2::green}`, `{1-2$$ and $$a|b|c}`, `__colour__`,
 * `__shapes/*__`. `\{ \} \| \_` are literal; any other backslash is left for the weights' parser.
 */
import type { Severity } from './diagnostic';

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'wildcard'; readonly name: string; readonly start: number; readonly end: number }
  | VariantNode;

export interface VariantNode {
  readonly kind: 'variant';
  /** How many options are taken; `most` null means as many as there are. Without `$$` both are 1. */
  readonly least: number;
  readonly most: number | null;
  readonly separator: string;
  readonly options: readonly TemplateOption[];
}

export interface TemplateOption {
  /** Relative; 1 unless written `2::option`. */
  readonly weight: number;
  readonly nodes: readonly TemplateNode[];
}

/** Offsets into the template. */
export interface TemplateProblem {
  readonly start: number;
  readonly end: number;
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
}

const MAX_DEPTH = 32;
const MAX_PROBLEMS = 100;
const BOUNDS = /\s*(?:(\d{1,6})(-)?(\d{1,6})?|(-)(\d{1,6}))\$\$(?:([^${}|]*)\$\$)?/y;
const WEIGHT = /\s*(\d+(?:\.\d*)?|\.\d+)::/y;
const WILDCARD = /__(?!_)([^\s{}|<>:"\\]+?)__/y;

/** Reads a template. Braces that do not pair are text, and a problem. Linear in the text's length. */
export function scanTemplate(text: string): { nodes: TemplateNode[]; problems: TemplateProblem[] } {
  const { closing, problems } = pairBraces(text);
  return { nodes: readNodes(text, 0, text.length, closing, problems), problems };
}

/** One line of a wildcard file: an option, which may carry a weight. */
export function scanOption(text: string): TemplateOption {
  const { closing } = pairBraces(text);
  return readOption(text, 0, text.length, closing, []);
}

/** Text in which nothing is a variant, a wildcard or an escape of one, whatever it says. */
export function escapeTemplate(text: string): string {
  return text.replace(/\\[^]|[{}]|_(?=_)|(?<=_)_/g, (match) => (match.length > 1 ? match : `\\${match}`));
}

/** Opening brace → closing brace. */
function pairBraces(text: string): { closing: Map<number, number>; problems: TemplateProblem[] } {
  const closing = new Map<number, number>();
  const problems: TemplateProblem[] = [];
  const open: number[] = [];
  const unpaired = (at: number, message: string) => {
    if (problems.length < MAX_PROBLEMS) problems.push({ start: at, end: at + 1, severity: 'warning', code: 'unbalanced-brace', message });
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '\\') i++;
    else if (char === '{') open.push(i);
    else if (char === '}') {
      const start = open.pop();
      if (start === undefined) unpaired(i, 'this } closes nothing and is prompt text; write \\} if it should be');
      else if (open.length < MAX_DEPTH) closing.set(start, i);
      else unpaired(start, `variants are nested more than ${MAX_DEPTH} deep here; this brace is prompt text`);
    }
  }
  for (const start of open) unpaired(start, 'this { is never closed and is prompt text; close it, or write \\{ if it should be');
  return { closing, problems };
}

function readNodes(text: string, from: number, to: number, closing: Map<number, number>, problems: TemplateProblem[]): TemplateNode[] {
  const nodes: TemplateNode[] = [];
  let literal = '';
  const flush = () => {
    if (literal !== '') nodes.push({ kind: 'text', text: literal });
    literal = '';
  };
  let i = from;
  while (i < to) {
    const plain = plainEnd(text, i, to);
    literal += text.slice(i, plain);
    i = plain;
    if (i >= to) break;
    const char = text.charAt(i);
    const close = char === '{' ? closing.get(i) : undefined;
    WILDCARD.lastIndex = i;
    const name = char === '_' ? WILDCARD.exec(text)?.[1] : undefined;
    if (char === '\\') {
      const next = i + 1 < to ? text.charAt(i + 1) : '';
      literal += /[{}|_]/.test(next) ? next : char + next;
      i += 2;
    } else if (close !== undefined && close < to) {
      flush();
      if (i > from && text[i - 1] === '$') problems.push({ start: i - 1, end: close + 1, severity: 'warning', code: 'no-variables', message: '${…} variables are not part of .t2i; the braces are read as a variant' });
      nodes.push(readVariant(text, i + 1, close, closing, problems));
      i = close + 1;
    } else if (name !== undefined && WILDCARD.lastIndex <= to) {
      flush();
      const node = { kind: 'wildcard', name, start: i, end: WILDCARD.lastIndex } as const;
      const problem = wildcardNameProblem(name);
      if (problem === undefined) nodes.push(node);
      else problems.push({ start: node.start, end: node.end, severity: 'error', code: 'bad-wildcard-name', message: `__${name}__: ${problem}` });
      i = node.end;
    } else {
      literal += char;
      i++;
    }
  }
  flush();
  return nodes;
}

/** The next position that may not be plain text. */
function plainEnd(text: string, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    const char = text[i];
    if (char === '\\' || char === '{' || (char === '_' && text[i + 1] === '_')) return i;
  }
  return to;
}

function readVariant(text: string, from: number, to: number, closing: Map<number, number>, problems: TemplateProblem[]): VariantNode {
  BOUNDS.lastIndex = from;
  const bounds = BOUNDS.exec(text);
  const inside = bounds !== null && BOUNDS.lastIndex <= to;
  const start = inside ? BOUNDS.lastIndex : from;
  const [, lower, dash, upper, leadingDash, only, separator] = inside ? bounds : [];
  const isRange = dash !== undefined || leadingDash !== undefined;
  const least = Number(lower ?? 1);
  const most = isRange ? (upper ?? only) : (lower ?? 1);
  const options: TemplateOption[] = [];
  let optionStart = start;
  for (let i = start; i < to; i++) {
    const char = text[i];
    if (char === '\\') i++;
    else if (char === '{') i = closing.get(i) ?? i;
    else if (char === '|') {
      options.push(readOption(text, optionStart, i, closing, problems));
      optionStart = i + 1;
    }
  }
  options.push(readOption(text, optionStart, to, closing, problems));
  return { kind: 'variant', least, most: most === undefined ? null : Number(most), separator: separator ?? ', ', options };
}

function readOption(text: string, from: number, to: number, closing: Map<number, number>, problems: TemplateProblem[]): TemplateOption {
  WEIGHT.lastIndex = from;
  const weight = WEIGHT.exec(text);
  const isWeighted = weight !== null && WEIGHT.lastIndex <= to;
  const start = isWeighted ? WEIGHT.lastIndex : from;
  return { weight: isWeighted ? Math.min(Number(weight[1]), 1e9) : 1, nodes: readNodes(text, start, to, closing, problems) };
}

/** Why a wildcard name cannot be a file under `wildcards/`, or undefined. `*` and `**` are globs. */
function wildcardNameProblem(name: string): string | undefined {
  if (name.includes('(')) return 'arguments in a wildcard are not part of .t2i';
  if (name.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) return 'a wildcard is a file under wildcards/, named without . or .. and not from the root';
  if (!/^[\p{L}\p{M}\p{N}_\-./*]+$/u.test(name)) return 'a wildcard name has letters, digits, and _ - . / * only';
  return undefined;
}
