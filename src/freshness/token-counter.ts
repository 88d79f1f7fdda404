/** Counts what a model's encoders read of a request, with the model's own tokenizers and without its weights. */
import { basename } from 'node:path';
import { readModelFolder } from '../models';
import { parsePromptAttention, parsePromptSchedule, type GenerateRequest } from '../prompt';
import { loadTokenizer, type Tokenizer } from '../tokenizer';

export interface TokenCount {
  part: 'prompt' | 'negative';
  /** The tokenizer's folder: `tokenizer`, `tokenizer_2`, … */
  encoder: string;
  /** Tokens of the longest text that the part becomes, start and end not counted. */
  tokens: number;
  /** Tokens the encoder takes at once. */
  limit: number;
  /** Runs of the encoder that the text is split into; 1 if it fits, or cannot be split. */
  chunks: number;
  /** Tokens that are not read. */
  over: number;
}

/** One counter reads a model's tokenizers once. It rejects if they cannot be read, and tries again when asked again. */
export class TokenCounter {
  private readonly loaded = new Map<string, Promise<{ encoder: string; tokenizer: Tokenizer }[]>>();

  /** For each part and encoder the longest over these requests; an empty negative prompt is left out. */
  async longest(requests: readonly GenerateRequest[]): Promise<TokenCount[]> {
    const worst = new Map<string, TokenCount>();
    for (const request of requests) {
      for (const count of await this.count(request)) {
        const key = `${count.part} ${count.encoder}`;
        if (count.tokens > (worst.get(key)?.tokens ?? -1)) worst.set(key, count);
      }
    }
    return [...worst.values()];
  }

  private async count(request: GenerateRequest): Promise<TokenCount[]> {
    const counts: TokenCount[] = [];
    for (const { encoder, tokenizer } of await this.tokenizersOf(request.model.path)) {
      for (const [part, text] of [['prompt', request.prompt], ['negative', request.negativePrompt]] as const) {
        if (part === 'negative' && text === '') continue;
        const [first, ...others] = textsOf(text, request).map((one) => countText(one, tokenizer, request));
        if (first) counts.push({ part, encoder, ...others.reduce((most, one) => (one.tokens > most.tokens ? one : most), first) });
      }
    }
    return counts;
  }

  private tokenizersOf(dir: string): Promise<{ encoder: string; tokenizer: Tokenizer }[]> {
    const known = this.loaded.get(dir);
    if (known) return known;
    const loading = readModelFolder(dir).then(({ tokenizers }) =>
      Promise.all(tokenizers.flatMap((folder) => (folder === undefined ? [] : [loadTokenizer(folder).then((tokenizer) => ({ encoder: basename(folder), tokenizer }))]))),
    );
    this.loaded.set(dir, loading);
    loading.catch(() => this.loaded.delete(dir));
    return loading;
  }
}

/** The texts that prompt editing makes of one over its steps. */
function textsOf(text: string, { promptSyntax, steps }: GenerateRequest): string[] {
  return promptSyntax === 'plain' ? [text] : parsePromptSchedule(text, steps).map(([, scheduled]) => scheduled);
}

/** `BREAK` (weight −1) begins a new run of the encoder; what A1111 splits at its limit, CLIP reads in several runs. */
function countText(text: string, tokenizer: Tokenizer, { promptSyntax, longPrompt }: GenerateRequest): Omit<TokenCount, 'part' | 'encoder'> {
  const limit = tokenizer.maxLength - (tokenizer.bosId === null ? 0 : 1) - (tokenizer.eosId === null ? 0 : 1);
  const canSplit = tokenizer.kind === 'clip' && longPrompt === 'chunk';
  const runs = [0];
  for (const [piece, weight] of promptSyntax === 'plain' ? [[text, 1] as const] : parsePromptAttention(text)) {
    if (weight === -1 && piece === 'BREAK') runs.push(0);
    else runs.push((runs.pop() ?? 0) + tokenizer.count(piece));
  }
  const tokens = runs.reduce((sum, run) => sum + run, 0);
  if (canSplit) return { tokens, limit, chunks: runs.reduce((sum, run) => sum + Math.max(1, Math.ceil(run / limit)), 0), over: 0 };
  return { tokens, limit, chunks: 1, over: Math.max(0, tokens - limit) };
}
