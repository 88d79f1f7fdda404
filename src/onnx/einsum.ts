/** Einsum equations as lists of labels; an ellipsis becomes labels of its own, so that rules never see it. */
import { OnnxError } from './error.ts';

export interface EinsumTerms {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/** Parses an equation for operands of these ranks. Throws `OnnxError` when they do not fit. */
export function parseEinsum(equation: string, ranks: readonly number[]): EinsumTerms {
  const [left = '', right] = equation.replace(/\s/g, '').split('->');
  const terms = left.split(',');
  if (terms.length !== ranks.length) throw new OnnxError(`Einsum "${equation}" has ${terms.length} operands, ${ranks.length} given`);
  const inputs = terms.map((term, i) => labelsOf(term, ranks[i] ?? 0, equation));
  const hidden = [...new Set(inputs.flat().filter((l) => l.startsWith('.')))].sort();
  const output = right === undefined ? implicitOutput(inputs, hidden) : right.split(/(\.\.\.|[A-Za-z])/).filter(Boolean).flatMap((l) => (l === '...' ? hidden : [l]));
  return { inputs, output };
}

/** Back to text; labels of the ellipsis get unused letters. */
export function printEinsum(inputs: readonly (readonly string[])[], output: readonly string[]): string {
  const used = new Set([...inputs.flat(), ...output].filter((l) => !l.startsWith('.')));
  const free = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((l) => !used.has(l));
  const letters = new Map<string, string>();
  const letter = (label: string): string => {
    if (!label.startsWith('.')) return label;
    if (!letters.has(label)) letters.set(label, free.shift() ?? '?');
    return letters.get(label) as string;
  };
  return `${inputs.map((t) => t.map(letter).join('')).join(',')}->${output.map(letter).join('')}`;
}

/** Labels of the ellipsis are numbered from the right, as they broadcast: '.2', '.1', '.0'. */
function labelsOf(term: string, rank: number, equation: string): string[] {
  const parts = term.split(/(\.\.\.|[A-Za-z])/).filter(Boolean);
  const hidden = rank - parts.filter((p) => p !== '...').length;
  if (hidden < 0 || (hidden > 0 && !parts.includes('...'))) throw new OnnxError(`Einsum "${equation}": term "${term}" does not fit rank ${rank}`);
  return parts.flatMap((p) => (p === '...' ? Array.from({ length: hidden }, (_, i) => `.${9 - (hidden - 1 - i)}`) : [p]));
}

function implicitOutput(inputs: readonly (readonly string[])[], hidden: readonly string[]): string[] {
  const all = inputs.flat().filter((l) => !l.startsWith('.'));
  return [...hidden, ...[...new Set(all)].filter((l) => all.filter((m) => m === l).length === 1).sort()];
}
