import { listModels, readModelFolder } from '../../models';
import { DEFAULT_MODEL } from '../../prompt';
import { loadTokenizer } from '../../tokenizer';

/** How long a caption may be for a model. */
export interface CaptionLimit {
  /** Ids of a text, without start and end. */
  countTokens: (text: string) => number;
  /** Ids that fit, without start and end. */
  maxTokens: number;
}

/** By the strictest of the model's own tokenizers; `undefined` if no model of that name is here, or it has none. */
export async function captionLimit(model: string = DEFAULT_MODEL): Promise<CaptionLimit | undefined> {
  const found = (await listModels()).find(({ id }) => id === model);
  if (!found) return undefined;
  const { tokenizers } = await readModelFolder(found.dir, found.id);
  const limits = (await Promise.all(tokenizers.flatMap((folder) => folder ?? []).map(loadTokenizer))).map((tokenizer): CaptionLimit => ({
    countTokens: (text) => tokenizer.count(text),
    maxTokens: tokenizer.maxLength - (tokenizer.bosId === null ? 0 : 1) - (tokenizer.eosId === null ? 0 : 1),
  }));
  return limits.sort((a, b) => a.maxTokens - b.maxTokens)[0];
}
