/** Tokenizers of kinds that we have no rules of our own for, by @huggingface/tokenizers. */
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { maxLengthOf, TokenizerError, type TokenizerFiles } from './files';
import { specialTokens } from './special-tokens';
import type { Tokenizer } from './tokenizer';

export function libraryTokenizer(files: TokenizerFiles): Tokenizer {
  const library = open(files);
  const special = specialTokens(files, library.get_vocab(), { bos: null, eos: '</s>', unk: '<unk>', pad: '<pad>' });
  const encode = (text: string) => library.encode(text, { add_special_tokens: false }).ids;
  return {
    kind: files.json?.model.type === 'Unigram' ? 't5' : 'bpe',
    maxLength: maxLengthOf(files, 512),
    bosId: special.bosId,
    eosId: special.eosId,
    padId: special.padId,
    encode,
    count: (text) => encode(text).length,
  };
}

function open(files: TokenizerFiles): Library {
  try {
    return new Library(files.json ?? {}, files.config);
  } catch (error) {
    throw new TokenizerError(`${files.dir}/tokenizer.json cannot be used: ${(error as Error).message}`, { cause: error });
  }
}
