/** A1111's attention syntax, to the number. BREAK has weight −1, as A1111's parser gives it. */
export type WeightedText = readonly [text: string, weight: number];

const TOKEN = /\\\(|\\\)|\\\[|\\\]|\\\\|\\|\(|\[|:\s*([+-]?[.\d]+)\s*\)|\)|\]|[^\\()[\]:]+|:/g;
// Python's \b: word characters of every script.
const BREAK = /(?<![\p{L}\p{N}_])BREAK(?![\p{L}\p{N}_])/u;

/** Brackets nested deeper than this are text: A1111's own loop is quadratic in the depth. */
const MAX_DEPTH = 256;

/**
 * Splits a prompt into texts and weights: `(a)` × 1.1, `[a]` ÷ 1.1, `(a:1.3)` × 1.3, nested ones multiplied in A1111's
 * order of operations, so that the floats are its floats; `\(` is a parenthesis; what never closes holds to the end.
 * Matches `parse_prompt_attention` of A1111's modules/prompt_parser.py.
 */
export function parsePromptAttention(text: string): WeightedText[] {
  const texts: string[] = [];
  const weights: number[] = [];
  const add = (part: string, weight: number) => {
    texts.push(part);
    weights.push(weight);
  };
  const round: number[] = [];
  const square: number[] = [];
  const multiply = (from: number, by: number) => {
    for (let i = from; i < weights.length; i++) weights[i] = (weights[i] ?? 1) * by;
  };
  for (const [token, written] of text.matchAll(TOKEN)) {
    const weight = written === undefined ? undefined : pythonFloat(written);
    const opening = weight !== undefined || token === ')' ? round.at(-1) : token === ']' ? square.at(-1) : undefined;
    const canOpen = round.length + square.length < MAX_DEPTH;
    if (token.startsWith('\\')) add(token.slice(1), 1);
    else if (token === '(' && canOpen) round.push(texts.length);
    else if (token === '[' && canOpen) square.push(texts.length);
    else if (opening !== undefined && token === ']') multiply(square.pop() ?? 0, 1 / 1.1);
    else if (opening !== undefined) multiply(round.pop() ?? 0, weight ?? 1.1);
    else {
      const pieces = token.split(BREAK);
      for (const [index, piece] of pieces.entries()) {
        if (index > 0) add('BREAK', -1);
        const start = index > 0 ? piece.trimStart() : piece;
        add(index < pieces.length - 1 ? start.trimEnd() : start, 1);
      }
    }
  }
  for (const from of round) multiply(from, 1.1);
  for (const from of square) multiply(from, 1 / 1.1);
  return texts.length === 0 ? [['', 1]] : merged(texts, weights);
}

/** `1.2.3` matches A1111's pattern but is no number; A1111 fails on it, here it is text. */
function pythonFloat(text: string): number | undefined {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : undefined;
}

/** Runs of one weight become one text. */
function merged(texts: readonly string[], weights: readonly number[]): WeightedText[] {
  const result: WeightedText[] = [];
  let start = 0;
  for (let i = 1; i <= texts.length; i++) {
    if (i < texts.length && weights[i] === weights[start]) continue;
    result.push([texts.slice(start, i).join(''), weights[start] ?? 1]);
    start = i;
  }
  return result;
}
