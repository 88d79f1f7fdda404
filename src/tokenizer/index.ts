/**
 * Tokenizers: text to the ids that a model was trained on, exactly as transformers makes them, in plain JavaScript. CLIP and
 * GPT-2-like byte-level BPE are ours; T5's unigram model runs in @huggingface/tokenizers. Used by pipelines and, to count as
 * you type, by the editor and the command line, so nothing here needs a runtime.
 */
export { loadTokenizer } from './load-tokenizer';
export { TokenizerError } from './files';
export type { Token, Tokenizer } from './tokenizer';
