/** Byte-level BPE from text to ids: added tokens, normalisation, words, bytes, pairs. CLIP's and GPT-2's families differ in their rules only. */
import { AddedTokenSplitter, type AddedToken } from './added-tokens';
import { Aligned } from './aligned';
import { BytePairs, type BytePairModel } from './byte-pairs';
import { COMBINING_RUN, LETTER, NUMBER, SPACE, SYMBOL, UPPER } from './unicode';

/** A step of normalisation. */
export type Normalizer = (text: Aligned) => Aligned;

export const nfc: Normalizer = (text) => text.replace(COMBINING_RUN, (run) => run.normalize('NFC'));
export const lowerCase: Normalizer = (text) => text.replace(UPPER, (character) => character.toLowerCase());
export const singleSpaces: Normalizer = (text) => text.replace(new RegExp(`${SPACE}+`, 'gv'), () => ' ');

/** Words of CLIP (openai/CLIP, simple_tokenizer.py): what no alternative takes, white space, is dropped. */
export const CLIP_WORDS = new RegExp(`<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|${LETTER}+|${NUMBER}|${SYMBOL}+`, 'gv');
/** Words of GPT-2 (openai/gpt-2, encoder.py): a word carries the space before it. */
export const GPT2_WORDS = new RegExp(`'s|'t|'re|'ve|'m|'ll|'d| ?${LETTER}+| ?${NUMBER}+| ?${SYMBOL}+|${SPACE}+(?!\\P{White_Space})|${SPACE}+`, 'gv');

export interface ByteLevelRules {
  readonly added: readonly AddedToken[];
  readonly normalizers: readonly Normalizer[];
  /** Patterns applied one after another, each to the words that the one before found. */
  readonly words: readonly RegExp[];
  /** Every stretch between added tokens starts with a space. */
  readonly prefixSpace: boolean;
  readonly model: BytePairModel;
}

/** An id and the part of the text that it stands for, in UTF-16 units. */
export interface Token {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

export class ByteLevelTokenizer {
  private readonly pairs: BytePairs;
  private readonly raw: AddedTokenSplitter;
  private readonly normalized: AddedTokenSplitter;

  constructor(private readonly rules: ByteLevelRules) {
    this.pairs = new BytePairs(rules.model);
    this.raw = new AddedTokenSplitter(rules.added.filter((token) => !token.normalized));
    const normalized = rules.added.filter((token) => token.normalized);
    this.normalized = new AddedTokenSplitter(normalized.map((token) => ({ ...token, content: this.normalize(Aligned.of(token.content)).text })));
  }

  tokens(text: string): Token[] {
    return this.raw.split(Aligned.of(text)).flatMap(({ text: stretch, token }) =>
      token === null ? this.tokensBetween(this.normalize(stretch)) : [{ id: token.id, ...stretch.span(0, stretch.text.length) }]);
  }

  private tokensBetween(text: Aligned): Token[] {
    return this.normalized.split(text).flatMap(({ text: stretch, token }) =>
      token === null ? this.plainTokens(stretch) : [{ id: token.id, ...stretch.span(0, stretch.text.length) }]);
  }

  private plainTokens(stretch: Aligned): Token[] {
    const text = this.rules.prefixSpace && !stretch.text.startsWith(' ') ? stretch.prepend(' ') : stretch;
    return this.wordsOf(text.text).flatMap(({ start, word }) => {
      const units = unitsOfBytes(word);
      return this.pairs.encode(word).map((token) => ({ id: token.id, ...text.span(start + units[token.start]!, start + units[token.end - 1]! + 1) }));
    });
  }

  private wordsOf(text: string): { start: number; word: string }[] {
    let words = [{ start: 0, word: text }];
    for (const pattern of this.rules.words) {
      words = words.flatMap(({ start, word }) => Array.from(word.matchAll(pattern), (match) => ({ start: start + match.index, word: match[0] })));
    }
    return words;
  }

  private normalize(text: Aligned): Aligned {
    return this.rules.normalizers.reduce((current, step) => step(current), text);
  }
}

/** For each UTF-8 byte of a word, the UTF-16 unit that it belongs to (of a pair of surrogates: the first two bytes to the first). */
function unitsOfBytes(word: string): number[] {
  const units: number[] = [];
  for (let i = 0; i < word.length; i++) {
    const code = word.codePointAt(i)!;
    if (code < 0x80) units.push(i);
    else if (code < 0x800) units.push(i, i);
    else if (code < 0x10000) units.push(i, i, i);
    else {
      units.push(i, i, i + 1, i + 1);
      i++;
    }
  }
  return units;
}
