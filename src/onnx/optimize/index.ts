/**
 * Rewrites of a graph that make it faster in ONNX Runtime on a processor, where its own optimizer leaves something to gain.
 * Each was measured before it was written. The result names operators of that runtime: it is a copy for one machine, never
 * what is shipped or trained.
 */
import { foldConstants } from '../fold.ts';
import type { Model } from '../model.ts';
import { fuseAttention } from './fuse-attention.ts';
import { fuseRmsNorm } from './fuse-rms-norm.ts';
import { unpackAttention } from './unpack-attention.ts';

export { fuseAttention, unpackAttention };

/** All rewrites, in order. Inputs, outputs and their names stay; values agree up to float32's rounding. */
export function optimizeForCpu(model: Model): Model {
  return fuseRmsNorm(fuseAttention(foldConstants(model)));
}
