/** Makes a byte-level BPE tokenizer of a folder: CLIP by its class, others when `tokenizer.json` asks for nothing but what is here. */
import { z } from 'zod';
import { asTokenizer } from './as-tokenizer';
import { ByteLevelTokenizer, CLIP_WORDS, GPT2_WORDS, lowerCase, nfc, singleSpaces, type Normalizer } from './byte-level-tokenizer';
import type { BytePairModel } from './byte-pairs';
import { BytePairJson, TokenizerError, type TokenizerFiles } from './files';
import { specialTokens, type SpecialDefaults } from './special-tokens';
import type { Tokenizer } from './tokenizer';

const CLIP_DEFAULTS: SpecialDefaults = { bos: '<|startoftext|>', eos: '<|endoftext|>', unk: '<|endoftext|>', pad: '<|endoftext|>' };
const NO_DEFAULTS: SpecialDefaults = { bos: null, eos: null, unk: null, pad: null };

/** CLIP's tokenizer, from either pair of files; its rules are those of the class, whatever `tokenizer.json` repeats of them. */
export function clipTokenizer(files: TokenizerFiles): Tokenizer {
  const model = pairsOf(files);
  const vocabulary = new Map(Object.entries(model.vocab));
  const special = specialTokens(files, vocabulary, CLIP_DEFAULTS);
  const tokenizer = new ByteLevelTokenizer({
    added: special.added,
    normalizers: [nfc, singleSpaces, lowerCase],
    words: [CLIP_WORDS, GPT2_WORDS],
    prefixSpace: false,
    model: { ...modelOf(model, vocabulary), wordEnd: '</w>', unknownId: special.unkId },
  });
  return asTokenizer('clip', tokenizer, files, special, 77);
}

/** The tokenizer that `tokenizer.json` describes, or `null` if it needs a rule that is not here. */
export function byteLevelTokenizer(files: TokenizerFiles): Tokenizer | null {
  if (files.json === null) return null;
  const normalizers = normalizersOf(files.json.normalizer);
  const words = wordsOf(files.json.pre_tokenizer);
  const json = BytePairJson.safeParse(files.json.model);
  if (normalizers === null || words === null || !json.success) return null;
  if (json.data.fuse_unk || json.data.byte_fallback || json.data.continuing_subword_prefix) return null;
  const vocabulary = new Map(Object.entries(json.data.vocab));
  const special = specialTokens(files, vocabulary, NO_DEFAULTS);
  const unknownId = json.data.unk_token ? vocabulary.get(json.data.unk_token) ?? null : null;
  const tokenizer = new ByteLevelTokenizer({ added: special.added, normalizers, ...words, model: { ...modelOf(json.data, vocabulary), unknownId } });
  return asTokenizer('bpe', tokenizer, files, special, 512);
}

function pairsOf(files: TokenizerFiles): BytePairJson {
  const json = files.json === null ? files.pairs : BytePairJson.safeParse(files.json.model).data ?? files.pairs;
  if (json === null) throw new TokenizerError(`${files.dir}/tokenizer.json is a CLIP tokenizer without BPE vocabulary; fetch it again`);
  return json;
}

function modelOf(json: BytePairJson, vocabulary: ReadonlyMap<string, number>): Omit<BytePairModel, 'unknownId'> {
  const ranks = new Map(json.merges.map((merge, rank) => [typeof merge === 'string' ? merge : merge.join(' '), rank]));
  return { vocabulary, ranks, wordEnd: json.end_of_word_suffix ?? '', ignoreMerges: json.ignore_merges ?? false };
}

const Sequence = z.looseObject({ normalizers: z.array(z.looseObject({ type: z.string() })) });
const Replace = z.looseObject({ pattern: z.looseObject({ Regex: z.literal('\\s+') }), content: z.literal(' ') });
const ByteLevel = z.looseObject({ type: z.literal('ByteLevel'), add_prefix_space: z.boolean().default(true), use_regex: z.boolean().default(true) });

function normalizersOf(step: { type: string } | null | undefined): Normalizer[] | null {
  if (!step) return [];
  switch (step.type) {
    case 'NFC': return [nfc];
    case 'Lowercase': return [lowerCase];
    case 'Replace': return Replace.safeParse(step).success ? [singleSpaces] : null;
    case 'Sequence': {
      const steps = Sequence.safeParse(step).data?.normalizers.map(normalizersOf) ?? [null];
      return steps.some((inner) => inner === null) ? null : steps.flatMap((inner) => inner ?? []);
    }
    default: return null;
  }
}

function wordsOf(step: { type: string } | null | undefined): { words: RegExp[]; prefixSpace: boolean } | null {
  const byteLevel = ByteLevel.safeParse(step).data;
  return byteLevel ? { words: byteLevel.use_regex ? [GPT2_WORDS] : [], prefixSpace: byteLevel.add_prefix_space } : null;
}
