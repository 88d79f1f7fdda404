/** Modules of an exported graph under the names that LoRA files have for them. */
import type { Graph } from '../onnx';
import type { LoraLayer } from './lora-file';
import { findLayers, type GraphLayer } from './find-layers';
import { fromSgm } from './sgm-names';

export class LoraModules {
  private readonly dotted = new Map<string, GraphLayer>();
  private readonly underscored = new Map<string, GraphLayer>();
  private readonly resnetsPerBlock: number;

  constructor(graph: Graph) {
    const layers = findLayers(graph);
    // Exporters put the names of wrappers before all paths, and transformers 5 has left out `text_model.`.
    const common = commonStart(layers.map(({ paths }) => paths[0]!.split('.')));
    const learn = (path: string, layer: GraphLayer) => {
      const names = path.split('.');
      for (let cut = 0; cut <= common && cut < names.length; cut++) this.learn(names.slice(cut).join('.'), layer);
    };
    for (const layer of layers) learn(layer.paths[0]!, layer);
    for (const layer of layers) for (const path of layer.paths.slice(1)) learn(path, layer);
    const numbers = [...this.dotted.keys()].map((path) => Number(/^down_blocks\.\d+\.resnets\.(\d+)\./.exec(path)?.[1] ?? -1));
    this.resnetsPerBlock = Math.max(...numbers, 0) + 1;
  }

  find({ part, module, underscored }: Pick<LoraLayer, 'part' | 'module' | 'underscored'>): GraphLayer | undefined {
    if (!underscored) return this.dotted.get(module.replace(/^text_model\./, ''));
    const name = module.replace(/^text_model_/, '');
    return this.underscored.get(name) ?? (part === 'denoiser' ? this.underscored.get(fromSgm(name, this.resnetsPerBlock)) : undefined);
  }

  private learn(path: string, layer: GraphLayer): void {
    const name = path.replace(/^text_model\./, '');
    for (const [names, key] of [[this.dotted, name], [this.underscored, name.replaceAll('.', '_')]] as const) if (!names.has(key)) names.set(key, layer);
  }
}

/** How many names all paths begin with; a path's own last name is none of them. */
function commonStart(paths: readonly (readonly string[])[]): number {
  const [first = []] = paths;
  const different = first.findIndex((name, i) => paths.some((path) => path[i] !== name || i === path.length - 1));
  return Math.max(different, 0);
}
