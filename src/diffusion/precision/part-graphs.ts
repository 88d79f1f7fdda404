/** The graphs of a model that are worth rounding: the one that runs at every step, and the decoder. */
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import type { ComponentName, ModelFolder } from '../../models';
import { readModel, writeModel, type Model } from '../../onnx';
import { optimizeForCpu } from '../../onnx/optimize';
import { prepareForQuantization, quantizableLayers, quantizeLayers, type Layer, type WeightBits } from '../../onnx/quantize';
import { openSession } from '../../runtime';
import { LoadedModel, type LoadOptions } from '../pipelines/loaded-model';

export interface PartGraph {
  readonly part: ComponentName;
  readonly model: Model;
  readonly layers: readonly Layer[];
}

/** Text encoders run once per prompt and their answers are kept, encoders of pictures once per picture: nothing to gain there. */
const ROUNDED_PARTS: readonly ComponentName[] = ['unet', 'transformer', 'vae_decoder'];

export async function readPartGraphs(folder: ModelFolder): Promise<PartGraph[]> {
  const parts: PartGraph[] = [];
  for (const part of ROUNDED_PARTS) {
    const component = folder.components[part];
    if (!component) continue;
    const model = prepareForQuantization(await readModel(component.file));
    parts.push({ part, model, layers: quantizableLayers(model) });
  }
  return parts;
}

/** Where each part's graph lies, for parts that are not the folder's own. */
export type PartFiles = Readonly<Partial<Record<ComponentName, string>>>;

/** Writes `PART/model.onnx` below `dir` for every part, with the layers for which `rounds` holds in integers. */
export async function writePartGraphs(parts: readonly PartGraph[], dir: string, bits: WeightBits, rounds: (layer: Layer) => boolean): Promise<PartFiles> {
  const files: Partial<Record<ComponentName, string>> = {};
  for (const { part, model, layers } of parts) {
    files[part] = await writeGraph(optimizeForCpu(quantizeLayers(model, layers.filter(rounds), bits)), dir, part);
  }
  return files;
}

/** Writes one graph with its weights beside it, so that it needs no other file. */
export async function writeGraph(model: Model, dir: string, part: ComponentName): Promise<string> {
  const file = join(dir, part, 'model.onnx');
  await mkdir(join(dir, part), { recursive: true });
  await writeModel(standingAlone(model), file);
  return file;
}

/** Weights that lay in a file of their own become the graph's. */
function standingAlone(model: Model): Model {
  const initializers = new Map([...model.graph.initializers].map(([name, tensor]) => [name, tensor.data.kind === 'file' ? { ...tensor, data: { ...tensor.data, external: false } } : tensor] as const));
  return { ...model, graph: { ...model.graph, initializers } };
}

/** The model with other graphs in place of some of its own. */
export function modelWith(folder: ModelFolder, files: PartFiles, options: Pick<LoadOptions, 'threads' | 'open'>): LoadedModel {
  const components = { ...folder.components };
  for (const [part, file] of Object.entries(files) as [ComponentName, string][]) components[part] = { ...components[part]!, file };
  return new LoadedModel({ ...folder, components }, { provider: 'cpu', memoryTier: 'keep-all', open: (_part, file, session) => openSession(file, session), ...options });
}
