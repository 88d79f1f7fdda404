/** Pipelines: requests in, pixels out. */
export type { DrawHooks, Drawing } from './draw';
export { latentCount, latentShape, type LatentShape } from './latent-space';
export { MEMORY_TIERS, type LoadedModel, type MemoryTier } from './loaded-model';
export { averaged, planesToRgb, rgbToPlanes } from './planes';
export { Pipelines, type PipelinesOptions } from './pipelines';
