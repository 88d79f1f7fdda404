import type { Token } from './byte-level-tokenizer';

export type { Token };

/** Text to token ids, as the model's own tokenizer makes them. */
export interface Tokenizer {
  readonly kind: 'clip' | 't5' | 'bpe';
  /** Ids an encoder takes at once, start and end included. */
  readonly maxLength: number;
  /** `null` where the tokenizer has none. */
  readonly bosId: number | null;
  readonly eosId: number | null;
  readonly padId: number | null;
  /** Ids of a text, without start, end and padding. */
  encode(text: string): number[];
  /** Number of ids of a text, without start and end. */
  count(text: string): number;
  /** Ids with the part of the text that each stands for (UTF-16 units); absent where the tokenizer cannot tell. */
  spans?(text: string): Token[];
}
