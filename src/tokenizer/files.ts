/** The files of a tokenizer folder, read and checked: `tokenizer.json`, `tokenizer_config.json`, `vocab.json` with `merges.txt`, `special_tokens_map.json`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** A tokenizer folder that cannot be used: one line, what and where. */
export class TokenizerError extends Error {
  override readonly name = 'TokenizerError';
}

const TokenConfig = z.union([
  z.string(),
  z.looseObject({ content: z.string(), normalized: z.boolean().optional(), lstrip: z.boolean().optional(), rstrip: z.boolean().optional(), single_word: z.boolean().optional() }),
]);
export type TokenConfig = z.infer<typeof TokenConfig>;

const namedToken = TokenConfig.nullish();
const SpecialTokens = z.looseObject({ bos_token: namedToken, eos_token: namedToken, unk_token: namedToken, pad_token: namedToken });

export const TokenizerConfig = SpecialTokens.extend({
  tokenizer_class: z.string().nullish(),
  model_max_length: z.number().refine((length) => length >= 3 && Number.isInteger(length), 'expected a whole number of tokens, start and end among them').nullish(),
  added_tokens_decoder: z.record(z.string(), z.looseObject({ content: z.string(), normalized: z.boolean().optional(), lstrip: z.boolean().optional(), rstrip: z.boolean().optional(), single_word: z.boolean().optional() })).nullish(),
});
export type TokenizerConfig = z.infer<typeof TokenizerConfig>;

const Step = z.looseObject({ type: z.string() });
const AddedTokenEntry = z.looseObject({ id: z.int(), content: z.string(), normalized: z.boolean().optional(), lstrip: z.boolean().optional(), rstrip: z.boolean().optional(), single_word: z.boolean().optional(), special: z.boolean().optional() });
export type AddedTokenEntry = z.infer<typeof AddedTokenEntry>;

const Vocabulary = z.record(z.string(), z.int().nonnegative());
export const BytePairJson = z.looseObject({
  type: z.literal('BPE').optional(),
  vocab: Vocabulary,
  merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  unk_token: z.string().nullish(),
  continuing_subword_prefix: z.string().nullish(),
  end_of_word_suffix: z.string().nullish(),
  fuse_unk: z.boolean().nullish(),
  byte_fallback: z.boolean().nullish(),
  ignore_merges: z.boolean().nullish(),
});
export type BytePairJson = z.infer<typeof BytePairJson>;

export const TokenizerJson = z.looseObject({
  added_tokens: z.array(AddedTokenEntry).default([]),
  normalizer: Step.nullish(),
  pre_tokenizer: Step.nullish(),
  model: z.looseObject({ type: z.string().optional(), vocab: z.unknown() }),
});
export type TokenizerJson = z.infer<typeof TokenizerJson>;

/** What a folder holds; a file that is not there is `null`. */
export interface TokenizerFiles {
  readonly dir: string;
  readonly config: TokenizerConfig;
  readonly json: TokenizerJson | null;
  /** From `vocab.json` and `merges.txt`. */
  readonly pairs: BytePairJson | null;
}

/** Reads a folder. Throws `TokenizerError` naming the file that is missing or wrong. */
export async function readTokenizerFiles(dir: string): Promise<TokenizerFiles> {
  const [config, specials, json, vocabulary, merges] = await Promise.all([
    readJson(join(dir, 'tokenizer_config.json'), TokenizerConfig),
    readJson(join(dir, 'special_tokens_map.json'), SpecialTokens),
    readJson(join(dir, 'tokenizer.json'), TokenizerJson),
    readJson(join(dir, 'vocab.json'), Vocabulary),
    readText(join(dir, 'merges.txt')),
  ]);
  const pairs = vocabulary === null || merges === null ? null : { vocab: vocabulary, merges: mergeLines(merges, join(dir, 'merges.txt')) };
  if (json === null && pairs === null) throw new TokenizerError(`${dir} holds neither tokenizer.json nor vocab.json with merges.txt; fetch the tokenizer's files again`);
  return { dir, config: TokenizerConfig.parse({ ...specials, ...config }), json, pairs };
}

/** No encoder of text reads more at once. */
const LONGEST = 1 << 17;

/** Ids an encoder takes at once, or `fallback`; transformers writes 10^30 for "no limit". */
export function maxLengthOf({ config }: TokenizerFiles, fallback: number): number {
  const length = config.model_max_length ?? Infinity;
  return length <= LONGEST ? length : fallback;
}

/** Lines of `left right`; the first may be a version comment. */
function mergeLines(text: string, path: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, '')).filter((line, i) => line !== '' && !(i === 0 && line.startsWith('#version')));
  if (lines.length > 0 && lines.every((line) => line.split(' ').length === 2)) return lines;
  throw new TokenizerError(`${path} is no list of pairs to merge; fetch it again`);
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new TokenizerError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

async function readJson<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T> | null> {
  const text = await readText(path);
  if (text === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TokenizerError(`${path} is not JSON (${(error as Error).message}); fetch it again`, { cause: error });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new TokenizerError(`${path}: ${issue?.path.join('.') || 'the file'} is wrong (${issue?.message ?? 'not understood'}); fetch it again`);
}
