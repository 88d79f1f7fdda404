/** Pipelines: requests in, pixels out. */
export type { DrawHooks, Drawing } from './draw';
export { MEMORY_TIERS, type MemoryTier } from './loaded-model';
export { Pipelines, type PipelinesOptions } from './pipelines';
