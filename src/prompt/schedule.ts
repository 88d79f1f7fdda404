/**
 * A1111's prompt scheduling: `[a:b:0.5]`, `[a:3]`, `[a::3]`, `[a|b]`, nested in each other and in weights. Follows the
 * grammar and the arithmetic of A1111's modules/prompt_parser.py (without its second, "hires" pass).
 */

/** What holds up to and including a step. Steps count from 1. */
export type ScheduledText = readonly [untilStep: number, text: string];

type Node = string | { before: Node[]; after: Node[]; when: number } | { options: Node[][] };

/** Nested deeper than this, brackets are text. */
const MAX_DEPTH = 128;
const PLAIN = /(?:[^\\[\]():|]|\\.)+/suy;
const WHEN = /\s*([+-]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?)\s*\]/y;

/**
 * The texts of a prompt over `steps` steps, in order; the last entry is at `steps`. A number with a point is a fraction
 * of the steps, one without is a step. A prompt that the grammar does not take (a `|` outside brackets, a backslash
 * that ends it) is one text, as it is.
 */
export function parsePromptSchedule(prompt: string, steps: number): ScheduledText[] {
  const nodes = new ScheduleParser(prompt, steps).parse();
  if (nodes === undefined) return [[steps, prompt]];
  const ends = new Set([steps]);
  collectEnds(nodes, steps, ends);
  return [...ends].sort((a, b) => a - b).map((end) => [end, textAt(nodes, end)]);
}

class ScheduleParser {
  private readonly found = new Map<number, { node: Node[]; end: number } | null>();

  constructor(
    private readonly text: string,
    private readonly steps: number,
  ) {}

  /** Brackets that make up nothing are text here, and only here. */
  parse(): Node[] | undefined {
    const nodes: Node[] = [];
    let position = 0;
    while (position < this.text.length) {
      const sequence = this.sequence(position, 0);
      for (const node of sequence.nodes) nodes.push(node);
      position = sequence.end;
      const char = this.text.charAt(position);
      if (position >= this.text.length) break;
      if (!'[]():'.includes(char)) return undefined;
      nodes.push(char);
      position++;
    }
    return nodes;
  }

  /** As many texts and brackets as follow each other; ends where nothing fits. */
  private sequence(from: number, depth: number): { nodes: Node[]; end: number } {
    const nodes: Node[] = [];
    let position = from;
    while (position < this.text.length) {
      PLAIN.lastIndex = position;
      const plain = PLAIN.exec(this.text)?.[0];
      const bracket = plain === undefined ? this.bracket(position, depth) : null;
      if (plain !== undefined) nodes.push(plain);
      else if (bracket !== null) for (const node of bracket.node) nodes.push(node);
      else break;
      position = bracket?.end ?? PLAIN.lastIndex;
    }
    return { nodes, end: position };
  }

  private bracket(from: number, depth: number): { node: Node[]; end: number } | null {
    const char = this.text[from];
    if ((char !== '(' && char !== '[') || depth >= MAX_DEPTH) return null;
    const known = this.found.get(from);
    if (known !== undefined) return known;
    const result = char === '(' ? this.round(from, depth + 1) : this.square(from, depth + 1);
    this.found.set(from, result);
    return result;
  }

  /** `(a)` or `(a:b)`; the weights' parser reads what is in it. */
  private round(from: number, depth: number): { node: Node[]; end: number } | null {
    const first = this.sequence(from + 1, depth);
    if (this.text[first.end] === ')') return { node: ['(', ...first.nodes, ')'], end: first.end + 1 };
    if (this.text[first.end] !== ':') return null;
    const second = this.sequence(first.end + 1, depth);
    if (this.text[second.end] !== ')') return null;
    return { node: ['(', ...first.nodes, ':', ...second.nodes, ')'], end: second.end + 1 };
  }

  /** `[a]`, `[a|b]`, `[a:3]` or `[a:b:3]`. */
  private square(from: number, depth: number): { node: Node[]; end: number } | null {
    const first = this.sequence(from + 1, depth);
    const next = this.text[first.end];
    if (next === ']') return { node: ['[', ...first.nodes, ']'], end: first.end + 1 };
    if (next === '|') return this.alternate(first, depth);
    if (next !== ':') return null;
    const short = this.when(first.end + 1);
    if (short !== null) return { node: [{ before: [], after: first.nodes, when: short.step }], end: short.end };
    const second = this.sequence(first.end + 1, depth);
    const when = this.text[second.end] === ':' ? this.when(second.end + 1) : null;
    return when && { node: [{ before: first.nodes, after: second.nodes, when: when.step }], end: when.end };
  }

  private alternate(first: { nodes: Node[]; end: number }, depth: number): { node: Node[]; end: number } | null {
    const options = [first.nodes];
    let end = first.end;
    while (this.text[end] === '|') {
      const option = this.sequence(end + 1, depth);
      options.push(option.nodes);
      end = option.end;
    }
    return this.text[end] === ']' ? { node: [{ options }], end: end + 1 } : null;
  }

  private when(from: number): { step: number; end: number } | null {
    WHEN.lastIndex = from;
    const written = WHEN.exec(this.text)?.[1];
    if (written === undefined) return null;
    const value = written.includes('.') ? Number(written) * this.steps : Number(written);
    return { step: Math.min(this.steps, Math.trunc(value)), end: WHEN.lastIndex };
  }
}

function collectEnds(nodes: readonly Node[], steps: number, ends: Set<number>): void {
  for (const node of nodes) {
    if (typeof node === 'string') continue;
    if ('options' in node) {
      for (let step = 1; step <= steps; step++) ends.add(step);
      for (const option of node.options) collectEnds(option, steps, ends);
    } else {
      if (node.when >= 1) ends.add(node.when);
      collectEnds(node.before, steps, ends);
      collectEnds(node.after, steps, ends);
    }
  }
}

function textAt(nodes: readonly Node[], step: number): string {
  let text = '';
  for (const node of nodes) {
    if (typeof node === 'string') text += node;
    else if ('options' in node) text += textAt(node.options[(step - 1) % node.options.length] ?? [], step);
    else text += textAt(step <= node.when ? node.before : node.after, step);
  }
  return text;
}
