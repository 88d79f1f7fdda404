/** The adapters in a drawing: which ones a request means, what they need of the model's graphs, and what soft tokens say at a time. */
import { chooseBlocks, readAdapter, tokenPlaces, tokensAt, type AdapterFile, type LoraUse, type SoftTokenFile } from '../../adapters';
import { readModel } from '../../onnx';
import type { GenerateRequest } from '../../prompt';
import { DiffusionError } from '../error';
import type { SoftFeed, TextRole } from '../text';

/** What the graphs of a drawing need: tokens for these blocks, perhaps with a place for strengths; and other weights. */
export interface Injection {
  /** Empty without soft tokens. */
  readonly blocks: readonly string[];
  readonly bias: boolean;
  /** Numbers in a token; a graph that reads text of another width is refused. */
  readonly width?: number;
  readonly loras?: readonly LoraUse[];
}

/** A request's adapters. */
export interface RequestedAdapters {
  readonly injection: Injection;
  readonly notes: readonly string[];
  /** A prompt without the tokens' names, and the tokens that it names: `<name>` acts where it stands, in one branch of guidance or in both; a `<lora:name>` in the prompt's. */
  read(words: string, role: TextRole): { readonly text: string; readonly soft: SoftFeed | undefined };
}

/**
 * Reads the files of the adapters that a request names; `undefined` without any. Strength 0 omits one.
 * Throws `AdapterError` or `DiffusionError`, one line each.
 */
export async function requestedAdapters({ adapters, model, prompt, negativePrompt }: Pick<GenerateRequest, 'adapters' | 'model' | 'prompt' | 'negativePrompt'>): Promise<RequestedAdapters | undefined> {
  if (adapters.length === 0) return undefined;
  const acting = adapters.filter(({ weight }) => weight !== 0);
  const files = await Promise.all(acting.map(async ({ id, path, weight }) => ({ id, weight, file: await readAdapter(path) })));
  const banks = files.flatMap(({ file, ...use }) => (file.kind === 'soft-tokens' ? [{ ...use, ...file }] : []));
  const loras = files.flatMap(({ file, ...use }) => (file.kind === 'lora' ? [{ ...use, file }] : []));
  const below = banks.find(({ weight }) => weight < 0);
  if (below) throw new DiffusionError('bad-request', `<${below.id}:${below.weight}>: the strength of soft tokens is 0 or more (it multiplies their attention); correct it`);
  const blocks = banks[0]?.provenance.blocks ?? [];
  const refuseOther = (what: string, of: (bank: SoftTokenFile) => string) => {
    const other = banks.find((bank) => of(bank) !== of(banks[0]!));
    if (other) throw new DiffusionError('bad-request', `<${banks[0]!.id}> and <${other.id}> were trained for different ${what}, so they cannot be used together; take one out`);
  };
  refuseOther('blocks', ({ provenance }) => provenance.blocks.join());
  refuseOther('models', ({ soft }) => `${soft.layers} layers ${soft.width} wide`);
  const feeds = new Map<string, SoftFeed | undefined>(); // one feed is one object: rows that share it go through the graph together
  return {
    injection: { blocks, bias: banks.some(({ weight }) => weight !== 1), width: banks[0]?.soft.width, loras },
    notes: files.flatMap(({ id, file }) => notesOn(id, file, model)),
    read: (words, role) => {
      const stands = (id: string, text: string) => text.includes(`<${id}>`);
      const named = banks.filter(({ id }) => stands(id, words) || (role === 'prompt' && !stands(id, prompt) && !stands(id, negativePrompt)));
      const key = named.map(({ id }) => id).join();
      if (!feeds.has(key)) feeds.set(key, feedOf(named));
      return { text: withoutNames(words, adapters.map(({ id }) => id)), soft: feeds.get(key) };
    },
  };
}

function notesOn(id: string, file: AdapterFile, { id: modelId, sha256 }: GenerateRequest['model']): string[] {
  const name = file.kind === 'lora' ? `<lora:${id}>` : `<${id}>`;
  const madeFor = file.kind === 'lora' ? file.madeFor : file.provenance.model;
  const other = madeFor && madeFor.sha256 !== sha256 ? [`${name} was trained on another model (${madeFor.id === modelId ? `another version of ${modelId}` : madeFor.id}); it may do nothing good here`] : [];
  const unknown = file.kind === 'lora' ? file.unknown : [];
  return [...other, ...(unknown.length > 0 ? [`${name}: ${unknown.length} of its tensors say nothing to Easel and were left out (${unknown[0]}${unknown.length > 1 ? ', …' : ''})`] : [])];
}

/** The text without `<name>` and a comma that would be left over. */
function withoutNames(text: string, names: readonly string[]): string {
  return names.reduce((rest, name) => {
    const tag = `<${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}>`;
    return rest.replace(new RegExp(`^\\s*${tag}\\s*,?\\s*|\\s*,?\\s*${tag}`, 'g'), '');
  }, text);
}

function feedOf(banks: readonly (SoftTokenFile & { weight: number })[]): SoftFeed | undefined {
  const layers = banks[0]?.soft.layers;
  if (layers === undefined) return undefined;
  const count = banks.reduce((sum, { soft }) => sum + soft.count, 0);
  return {
    count,
    at: (timestep) => joinLayers(banks.map(({ soft }) => tokensAt(soft, timestep)), layers),
    // log w: the tokens' share of the attention is multiplied by w.
    bias: Float32Array.from(banks.flatMap(({ soft, weight }) => Array.from({ length: soft.count }, () => Math.log(weight)))),
  };
}

/** Banks `[layers, count, width]` side by side in each layer. */
function joinLayers(banks: readonly Float32Array[], layers: number): Float32Array {
  if (banks.length === 1) return banks[0]!;
  const joined = new Float32Array(banks.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (let layer = 0; layer < layers; layer++) {
    for (const bank of banks) {
      const size = bank.length / layers;
      joined.set(bank.subarray(layer * size, (layer + 1) * size), offset);
      offset += size;
    }
  }
  return joined;
}

/** Where a denoiser's graph takes tokens, and the blocks that an option means. */
export async function placesIn(file: string, wanted: Parameters<typeof chooseBlocks>[1]) {
  const places = tokenPlaces(await readModel(file));
  return { ...places, chosen: chooseBlocks(places, wanted) };
}
