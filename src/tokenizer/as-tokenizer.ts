import { maxLengthOf, type TokenizerFiles } from './files';
import type { Token, Tokenizer } from './tokenizer';

/** A tokenizer from what splits a text; `length` is what the files leave unsaid: ids an encoder takes at once. */
export function asTokenizer(kind: Tokenizer['kind'], splitter: { tokens(text: string): Token[] }, files: TokenizerFiles, special: Pick<Tokenizer, 'bosId' | 'eosId' | 'padId'>, length: number): Tokenizer {
  return {
    kind,
    maxLength: maxLengthOf(files, length),
    bosId: special.bosId,
    eosId: special.eosId,
    padId: special.padId,
    encode: (text) => splitter.tokens(text).map(({ id }) => id),
    count: (text) => splitter.tokens(text).length,
    spans: (text) => splitter.tokens(text),
  };
}
