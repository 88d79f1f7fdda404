/** Tokens that are cut out of the text before anything else happens to it: `<|endoftext|>`, placeholders, padding. */
import type { Aligned } from './aligned';

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Looked for after normalisation (so in any case, for CLIP) rather than in the text as it is. */
  readonly normalized: boolean;
  /** Takes the white space on that side with it. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Only between characters that are not word characters. */
  readonly singleWord: boolean;
}

/** A stretch of text, or an added token that stood in it. */
export type Section = { readonly text: Aligned; readonly token: AddedToken | null };

/** A splitter for some added tokens: leftmost match first, the longest of those. */
export class AddedTokenSplitter {
  private readonly byContent: ReadonlyMap<string, AddedToken>;
  private readonly pattern: RegExp | null;

  constructor(tokens: readonly AddedToken[]) {
    this.byContent = new Map(tokens.map((token) => [token.content, token]));
    const longestFirst = [...this.byContent.values()].filter(({ content }) => content !== '').sort((a, b) => b.content.length - a.content.length);
    this.pattern = longestFirst.length === 0 ? null : new RegExp(longestFirst.map(source).join('|'), 'gu');
  }

  split(text: Aligned): Section[] {
    if (this.pattern === null) return [{ text, token: null }];
    const sections: Section[] = [];
    let done = 0;
    for (const match of text.text.matchAll(this.pattern)) {
      if (match.index > done) sections.push({ text: text.slice(done, match.index), token: null });
      done = match.index + match[0].length;
      const token = this.byContent.get(match[0]) ?? this.byContent.get(match[0].trim()) ?? null;
      sections.push({ text: text.slice(match.index, done), token });
    }
    if (done < text.text.length) sections.push({ text: text.slice(done, text.text.length), token: null });
    return sections;
  }
}

function source({ content, lstrip, rstrip, singleWord }: AddedToken): string {
  const escaped = content.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const whole = singleWord ? `(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])` : escaped;
  return `${lstrip ? '\\p{White_Space}*' : ''}${whole}${rstrip ? '\\p{White_Space}*' : ''}`;
}
