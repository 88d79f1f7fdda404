/** What rounding does to each layer, on the activations of a real drawing. */
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import type { ComponentName, ModelFolder } from '../../models';
import { writeModel } from '../../onnx';
import { PROBE, PROBE_RANK, probeLayers, type Layer, type WeightBits } from '../../onnx/quantize';
import type { GenerateRequest } from '../../prompt';
import { openSession, type Session, type Tensor } from '../../runtime';
import { draw, type DrawHooks } from '../pipelines/draw';
import { modelWith, type PartGraph } from './part-graphs';

export interface ObservedLayer {
  readonly part: ComponentName;
  readonly layer: Layer;
  /** Shape of its input at the last call. */
  readonly dims: readonly number[];
  /** Calls in the drawing. */
  readonly calls: number;
  /** `|rounded − exact| / |exact|` of its output over all calls, when it alone is rounded. */
  readonly error: number;
}

/** Draws `request` once with graphs that compute every layer both ways. Their files go below `dir`. */
export async function observeLayers(folder: ModelFolder, parts: readonly PartGraph[], request: GenerateRequest, bits: WeightBits, dir: string, options: { threads: number } & DrawHooks): Promise<ObservedLayer[]> {
  const files: Partial<Record<ComponentName, string>> = {};
  const tallies = new Map<ComponentName, Tally>();
  for (const { part, model, layers } of parts) {
    if (layers.length === 0) continue;
    const file = join(dir, part, 'model.onnx');
    await mkdir(join(dir, part), { recursive: true });
    await writeModel(probeLayers(model, layers, bits), file);
    files[part] = file;
    tallies.set(part, new Tally(layers.length));
  }
  const model = modelWith(folder, files, {
    threads: options.threads,
    open: async (part, file, session) => watched(await openSession(file, session), tallies.get(part)),
  });
  try {
    await draw(model, request, options);
  } finally {
    await model.dispose();
  }
  return parts.flatMap(({ part, layers }) => layers.map((layer, i) => ({ part, layer, ...tallies.get(part)!.of(i) })));
}

/** Adds up what the probes say, call by call. */
class Tally {
  private calls = 0;
  private shapes: readonly number[] = [];
  private readonly noise: Float64Array;
  private readonly signal: Float64Array;

  constructor(layers: number) {
    this.noise = new Float64Array(layers);
    this.signal = new Float64Array(layers);
  }

  add(results: Readonly<Record<string, Tensor>>): void {
    this.calls += 1;
    this.shapes = Array.from(results[PROBE.shapes]!.data as BigInt64Array, Number);
    (results[PROBE.noise]!.data as Float32Array).forEach((value, i) => (this.noise[i]! += value));
    (results[PROBE.signal]!.data as Float32Array).forEach((value, i) => (this.signal[i]! += value));
  }

  of(i: number): Pick<ObservedLayer, 'dims' | 'calls' | 'error'> {
    const dims = this.shapes.slice(i * PROBE_RANK, (i + 1) * PROBE_RANK);
    while (dims.at(-1) === 0) dims.pop();
    return { dims, calls: this.calls, error: this.signal[i] === 0 ? 0 : Math.sqrt(this.noise[i]! / this.signal[i]!) };
  }
}

function watched(session: Session, tally: Tally | undefined): Session {
  if (!tally) return session;
  const { file, runtime, inputs, outputs } = session;
  return {
    file, runtime, inputs, outputs,
    run: async (feeds, wanted = [...outputs.keys()]) => {
      const results = await session.run(feeds, [...new Set([...wanted, ...Object.values(PROBE)])]);
      tally.add(results);
      return results;
    },
    release: () => session.release(),
  };
}
