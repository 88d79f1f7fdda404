/**
 * Smaller and faster copies of a graph. `quantizeLayers` puts products with constant weights into 8-bit integers,
 * `probeLayers` measures beforehand what that does to each of them, `halveWeights` stores weights in half precision. Which
 * layers are worth it is for whoever can run the graph to say: nothing here runs anything.
 */
export { halveWeights } from './half.ts';
export type { Layer, Window } from './layers.ts';
export { PROBE, PROBE_RANK, probeLayers } from './probe.ts';
export { prepareForQuantization, quantizableLayers, quantizeLayers } from './quantize.ts';
export type { WeightBits } from './weights.ts';
