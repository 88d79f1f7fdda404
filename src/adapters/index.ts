/**
 * Files that change what a model does: soft tokens, and LoRA with its relatives. A file is read and checked here, by its
 * content, and brought into a graph by surgery in `onnx/`'s terms; nothing here runs a model. What a bank says at a time
 * (`tokensAt`) is plain arithmetic, so that drawing and training share it.
 */
export { readAdapter, type AdapterFile } from './adapter-file';
export { applyLoras, type LoraUse } from './apply-loras';
export { AdapterError } from './error';
export type { AttentionKind } from './find-attention';
export { chooseBlocks, injectSoftTokens, SOFT_TOKEN_BIAS_INPUT, SOFT_TOKENS_INPUT, tokenPlaces, type InjectOptions, type TokenPlaces } from './inject-soft-tokens';
export { readLora, type LoraFile, type LoraLayer } from './lora-file';
export type { LoraPart } from './lora-keys';
export { readSoftTokens, SoftTokenProvenance, writeSoftTokens, type SoftTokenFile } from './soft-token-file';
export { largestCosine, tokensAt, trainableCount, type SoftTokens } from './soft-tokens';
export { timeRows, timeWeights, TIME_EMBEDDINGS, type TimeEmbedding } from './time-embedding';
