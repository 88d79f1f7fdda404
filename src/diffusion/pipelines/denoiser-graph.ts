/**
 * A denoiser's graph as it is opened, whatever was done to it (LoRAs, soft tokens, attention fused for a processor, the scheduler's
 * step): its times are in float32 on every provider, and beside WebGPU its sines and cosines are the processor's.
 */
import { dirname } from 'node:path';
import { encodeModel, type Model } from '../../onnx';
import type { SessionOptions } from '../../runtime';
import { fusedModel } from './fused-graph';
import { MAGNITUDE_OUTPUT, withStep } from './step-graph';
import { withUnevenSides } from './uneven-sides';
import { namedWaves } from './waves';
import { wideTimes } from './wide-times';

/** What `openSession` takes for `model`, made of the graph at `file`, which is `own`: the file itself where nothing is changed. Weights stay where they lie. */
export function graphToOpen(file: string, own: Model, model: Model, provider: SessionOptions['provider']): Pick<SessionOptions, 'graph' | 'processorNodes'> {
  const wide = wideTimes(model);
  const { model: whole, names } = provider === 'webgpu' ? namedWaves(wide) : { model: wide, names: undefined };
  return { ...(whole !== own && { graph: encodeModel(whole, { externalFolder: dirname(file), inPlace: true }) }), ...(names && { processorNodes: names }) };
}

export interface DenoiserGraphOptions extends Pick<SessionOptions, 'provider'> {
  /** With the scheduler's step, every output but the one number left on the device. */
  readonly steps: boolean;
  /** For sides that do not halve evenly. */
  readonly unevenSides?: boolean;
  /** Is told why the graph takes no step, in a few words: then it is opened without. */
  refused(reason: string): void;
}

/** What `openSession` takes for the denoiser at `file`, which is `own`, as a whole; nothing if it cannot be changed, which opening it will say better. */
export function denoiserGraph(file: string, own: Model, { provider, steps, unevenSides = false, refused }: DenoiserGraphOptions): Pick<SessionOptions, 'graph' | 'processorNodes' | 'keeps' | 'memoryPattern'> {
  try {
    const model = unevenSides ? withUnevenSides(own) : own;
    const stepping = steps ? tried(() => withStep(model), refused) : undefined;
    if (stepping) return { ...graphToOpen(file, own, stepping, provider), keeps: stepping.graph.outputs.map(({ name }) => name).filter((name) => name !== MAGNITUDE_OUTPUT) };
    const onProcessor = provider === undefined || provider === 'auto' || provider === 'cpu';
    const opened = graphToOpen(file, own, onProcessor ? fusedModel(model) : model, provider);
    // As everywhere: the plan of all buffers as one block costs a large graph 140 MiB and gains it no time (recipes/bench/README.md).
    return { ...opened, ...(opened.graph && { memoryPattern: false }) };
  } catch {
    return {};
  }
}

function tried(make: () => Model, refused: (reason: string) => void): Model | undefined {
  try {
    return make();
  } catch (error) {
    refused(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}
