import type { Choices } from './choices';
import type { TemplateProblem } from './template';
import { scanOption, type TemplateNode, type TemplateOption, type VariantNode } from './template';

/** The options of the wildcard `name` (a name under `wildcards/`, globs allowed), or undefined if there is no such file. */
export type WildcardSource = (name: string) => readonly string[] | undefined;

/** Expansion gives up beyond these; nothing that a person writes comes near. */
const MAX_LENGTH = 1_000_000;
const MAX_CHOICES = 5_000;
const MAX_NESTING = 64;
/** Options to draw times options to draw from. */
const MAX_WEIGHED = 10_000_000;

/** Thrown inside this file only: expansion grew out of bounds. */
class TooLarge extends Error {}

/** A wildcard's file, read: its options, and the first thing in its lines that is an error. */
interface ReadWildcard {
  readonly options: readonly TemplateOption[];
  readonly problem: string | undefined;
}

type Verdict = Pick<TemplateProblem, 'code' | 'message'>;

/**
 * Chooses texts out of templates. One expander serves many pictures: wildcard files are read and scanned once.
 * Unknown names and cycles are found beforehand over every branch (`problemsIn`), so whether a block can be drawn does
 * not depend on its seed.
 */
export class TextExpander {
  private readonly files = new Map<string, ReadWildcard | undefined>();
  private readonly verdicts = new Map<string, Verdict | null>();
  private choicesMade = 0;
  private length = 0;

  constructor(private readonly source: WildcardSource) {}

  /** What keeps a template from being expanded: unknown wildcards, files with errors in them, wildcards that name each other in a circle. */
  problemsIn(nodes: readonly TemplateNode[]): TemplateProblem[] {
    const problems: TemplateProblem[] = [];
    for (const { name, start, end } of wildcardsIn(nodes)) {
      const verdict = this.verdict(name, []);
      if (verdict !== null) problems.push({ start, end, severity: 'error', ...verdict });
    }
    return problems;
  }

  /** One text; null if it would be longer than a million characters or takes too many choices. Call after `problemsIn` found nothing. */
  expand(nodes: readonly TemplateNode[], choices: Choices): string | null {
    this.choicesMade = 0;
    this.length = 0;
    try {
      return this.sequence(nodes, choices, 0);
    } catch (error) {
      if (error instanceof TooLarge) return null;
      throw error;
    }
  }

  private sequence(nodes: readonly TemplateNode[], choices: Choices, depth: number): string {
    if (depth > MAX_NESTING) throw new TooLarge();
    let text = '';
    let ordinal = 0;
    for (const node of nodes) {
      if (node.kind === 'text') {
        this.length += node.text.length;
        if (this.length > MAX_LENGTH) throw new TooLarge();
        text += node.text;
      } else text += this.choose(node, choices.child(ordinal++), depth);
    }
    return text;
  }

  private choose(node: Exclude<TemplateNode, { kind: 'text' }>, choices: Choices, depth: number): string {
    if (node.kind === 'wildcard') return this.pick(this.read(node.name)?.options ?? [], 1, choices, depth).join('');
    const options = this.optionsOf(node);
    const most = Math.min(node.most ?? options.length, options.length);
    const least = Math.min(node.least, most);
    const count = least === most ? least : least + Math.floor(choices.fraction(0) * (most - least + 1));
    return this.pick(options, count, choices, depth).join(node.separator);
  }

  /** `{2$$__colour__}` draws two different lines of the one file. */
  private optionsOf({ options, most }: VariantNode): readonly TemplateOption[] {
    const [node, ...others] = options.length === 1 && most !== 1 ? (options[0]?.nodes ?? []) : [];
    return node?.kind === 'wildcard' && others.length === 0 ? (this.read(node.name)?.options ?? []) : options;
  }

  /** `count` different options, by weight, in the order drawn. */
  private pick(options: readonly TemplateOption[], count: number, choices: Choices, depth: number): string[] {
    if (count > 1 && count * options.length > MAX_WEIGHED) throw new TooLarge();
    const left = [...options.keys()];
    const texts: string[] = [];
    for (let draw = 0; draw < count && left.length > 0; draw++) {
      if (++this.choicesMade > MAX_CHOICES) throw new TooLarge();
      const weights = left.map((index) => options[index]?.weight ?? 0);
      const [chosen] = left.splice(weightedIndex(weights, choices.fraction(draw + 1)), 1);
      const option = options[chosen ?? -1];
      if (option !== undefined) texts.push(this.sequence(option.nodes, choices.child(draw), depth + 1));
    }
    return texts;
  }

  private read(name: string): ReadWildcard | undefined {
    if (!this.files.has(name)) {
      const kept = this.source(name)?.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
      const scanned = kept?.map(scanOption);
      const problem = scanned?.flatMap(({ problems }) => problems).find(({ severity }) => severity === 'error')?.message;
      this.files.set(name, scanned && { options: scanned.map(({ option }) => option), problem });
    }
    return this.files.get(name);
  }

  /** Why a wildcard cannot be used, following what its lines name; null if it can. */
  private verdict(name: string, path: readonly string[]): Verdict | null {
    const known = this.verdicts.get(name);
    if (known !== undefined) return known;
    const chain = [...path, name];
    const shown = chain.map((step) => `__${step}__`).join(' → ');
    if (path.includes(name)) return { code: 'wildcard-cycle', message: `${shown} goes round in a circle and never ends` };
    if (chain.length > MAX_NESTING) return { code: 'wildcard-cycle', message: `${shown} is more than ${MAX_NESTING} wildcards deep` };
    const file = this.read(name);
    const from = path.length > 0 ? `, named by wildcards/${path.at(-1)}.txt` : '';
    let problem: Verdict | null = null;
    if (file === undefined) problem = { code: 'unknown-wildcard', message: `no wildcard __${name}__${from}: there is no file wildcards/${name}.txt` };
    else if (file.options.length === 0) problem = { code: 'unknown-wildcard', message: `wildcard __${name}__${from} has no lines` };
    else if (file.problem !== undefined) problem = { code: 'bad-wildcard-file', message: `wildcard __${name}__${from}: in its file, ${file.problem}` };
    for (const option of file?.options ?? []) {
      for (const { name: next } of wildcardsIn(option.nodes)) problem ??= this.verdict(next, chain);
      if (problem !== null) break;
    }
    this.verdicts.set(name, problem);
    return problem;
  }
}

function* wildcardsIn(nodes: readonly TemplateNode[]): Generator<Extract<TemplateNode, { kind: 'wildcard' }>> {
  for (const node of nodes) {
    if (node.kind === 'wildcard') yield node;
    else if (node.kind === 'variant') for (const option of node.options) yield* wildcardsIn(option.nodes);
  }
}

/** The index a fraction falls on; all weights zero counts as all equal. */
function weightedIndex(weights: readonly number[], fraction: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total <= 0) return Math.floor(fraction * weights.length);
  let rest = fraction * total;
  for (const [index, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return index;
  }
  return weights.findLastIndex((weight) => weight > 0);
}
