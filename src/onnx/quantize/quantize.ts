/** A graph with some of its layers in integers. */
import { GraphBuilder } from '../builder.ts';
import { foldConstants } from '../fold.ts';
import { inlineFunctions } from '../inline.ts';
import type { Model } from '../model.ts';
import { inferTypes } from '../shapes/infer.ts';
import { upgradeOpset } from '../upgrade.ts';
import { LayerWriter } from './emit.ts';
import { findLayers, type Layer } from './layers.ts';
import type { WeightBits } from './weights.ts';

/** Shape with `start`, Reduce with axes as inputs, Split with `num_outputs`. */
const OPSET = 18;

/** The model as the passes of this folder take it: one operator set, no functions, sizes known where they can be. */
export function prepareForQuantization(model: Model): Model {
  return foldConstants(upgradeOpset(inlineFunctions(model), OPSET));
}

/** Layers that could be quantized, in the graph's order. `model` as `prepareForQuantization` returns it. */
export function quantizableLayers(model: Model): Layer[] {
  return findLayers(model, inferTypes(model));
}

/**
 * `model` with these of its layers in integers; everything else, names of inputs and outputs too, stays.
 * Weights are symmetric per output channel, activations are rounded at every run over the whole tensor, so pictures of one
 * batch are not independent of each other any more.
 */
export function quantizeLayers(model: Model, layers: readonly Layer[], bits: WeightBits): Model {
  const b = new GraphBuilder(model, 'int8');
  const writer = new LayerWriter(b, bits);
  for (const layer of layers) writer.write(layer, layer.name);
  return b.replace(new Set(layers.map(({ node }) => node)));
}
