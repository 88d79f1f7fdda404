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
const WILDCARD = /__(?!_)[^\s{}|<>:"\\]+?__/y;

/** What may end plain text, and what pairs braces. `SPECIAL` has all that ends an option, so that no search runs past its own. */
const SPECIAL = /[\\{}|]|_(?=_)/g;
const BRACE = /[\\{}]/g;

/** Reads a template. Braces that do not pair are text, and a problem. Linear in the text's length. */
export function scanTemplate(text: string): { nodes: TemplateNode[]; problems: TemplateProblem[] } {
  const scanner = new TemplateScanner(text);
  return { nodes: scanner.nodes(0, text.length), problems: scanner.problems };
}

/** One line of a wildcard file: an option, which may carry a weight. */
export function scanOption(text: string): { option: TemplateOption; problems: TemplateProblem[] } {
  const scanner = new TemplateScanner(text);
  return { option: scanner.option(0, text.length), problems: scanner.problems };
}

/** Text in which nothing is a variant, a wildcard or an escape of one, whatever it says. */
export function escapeTemplate(text: string): string {
  return text.replace(/\\[^]|[{}]|_(?=_)|(?<=_)_/g, (match) => (match.length > 1 ? match : `\\${match}`));
}

class TemplateScanner {
  readonly problems: TemplateProblem[] = [];
  private errors = 0;
  /** Opening brace → closing brace. */
  private readonly closing = new Map<number, number>();

  constructor(private readonly text: string) {
    if (text.includes('{') || text.includes('}')) this.pairBraces();
  }

  nodes(from: number, to: number): TemplateNode[] {
    const { text } = this;
    const nodes: TemplateNode[] = [];
    let literal = '';
    let i = from;
    while (i < to) {
      const plain = next(SPECIAL, text, i, to);
      literal += text.slice(i, plain);
      i = plain;
      if (i >= to) break;
      const char = text.charAt(i);
      if (char === '\\') {
        const next = i + 1 < to ? text.charAt(i + 1) : '';
        literal += /[{}|_]/.test(next) ? next : char + next;
        i += 2;
        continue;
      }
      const close = char === '{' ? this.closing.get(i) : undefined;
      WILDCARD.lastIndex = i;
      const name = char === '_' && WILDCARD.test(text) ? text.slice(i + 2, WILDCARD.lastIndex - 2) : undefined;
      const isVariant = close !== undefined && close < to;
      if (!isVariant && (name === undefined || WILDCARD.lastIndex > to)) {
        literal += char;
        i++;
        continue;
      }
      if (literal !== '') nodes.push({ kind: 'text', text: literal });
      literal = '';
      if (isVariant) {
        if (i > from && text[i - 1] === '$') this.problem(i - 1, close + 1, 'warning', 'no-variables', '${…} variables are not part of .t2i; the braces are read as a variant');
        nodes.push(this.variant(i + 1, close));
        i = close + 1;
      } else {
        const [start, end] = [i, WILDCARD.lastIndex];
        const problem = wildcardNameProblem(name ?? '');
        if (problem === undefined) nodes.push({ kind: 'wildcard', name: name ?? '', start, end });
        else this.problem(start, end, 'error', 'bad-wildcard-name', `__${name}__: ${problem}`);
        i = end;
      }
    }
    if (literal !== '') nodes.push({ kind: 'text', text: literal });
    return nodes;
  }

  option(from: number, to: number): TemplateOption {
    WEIGHT.lastIndex = from;
    const weight = WEIGHT.exec(this.text);
    const isWeighted = weight !== null && WEIGHT.lastIndex <= to;
    const start = isWeighted ? WEIGHT.lastIndex : from;
    return { weight: isWeighted ? Math.min(Number(weight[1]), 1e9) : 1, nodes: this.nodes(start, to) };
  }

  private variant(from: number, to: number): VariantNode {
    const { text } = this;
    BOUNDS.lastIndex = from;
    const bounds = BOUNDS.exec(text);
    const isBounded = bounds !== null && BOUNDS.lastIndex <= to;
    const start = isBounded ? BOUNDS.lastIndex : from;
    const options: TemplateOption[] = [];
    let optionStart = start;
    for (let i = next(SPECIAL, text, start, to); i < to; i = next(SPECIAL, text, i + 1, to)) {
      const char = text[i];
      if (char === '\\') i++;
      else if (char === '{') i = this.closing.get(i) ?? i;
      else if (char === '|') {
        options.push(this.option(optionStart, i));
        optionStart = i + 1;
      }
    }
    options.push(this.option(optionStart, to));
    if (!isBounded) return { kind: 'variant', least: 1, most: 1, separator: ', ', options };
    const [, lower, dash, upper, leadingDash, only, separator = ', '] = bounds;
    const isRange = dash !== undefined || leadingDash !== undefined;
    const most = isRange ? (upper ?? only) : lower;
    return { kind: 'variant', least: Number(lower ?? 1), most: most === undefined ? null : Number(most), separator, options };
  }

  private pairBraces(): void {
    const { text } = this;
    const open: number[] = [];
    const { length } = text;
    for (let i = next(BRACE, text, 0, length); i < length; i = next(BRACE, text, i + 1, length)) {
      const char = text[i];
      if (char === '\\') i++;
      else if (char === '{') open.push(i);
      else {
        const start = open.pop();
        if (start === undefined) this.unpaired(i, 'this } closes nothing and is prompt text; write \\} if it should be');
        else if (open.length < MAX_DEPTH) this.closing.set(start, i);
        else this.unpaired(start, `variants are nested more than ${MAX_DEPTH} deep here; this brace is prompt text`);
      }
    }
    for (const start of open) this.unpaired(start, 'this { is never closed and is prompt text; close it, or write \\{ if it should be');
  }

  private unpaired(at: number, message: string): void {
    this.problem(at, at + 1, 'warning', 'unbalanced-brace', message);
  }

  /** The first error is always kept: it is what stops a drawing. */
  private problem(start: number, end: number, severity: Severity, code: string, message: string): void {
    const isFirstError = severity === 'error' && this.errors++ === 0;
    if (this.problems.length < MAX_PROBLEMS || isFirstError) this.problems.push({ start, end, severity, code, message });
  }
}

/** Where `pattern` (global) next fits in `[from, to)`, else `to`. An expression looks faster than a loop does, above all the first time. */
function next(pattern: RegExp, text: string, from: number, to: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? Math.min(pattern.lastIndex - 1, to) : to;
}

/** Why a wildcard name cannot be a file under `wildcards/`, or undefined. `*` and `**` are globs. */
function wildcardNameProblem(name: string): string | undefined {
  if (name.includes('(')) return 'arguments in a wildcard are not part of .t2i';
  if (name.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) return 'a wildcard is a file under wildcards/, named without . or .. and not from the root';
  if (!/^[\p{L}\p{M}\p{N}_\-./*]+$/u.test(name)) return 'a wildcard name has letters, digits, and _ - . / * only';
  return undefined;
}
