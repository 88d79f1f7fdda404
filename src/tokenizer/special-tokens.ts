/** Which tokens of a folder are special, with what flags, and which of them start, end and pad. */
import type { AddedToken } from './added-tokens';
import type { TokenConfig, TokenizerFiles } from './files';

/** Names that a tokenizer class gives its special tokens when the folder does not; `null`: none. */
export interface SpecialDefaults {
  readonly bos: string | null;
  readonly eos: string | null;
  readonly unk: string | null;
  readonly pad: string | null;
}

export interface SpecialTokens {
  readonly added: readonly AddedToken[];
  readonly bosId: number | null;
  readonly eosId: number | null;
  readonly padId: number | null;
  readonly unkId: number | null;
}

/**
 * The flags of `tokenizer.json` and of the configuration's `added_tokens_decoder` stand. Without these, transformers goes
 * through start, end, unknown and padding token, the later replacing the earlier of the same text, and a token given as bare
 * text is looked for before normalisation; that is how "!" of SDXL's second tokenizer becomes special inside "wow!!".
 */
export function specialTokens(files: TokenizerFiles, vocabulary: ReadonlyMap<string, number>, defaults: SpecialDefaults): SpecialTokens {
  const { config, json } = files;
  const known = new Map<string, AddedToken>();
  for (const entry of json?.added_tokens ?? []) known.set(entry.content, flagged(entry, entry.id));
  for (const [id, entry] of Object.entries(config.added_tokens_decoder ?? {})) known.set(entry.content, flagged(entry, Number(id)));
  const fixed = new Set(known.keys());
  const idOf = (content: string) => known.get(content)?.id ?? vocabulary.get(content) ?? null;
  const ids = [[config.bos_token, defaults.bos], [config.eos_token, defaults.eos], [config.unk_token, defaults.unk], [config.pad_token, defaults.pad]] as const;
  const [bosId, eosId, unkId, padId] = ids.map(([given, fallback]) => {
    const token = given ?? fallback;
    if (token === null) return null;
    const content = typeof token === 'string' ? token : token.content;
    const id = idOf(content);
    if (id !== null && !fixed.has(content)) known.set(content, flagged(token, id));
    return id;
  });
  return { added: [...known.values()], bosId: bosId ?? null, eosId: eosId ?? null, unkId: unkId ?? null, padId: padId ?? null };
}

function flagged(token: TokenConfig, id: number): AddedToken {
  if (typeof token === 'string') return { id, content: token, normalized: false, lstrip: false, rstrip: false, singleWord: false };
  return {
    id,
    content: token.content,
    normalized: token.normalized ?? false,
    lstrip: token.lstrip ?? false,
    rstrip: token.rstrip ?? false,
    singleWord: token.single_word ?? false,
  };
}
