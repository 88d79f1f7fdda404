/**
 * A graph that is never in memory as a whole: its parts are opened in turn at every run and freed after it, but for the last one
 * if there is room to keep it. Weights of the others stay in their file and are mapped from there, so that opening a part costs
 * a tenth of a second, and what it reads comes from the system's cache of files as long as there is room for it.
 */
import { dirname } from 'node:path';
import { encodeModel, readModel, type Model } from '../../onnx';
import { evenShares, splitByShares, weightBytes } from '../../onnx/split';
import { openSession, type Session, type SessionOptions, type Tensor, type ValueInfo } from '../../runtime';
import { fusedModel } from './fused-graph';
import { withUnevenSides } from './uneven-sides';
import { wideTimes } from './wide-times';

export interface PartsOptions extends Pick<SessionOptions, 'threads'> {
  /**
   * Bytes of weights up to which a graph stays whole, and what a part holds that comes and goes; 1 GiB unless said: Stable
   * Diffusion 1.5's denoiser becomes four parts, SDXL's ten. Beside a half that stays, parts are a quarter of that.
   */
  readonly largeBytes?: number;
  /** Half of the weights stay, laid out for the processor: the last ones, where a UNet computes most. */
  readonly half?: boolean;
  /** The graph in place of the file's own, its weights where they lie. */
  readonly model?: Model;
  /** For sides that do not halve evenly. */
  readonly unevenSides?: boolean;
}

/**
 * Opens the graph at `file` in parts, on the processor; `undefined` if it is no larger than `largeBytes`, or cannot be cut: then it
 * is to be opened as it is.
 * Rejects with `RuntimeError` as `openSession` does: every part is opened once to see that it can be.
 */
export async function openInParts(file: string, { threads, largeBytes = 2 ** 30, half = false, model, unevenSides = false }: PartsOptions): Promise<Session | undefined> {
  const graphs = await partsOf(file, largeBytes, half, model, unevenSides);
  if (!graphs) return undefined;
  const open = ({ graph, stays }: Part) => openSession(file, { threads, provider: 'cpu', graph, ...(stays ? { memoryPattern: false } : { mapped: true }) });
  const [inputs, outputs] = [new Map<string, ValueInfo>(), new Map<string, ValueInfo>()];
  const staying = new Map<Part, Session>();
  let runtime = '';
  for (const part of graphs.parts) {
    const session = await open(part);
    runtime = session.runtime;
    for (const [name, info] of session.inputs) if (graphs.inputs.has(name)) inputs.set(name, info);
    for (const [name, info] of session.outputs) if (graphs.outputs.has(name)) outputs.set(name, info);
    if (part.stays) staying.set(part, session);
    else await session.release();
  }

  const run: Session['run'] = async (feeds, wanted = [...outputs.keys()]) => {
    const values = new Map(Object.entries(feeds));
    for (const part of graphs.parts) {
      const session = staying.get(part) ?? (await open(part));
      try {
        const own = [...session.inputs.keys()].flatMap((name) => (values.has(name) ? [[name, values.get(name)!] as const] : []));
        for (const [name, value] of Object.entries(await session.run(Object.fromEntries(own)))) values.set(name, value);
      } finally {
        if (!part.stays) await session.release();
      }
    }
    return Object.fromEntries(wanted.map((name) => [name, values.get(name) as Tensor]));
  };
  const release = async () => {
    for (const session of staying.values()) await session.release();
    staying.clear();
  };
  return { file, runtime, inputs, outputs, run, release };
}

interface Part {
  readonly graph: Uint8Array;
  readonly stays: boolean;
}

async function partsOf(file: string, largeBytes: number, half: boolean, given: Model | undefined, unevenSides: boolean): Promise<{ parts: Part[]; inputs: Set<string>; outputs: Set<string> } | undefined> {
  try {
    const own = given ?? (await readModel(file));
    if (weightBytes(own) <= largeBytes) return undefined;
    const model = unevenSides ? withUnevenSides(own) : own;
    const graphs = splitByShares(fusedModel(wideTimes(model), 0), half ? [...evenShares(model, 0.5, largeBytes / 4), 0.5] : evenShares(model, 1, largeBytes));
    if (graphs.length < 2) return undefined;
    const names = (infos: readonly { name: string }[]) => new Set(infos.map(({ name }) => name));
    const parts = graphs.map((graph, i) => ({ graph: encodeModel(graph, { externalFolder: dirname(file), inPlace: true }), stays: half && i === graphs.length - 1 }));
    return { parts, inputs: names(model.graph.inputs), outputs: names(model.graph.outputs) };
  } catch {
    return undefined; // what is wrong with it, opening it as it is says better
  }
}
