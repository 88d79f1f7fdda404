/**
 * Text cut to the lengths an encoder takes. CLIP reads 77 tokens, two of them start and end: longer prompts become several
 * chunks of 75, each read for itself and joined afterwards (AUTOMATIC1111's way; `BREAK` starts a chunk early).
 */
import type { Tokenizer } from '../../tokenizer';
import type { Piece } from './pieces';

/** One encoder input: `length` ids with start, end and padding in place. */
export interface Chunk {
  readonly ids: readonly number[];
  /** Weight per id; 1 on start, end and padding. */
  readonly weights: readonly number[];
  /** 1 on everything but padding. */
  readonly mask: readonly number[];
}

export interface ChunkOptions {
  /** Ids per chunk, start and end included. */
  readonly length: number;
  /** `chunk`: as many chunks as it takes; `truncate`: one, and what does not fit is counted. */
  readonly longPrompt: 'chunk' | 'truncate';
  /** Chunks that each group has at least, the last ones empty; 1 unless said. */
  readonly least?: readonly number[];
}

export interface Chunks {
  readonly chunks: readonly Chunk[];
  /** Tokens in the text. */
  readonly tokens: number;
  /** Tokens that did not fit (only when truncating). */
  readonly dropped: number;
}

/** Cuts pieces into at least one chunk. */
export function chunksOf(groups: readonly (readonly Piece[])[], tokenizer: Tokenizer, options: ChunkOptions): Chunks {
  const specials = Number(tokenizer.bosId !== null) + Number(tokenizer.eosId !== null);
  const room = options.length - specials;
  const chunks: { ids: number[]; weights: number[] }[] = [];
  let tokens = 0;
  let dropped = 0;
  for (const [group, pieces] of (options.longPrompt === 'chunk' ? groups : [groups.flat()]).entries()) {
    const before = chunks.length;
    let current = { ids: [] as number[], weights: [] as number[] };
    chunks.push(current);
    for (const { text, weight } of pieces) {
      for (const id of tokenizer.encode(text)) {
        tokens++;
        if (current.ids.length === room) {
          if (options.longPrompt === 'truncate') {
            dropped++;
            continue;
          }
          current = { ids: [], weights: [] };
          chunks.push(current);
        }
        current.ids.push(id);
        current.weights.push(weight);
      }
    }
    while (chunks.length - before < (options.least?.[group] ?? 1)) chunks.push({ ids: [], weights: [] });
  }
  return { chunks: chunks.map(({ ids, weights }) => framed(ids, weights, tokenizer, options.length)), tokens, dropped };
}

function framed(ids: readonly number[], weights: readonly number[], tokenizer: Tokenizer, length: number): Chunk {
  const start = tokenizer.bosId === null ? [] : [tokenizer.bosId];
  const end = tokenizer.eosId === null ? [] : [tokenizer.eosId];
  const used = [...start, ...ids, ...end];
  const padding = Array.from({ length: length - used.length }, () => tokenizer.padId ?? tokenizer.eosId ?? 0);
  return {
    ids: [...used, ...padding],
    weights: [...start.map(() => 1), ...weights, ...end.map(() => 1), ...padding.map(() => 1)],
    mask: [...used.map(() => 1), ...padding.map(() => 0)],
  };
}
