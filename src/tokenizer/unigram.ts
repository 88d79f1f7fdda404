/** Makes a unigram tokenizer of a folder whose `tokenizer.json` asks for nothing but T5's rules. */
import { z } from 'zod';
import { asTokenizer } from './as-tokenizer';
import type { Normalizer } from './byte-level-tokenizer';
import { Charsmap } from './charsmap';
import type { TokenizerFiles } from './files';
import { specialTokens } from './special-tokens';
import type { Tokenizer } from './tokenizer';
import { UnigramTokenizer } from './unigram-tokenizer';

const Model = z.looseObject({
  type: z.literal('Unigram'),
  unk_id: z.int().nonnegative(),
  vocab: z.array(z.tuple([z.string(), z.number()])),
  byte_fallback: z.literal(false).nullish(),
});
const Precompiled = z.looseObject({ type: z.literal('Precompiled'), precompiled_charsmap: z.base64() });
const Metaspace = z.looseObject({ type: z.literal('Metaspace'), replacement: z.literal('▁'), prepend_scheme: z.literal('always').optional(), add_prefix_space: z.literal(true).optional(), split: z.literal(true).optional() });
const Words = z.looseObject({ type: z.literal('Sequence'), pretokenizers: z.tuple([z.looseObject({ type: z.literal('WhitespaceSplit') }), Metaspace]) });

/** The tokenizer that `tokenizer.json` describes, or `null` if it needs a rule that is not here. */
export function unigramTokenizer(files: TokenizerFiles): Tokenizer | null {
  const model = Model.safeParse(files.json?.model).data;
  const normalizers = normalizersOf(files.json?.normalizer);
  if (!model || normalizers === null || !Words.safeParse(files.json?.pre_tokenizer).success) return null;
  const special = specialTokens(files, new Map(model.vocab.map(([piece], id) => [piece, id])), { bos: null, eos: '</s>', unk: '<unk>', pad: '<pad>' });
  const tokenizer = new UnigramTokenizer({ added: special.added, normalizers, pieces: model.vocab, unknownId: model.unk_id });
  return asTokenizer('t5', tokenizer, files, special, 512);
}

function normalizersOf(step: { type: string } | null | undefined): Normalizer[] | null {
  if (!step) return [];
  const precompiled = Precompiled.safeParse(step).data;
  if (!precompiled) return null;
  const charsmap = new Charsmap(Buffer.from(precompiled.precompiled_charsmap, 'base64'));
  return [(text) => charsmap.normalize(text)];
}
