/** What rounding does to each layer, measured on the real activations of one run. */
import { GraphBuilder } from '../builder.ts';
import type { Model } from '../model.ts';
import { LayerWriter } from './emit.ts';
import type { Layer } from './layers.ts';
import type { WeightBits } from './weights.ts';

/** Names of the outputs that `probeLayers` adds. */
export const PROBE = { noise: 'probe.noise', signal: 'probe.signal', shapes: 'probe.shapes' } as const;
/** Numbers per layer in `probe.shapes`; ranks below end in zeros. */
export const PROBE_RANK = 4;

/**
 * `model` with every layer also computed in integers from the same input, and three outputs: `probe.noise` and
 * `probe.signal`, float32 `[layers]`, the sums of squares of the difference and of the layer itself; and `probe.shapes`,
 * int64 `[layers · 4]`, the shapes of the layers' inputs.
 */
export function probeLayers(model: Model, layers: readonly Layer[], bits: WeightBits): Model {
  const b = new GraphBuilder(model, 'probe');
  const writer = new LayerWriter(b, bits);
  const total = (value: string) => b.op('Reshape', [b.op('ReduceSumSquare', [value], { keepdims: 1 }), b.int64([1])]);
  const parts = layers.map((layer) => {
    const exact = b.cast(layer.name, 'float32');
    const noise = total(b.sub(b.cast(writer.write(layer), 'float32'), exact));
    const rest = Array.from({ length: PROBE_RANK - b.rankOf(layer.input) }, () => 0);
    const shape = b.concat([b.op('Shape', [layer.input]), ...(rest.length > 0 ? [b.int64(rest)] : [])], 0);
    return { noise, signal: total(exact), shape };
  });
  b.op('Concat', parts.map(({ noise }) => noise), { axis: 0 }, { as: PROBE.noise });
  b.op('Concat', parts.map(({ signal }) => signal), { axis: 0 }, { as: PROBE.signal });
  b.op('Concat', parts.map(({ shape }) => shape), { axis: 0 }, { as: PROBE.shapes });
  return b.finish(Object.values(PROBE));
}
