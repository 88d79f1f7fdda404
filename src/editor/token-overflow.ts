import { readModelFolder } from '../models';
import { parsePromptAttention, parsePromptSchedule, type GenerateRequest } from '../prompt';
import { loadTokenizer, type Tokenizer } from '../tokenizer';

/** How much of a text its model does not read. */
export interface Overflow {
  part: 'prompt' | 'negative';
  tokens: number;
  /** Tokens the encoder reads, start and end not counted. */
  limit: number;
}

/** Counts with the model's own tokenizers; a text that CLIP reads in several runs does not overflow. */
export class TokenOverflow {
  private readonly loaded = new Map<string, Promise<Tokenizer[]>>();

  /** The longest overflow of each part over a block's requests. Rejects if the model's tokenizer cannot be read. */
  async of(requests: readonly GenerateRequest[]): Promise<Overflow[]> {
    const worst = new Map<Overflow['part'], Overflow>();
    for (const request of requests) {
      for (const tokenizer of await this.tokenizers(request.model.path)) {
        if (tokenizer.kind === 'clip' && request.longPrompt === 'chunk') continue;
        for (const [part, text] of [['prompt', request.prompt], ['negative', request.negativePrompt]] as const) {
          const tokens = longest(text, request, tokenizer);
          const limit = tokenizer.maxLength - (tokenizer.bosId === null ? 0 : 1) - (tokenizer.eosId === null ? 0 : 1);
          if (tokens > limit && tokens > (worst.get(part)?.tokens ?? 0)) worst.set(part, { part, tokens, limit });
        }
      }
    }
    return [...worst.values()];
  }

  private tokenizers(dir: string): Promise<Tokenizer[]> {
    const known = this.loaded.get(dir);
    if (known) return known;
    const loading = readModelFolder(dir).then(({ tokenizers }) => Promise.all(tokenizers.flatMap((folder) => folder ?? []).map(loadTokenizer)));
    this.loaded.set(dir, loading);
    loading.catch(() => this.loaded.delete(dir));
    return loading;
  }
}

/** Prompt editing makes several texts of one over its steps; the longest counts. Weights and `BREAK` are not read as words. */
function longest(text: string, { promptSyntax, steps }: GenerateRequest, tokenizer: Tokenizer): number {
  if (promptSyntax === 'plain') return tokenizer.count(text);
  const counts = parsePromptSchedule(text, steps).map(([, scheduled]) =>
    parsePromptAttention(scheduled).reduce((sum, [piece, weight]) => sum + (weight === -1 && piece === 'BREAK' ? 0 : tokenizer.count(piece)), 0),
  );
  return Math.max(0, ...counts);
}
