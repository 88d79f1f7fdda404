/** Reads a tokenizer folder and picks who encodes: our byte-level BPE and unigram models where they apply, @huggingface/tokenizers for the rest. */
import { byteLevelTokenizer, clipTokenizer } from './byte-level';
import { readTokenizerFiles, TokenizerError, type TokenizerFiles } from './files';
import { libraryTokenizer } from './library-tokenizer';
import { unigramTokenizer } from './unigram';
import type { Tokenizer } from './tokenizer';

/**
 * Loads the tokenizer in `dir`: `tokenizer.json`, or `vocab.json` and `merges.txt`, with `tokenizer_config.json`.
 * Throws `TokenizerError` (one line naming the file) when they are missing, malformed or of a kind that is not supported.
 */
export async function loadTokenizer(dir: string): Promise<Tokenizer> {
  const files = await readTokenizerFiles(dir);
  if (isClip(files)) return clipTokenizer(files);
  if (files.json === null) throw new TokenizerError(`${dir}: vocab.json and merges.txt are read for CLIP tokenizers only, and this is ${files.config.tokenizer_class ?? 'unnamed'}; add its tokenizer.json`);
  return byteLevelTokenizer(files) ?? unigramTokenizer(files) ?? libraryTokenizer(files);
}

/** By the class the folder names; without one, by CLIP's mark of a word's end. */
function isClip({ config, json, pairs }: TokenizerFiles): boolean {
  if (config.tokenizer_class) return /^CLIPTokenizer(Fast)?$/.test(config.tokenizer_class);
  if (json === null) return pairs !== null && '<|startoftext|>' in pairs.vocab;
  return json.model.end_of_word_suffix === '</w>';
}
