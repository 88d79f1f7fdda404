/** A prompt as weighted pieces of text. */
import { parsePromptAttention } from '../../prompt';

export interface Piece {
  readonly text: string;
  /** 1 is as written. */
  readonly weight: number;
}

/** Groups of pieces between `BREAK`s, in order. `plain` syntax has neither weights nor breaks. */
export function piecesOf(text: string, syntax: 'a1111' | 'plain'): Piece[][] {
  if (syntax === 'plain') return [[{ text, weight: 1 }]];
  const groups: Piece[][] = [[]];
  for (const [piece, weight] of parsePromptAttention(text)) {
    if (piece === 'BREAK' && weight === -1) groups.push([]);
    else groups.at(-1)!.push({ text: piece, weight });
  }
  return groups;
}

/** The text without its markup, as an encoder that knows no weights reads it. */
export function plainText(groups: readonly (readonly Piece[])[]): string {
  return groups.map((pieces) => pieces.map(({ text }) => text).join('')).join(' ');
}
