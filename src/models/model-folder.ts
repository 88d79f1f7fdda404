/**
 * What a model folder is: diffusers' layout with an ONNX graph per part. Everything is decided by what lies in the
 * folder, not by class names, because every exporter writes other names (formats.md, section 1).
 */
import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ComponentConfig, ModelIndex, SchedulerConfig } from './component-config';
import { ModelError } from './error';
import { decidesPixels } from './hash-model-folder';
import { filesOf, type FolderFile } from './inside';
import { readJsonFile } from './json-file';
import { defaultsOf, type ModelDefaults } from './model-defaults';

export const COMPONENTS = [
  'text_encoder', 'text_encoder_2', 'text_encoder_3', 'unet', 'transformer',
  'vae_decoder', 'vae_encoder', 'image_encoder', 'prior', 'upscaler',
] as const;
export type ComponentName = (typeof COMPONENTS)[number];

/** One graph of the model and what its `config.json` says (nothing, if there is none). */
export interface Component {
  /** Absolute path of the graph. */
  readonly file: string;
  readonly config: ComponentConfig;
}

/** How the parts work together. `icon` is Easel's own family: SD3's interface without an autoencoder. */
export type ModelKind = 'sd' | 'sdxl' | 'sd3' | 'flux' | 'icon';

export interface ModelFolder {
  /** Absolute. */
  readonly dir: string;
  readonly id: string;
  readonly kind: ModelKind;
  readonly components: Readonly<Partial<Record<ComponentName, Component>>>;
  readonly scheduler: SchedulerConfig;
  /** Folders of `tokenizer`, `tokenizer_2`, `tokenizer_3`, as far as they exist. */
  readonly tokenizers: readonly (string | undefined)[];
  readonly index: ModelIndex;
  readonly defaults: ModelDefaults;
  /** Everything in the folder. */
  readonly files: readonly FolderFile[];
}

/**
 * Reads a folder without opening a graph.
 * Throws `ModelError`, one line: no such folder, a missing part by name, a file that is not what it should be, a link
 * that leads out.
 * @param id name under which the model is known; the folder's own name unless said
 */
export async function readModelFolder(dir: string, id: string = basename(dir)): Promise<ModelFolder> {
  await mustBeFolder(dir);
  const files = await filesOf(dir);
  const paths = new Set(files.map(({ path }) => path));
  if (!paths.has('model_index.json') && !paths.has('scheduler/scheduler_config.json')) {
    throw new ModelError(`${dir} is not a model folder: it has no model_index.json; point model: at a diffusers-layout ONNX folder`);
  }
  const index = paths.has('model_index.json') ? await readJsonFile(join(dir, 'model_index.json'), ModelIndex) : ModelIndex.parse({});
  const components: Partial<Record<ComponentName, Component>> = {};
  for (const name of COMPONENTS) {
    const component = await readComponent(dir, name, paths);
    if (component) components[name] = component;
  }
  const tokenizers = ['tokenizer', 'tokenizer_2', 'tokenizer_3'].map((name) => tokenizerFolder(dir, name, paths));
  const kind = kindOf(components, index, paths);
  refuseOtherFamilies(dir, kind, components, index);
  refuseMissing(dir, kind, components, tokenizers, paths);
  const scheduler = await readJsonFile(join(dir, 'scheduler/scheduler_config.json'), SchedulerConfig);
  const folder = { dir, id, kind, components, scheduler, tokenizers, index, files };
  return { ...folder, defaults: defaultsOf(folder) };
}

/** Whether every file that a picture hangs on is still what it was when the folder was read, by size and modification time. Costs microseconds. */
export function isUnchanged(folder: Pick<ModelFolder, 'dir' | 'files'>): boolean {
  return folder.files.every(({ path, size, modified }) => {
    if (!decidesPixels(path)) return true;
    const found = statSync(`${folder.dir}/${path}`, { throwIfNoEntry: false }); // no `join`: it was a good third of this, and this is asked before every drawing
    return found?.size === size && found.mtimeMs === modified;
  });
}

async function mustBeFolder(dir: string): Promise<void> {
  const found = await stat(dir).catch(() => undefined);
  if (!found) throw new ModelError(`there is no model folder ${dir}; add one with \`easel models add\`, or set model: to an existing folder`);
  if (!found.isDirectory()) throw new ModelError(`${dir} is a file, not a model folder; point model: at the folder that holds model_index.json`);
}

/** The graph of a part is `model.onnx`; some exporters name it otherwise, so a lone other graph counts as well. */
async function readComponent(dir: string, name: ComponentName, paths: ReadonlySet<string>): Promise<Component | undefined> {
  const graphs = [...paths].filter((path) => path.startsWith(`${name}/`) && /^[^/]+\/[^/]+\.onnx$/.test(path));
  const graph = graphs.find((path) => path === `${name}/model.onnx`) ?? graphs[0];
  if (graph === undefined) return undefined;
  if (graphs.length > 1 && graph !== `${name}/model.onnx`) {
    throw new ModelError(`${join(dir, name)} holds ${graphs.length} graphs and none is called model.onnx; keep one`);
  }
  const config = paths.has(`${name}/config.json`) ? await readJsonFile(join(dir, name, 'config.json'), ComponentConfig) : ComponentConfig.parse({});
  return { file: join(dir, graph), config };
}

function tokenizerFolder(dir: string, name: string, paths: ReadonlySet<string>): string | undefined {
  const has = ['tokenizer.json', 'vocab.json', 'spiece.model'].some((file) => paths.has(`${name}/${file}`));
  return has ? join(dir, name) : undefined;
}

/** What `model_index.json` lists counts where the part itself is missing, so that the right part is missed. */
function kindOf(components: ModelFolder['components'], index: ModelIndex, paths: ReadonlySet<string>): ModelKind {
  if (components.transformer || (!components.unet && lists(index, 'transformer'))) {
    if (!components.vae_decoder && !lists(index, 'vae_decoder') && !lists(index, 'vae')) return 'icon';
    const second = components.text_encoder_2?.config.model_type;
    // Without a configuration the tokenizer tells, as far as it can: transformers 5 writes CLIP's as a lone tokenizer.json too.
    const isT5 = second === undefined ? !components.text_encoder_3 && !paths.has('tokenizer_2/vocab.json') && paths.has('tokenizer_2/tokenizer.json') : second === 't5';
    return isT5 || components.transformer?.config.guidance_embeds !== undefined ? 'flux' : 'sd3';
  }
  return components.text_encoder_2 || lists(index, 'text_encoder_2') ? 'sdxl' : 'sd';
}

/** `"vae": null` lists nothing, nor does `"vae": [null, null]`, which diffusers writes for a part that was left out. */
function lists(index: ModelIndex, part: string): boolean {
  const listed = index[part] ?? null;
  return Array.isArray(listed) ? listed.some((word) => word !== null) : listed !== null;
}

const NEEDED: Readonly<Record<ModelKind, readonly ComponentName[]>> = {
  sd: ['text_encoder', 'unet', 'vae_decoder'],
  sdxl: ['text_encoder_2', 'unet', 'vae_decoder'],
  sd3: ['text_encoder', 'text_encoder_2', 'transformer', 'vae_decoder'],
  flux: ['text_encoder', 'text_encoder_2', 'transformer', 'vae_decoder'],
  icon: ['text_encoder', 'transformer'],
};

/** PixArt, Sana and others have a transformer and an autoencoder too, but one text encoder: fetching more of them would not help. */
function refuseOtherFamilies(dir: string, kind: ModelKind, components: ModelFolder['components'], index: ModelIndex): void {
  if ((kind !== 'sd3' && kind !== 'flux') || components.text_encoder_2 || !lists(index, 'transformer') || lists(index, 'text_encoder_2')) return;
  const family = index._class_name ?? 'a transformer with one text encoder';
  throw new ModelError(`the model folder ${dir} is of a family that Easel does not draw with (${family}); use Stable Diffusion 1, 2, XL or 3, an LCM, or Flux`);
}

/** A missing part is told by its path, before anything is opened. */
function refuseMissing(dir: string, kind: ModelKind, components: ModelFolder['components'], tokenizers: readonly (string | undefined)[], paths: ReadonlySet<string>): void {
  const missing = NEEDED[kind].filter((name) => !components[name]).map((name) => `${name}/model.onnx`);
  if (kind === 'sdxl' && tokenizers[0] === undefined && components.text_encoder) missing.push('tokenizer/');
  if (kind !== 'sdxl' && tokenizers[0] === undefined) missing.push('tokenizer/tokenizer.json');
  if (NEEDED[kind].includes('text_encoder_2') && tokenizers[1] === undefined) missing.push('tokenizer_2/');
  if (components.text_encoder_3 && tokenizers[2] === undefined) missing.push('tokenizer_3/');
  if (!paths.has('scheduler/scheduler_config.json')) missing.push('scheduler/scheduler_config.json');
  if (missing.length > 0) throw new ModelError(`the model folder ${dir} lacks ${missing.join(', ')}; fetch the model again`);
}
