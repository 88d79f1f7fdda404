/** How fast each layer is both ways, alone, at the size that it has in a drawing. */
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { extractSubgraph, writeModel, type Model } from '../../onnx';
import { prepareForQuantization, quantizableLayers, quantizeLayers, type WeightBits } from '../../onnx/quantize';
import { elementCount, openSession, tensor, type Session } from '../../runtime';
import type { ObservedLayer } from './layer-errors';
import type { PartGraph } from './part-graphs';

/** Milliseconds of one call. */
export interface Gain {
  readonly exact: number;
  readonly rounded: number;
}

/** Weights below this many are not worth a node more. */
const SMALLEST = 1024;
const ROUNDS = 9;
/** Milliseconds after which a layer has been measured enough. */
const ENOUGH = 400;

/** Whether rounding pays: more than the timing's own scatter. */
export function pays({ exact, rounded }: Gain): boolean {
  return rounded < 0.95 * exact;
}

/**
 * Measures every layer, those of one shape once, and asks `checkpoint` before each. The best of several runs in turn
 * counts: another process can only make a run slower.
 */
export async function measureGains(parts: readonly PartGraph[], observed: readonly ObservedLayer[], bits: WeightBits, dir: string, options: { threads: number; checkpoint: (done: number) => Promise<void> }): Promise<(Gain | undefined)[]> {
  const known = new Map<string, Gain>();
  const gains: (Gain | undefined)[] = [];
  for (const { part, layer, dims } of observed) {
    const { k, n, window } = layer;
    const key = JSON.stringify([k, n, window, dims]);
    if (k * n >= SMALLEST && dims.length > 1 && !known.has(key)) {
      await options.checkpoint(gains.length);
      const { model } = parts.find((graph) => graph.part === part)!;
      known.set(key, await measureLayer(model, layer, dims, bits, dir, options.threads));
    }
    gains.push(known.get(key));
  }
  return gains;
}

async function measureLayer(model: Model, layer: ObservedLayer['layer'], dims: readonly number[], bits: WeightBits, dir: string, threads: number): Promise<Gain> {
  const alone = extractSubgraph(model, { inputs: [layer.input], outputs: [layer.name] });
  const exact = prepareForQuantization({ ...alone, graph: { ...alone.graph, inputs: alone.graph.inputs.map((input) => (input.name === layer.input ? { ...input, shape: dims } : input)) } });
  const rounded = quantizeLayers(exact, quantizableLayers(exact), bits);
  const files = ['exact', 'rounded'].map((name) => join(dir, `${name}.onnx`)) as [string, string];
  const sessions: Session[] = [];
  try {
    for (const [i, graph] of [exact, rounded].entries()) {
      await writeModel(graph, files[i]!);
      sessions.push(await openSession(files[i]!, { provider: 'cpu', threads }));
    }
    const feeds = { [layer.input]: tensor(activations(elementCount(dims)), dims) };
    const best = sessions.map(() => Infinity);
    const started = performance.now();
    for (let round = 0; round < ROUNDS && (round < 3 || performance.now() - started < ENOUGH); round++) {
      for (const [i, session] of sessions.entries()) {
        const before = performance.now();
        await session.run(feeds);
        if (round > 0) best[i] = Math.min(best[i]!, performance.now() - before);
      }
    }
    return { exact: best[0]!, rounded: best[1]! };
  } finally {
    for (const session of sessions) await session.release();
    for (const file of files) await rm(file, { force: true });
  }
}

/** Values of both signs, none special: time does not depend on them. */
function activations(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => ((i * 37) % 101) / 50 - 1);
}
