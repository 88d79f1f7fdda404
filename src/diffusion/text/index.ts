/** Conditioning: what a prompt becomes before the denoiser sees it. */
export { encodeText, knownTexts, type TextModel, type TextRole, type TextSettings } from './encode-text';
export { TextEncoder } from './text-encoder';
export type { SoftFeed, TextEncoding } from './text-encoding';
export { conditioned, planText, type TextPlan } from './text-plan';
