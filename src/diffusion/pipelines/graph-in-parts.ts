/**
 * A graph that is never in memory as a whole: its parts are opened in turn at every run and freed after it. Weights stay in
 * their file and are mapped from there, so that opening a part costs a tenth of a second, and what it reads comes from the
 * system's cache of files as long as there is room for it.
 */
import { dirname } from 'node:path';
import { encodeModel, OnnxError, readModel } from '../../onnx';
import { fuseAttention } from '../../onnx/optimize';
import { splitByWeights } from '../../onnx/split';
import { openSession, type Session, type SessionOptions, type Tensor, type ValueInfo } from '../../runtime';

/** Weights of a part, in bytes. Stable Diffusion 1.5's denoiser becomes four parts, SDXL's ten. */
const PART = 2 ** 30;

/**
 * Opens the graph at `file` in parts of about `maxBytes` of weights, on the processor; `undefined` if it is too small for
 * that or cannot be cut: then it is to be opened as it is.
 * Rejects with `RuntimeError` as `openSession` does: every part is opened once to see that it can be.
 */
export async function openInParts(file: string, options: Pick<SessionOptions, 'threads'>, maxBytes = PART): Promise<Session | undefined> {
  const graphs = await partsOf(file, maxBytes);
  if (!graphs) return undefined;
  const open = (graph: Uint8Array) => openSession(file, { ...options, provider: 'cpu', graph, mapped: true });
  const [inputs, outputs] = [new Map<string, ValueInfo>(), new Map<string, ValueInfo>()];
  let runtime = '';
  for (const graph of graphs.bytes) {
    const part = await open(graph);
    runtime = part.runtime;
    for (const [name, info] of part.inputs) if (graphs.inputs.has(name)) inputs.set(name, info);
    for (const [name, info] of part.outputs) if (graphs.outputs.has(name)) outputs.set(name, info);
    await part.release();
  }

  const run: Session['run'] = async (feeds, wanted = [...outputs.keys()]) => {
    const values = new Map(Object.entries(feeds));
    for (const graph of graphs.bytes) {
      const part = await open(graph);
      try {
        const own = [...part.inputs.keys()].flatMap((name) => (values.has(name) ? [[name, values.get(name)!] as const] : []));
        for (const [name, value] of Object.entries(await part.run(Object.fromEntries(own)))) values.set(name, value);
      } finally {
        await part.release();
      }
    }
    return Object.fromEntries(wanted.map((name) => [name, values.get(name) as Tensor]));
  };
  return { file, runtime, inputs, outputs, run, release: async () => undefined };
}

async function partsOf(file: string, maxBytes: number): Promise<{ bytes: Uint8Array[]; inputs: Set<string>; outputs: Set<string> } | undefined> {
  try {
    const model = await readModel(file);
    const parts = splitByWeights(fuseAttention(model), maxBytes);
    if (parts.length < 2) return undefined;
    const names = (infos: readonly { name: string }[]) => new Set(infos.map(({ name }) => name));
    return { bytes: parts.map((part) => encodeModel(part, { externalFolder: dirname(file), inPlace: true })), inputs: names(model.graph.inputs), outputs: names(model.graph.outputs) };
  } catch (error) {
    if (error instanceof OnnxError) return undefined;
    throw error;
  }
}
