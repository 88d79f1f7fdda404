/** Soft tokens in a drawing: which ones a request means, what they say at a time, and a denoiser that reads them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { chooseBlocks, injectSoftTokens, readSoftTokens, tokenPlaces, tokensAt, type SoftTokenFile } from '../../adapters';
import { readModel, writeModel } from '../../onnx';
import type { GenerateRequest } from '../../prompt';
import { openSession, type Session, type SessionOptions } from '../../runtime';
import { DiffusionError } from '../error';
import type { SoftFeed, TextRole } from '../text';

/** What the graph of a drawing needs: tokens for these blocks, perhaps with a place for strengths. */
export interface Injection {
  readonly blocks: readonly string[];
  readonly bias: boolean;
  /** Numbers in a token; a graph that reads text of another width is refused. */
  readonly width?: number;
}

/** A request's soft tokens. */
export interface RequestedTokens {
  readonly injection: Injection;
  readonly notes: readonly string[];
  /** A prompt without the tokens' names, and the tokens that it names: `<name>` acts where it stands, in one branch of guidance or in both; a `<lora:name>` in the prompt's. */
  read(words: string, role: TextRole): { readonly text: string; readonly soft: SoftFeed | undefined };
}

/**
 * Reads the files of the adapters that a request names; `undefined` without any. Strength 0 omits one.
 * Throws `AdapterError` or `DiffusionError`, one line each.
 */
export async function requestedTokens({ adapters, model, prompt, negativePrompt }: Pick<GenerateRequest, 'adapters' | 'model' | 'prompt' | 'negativePrompt'>): Promise<RequestedTokens | undefined> {
  if (adapters.length === 0) return undefined;
  const below = adapters.find(({ weight }) => weight < 0);
  if (below) throw new DiffusionError('bad-request', `<${below.id}:${below.weight}>: the strength of soft tokens is 0 or more (it multiplies their attention); correct it`);
  const acting = adapters.filter(({ weight }) => weight !== 0);
  const banks = await Promise.all(acting.map(async (adapter) => ({ ...adapter, ...(await readSoftTokens(adapter.path)) })));
  const blocks = banks[0]?.provenance.blocks ?? [];
  const other = banks.find(({ provenance }) => provenance.blocks.join() !== blocks.join());
  if (other) throw new DiffusionError('bad-request', `<${banks[0]!.id}> and <${other.id}> were trained for different blocks, so they cannot be used together; take one out`);
  const feeds = new Map<string, SoftFeed | undefined>(); // one feed is one object: rows that share it go through the graph together
  return {
    injection: { blocks, bias: banks.some(({ weight }) => weight !== 1), width: banks[0]?.soft.width },
    notes: banks.filter(({ provenance }) => provenance.model.sha256 !== model.sha256).map(({ id, provenance }) => `<${id}> was trained on another model (${provenance.model.id}); it may do nothing good here`),
    read: (words, role) => {
      const stands = (id: string, text: string) => text.includes(`<${id}>`);
      const named = banks.filter(({ id }) => stands(id, words) || (role === 'prompt' && !stands(id, prompt) && !stands(id, negativePrompt)));
      const key = named.map(({ id }) => id).join();
      if (!feeds.has(key)) feeds.set(key, feedOf(named));
      return { text: withoutNames(words, adapters.map(({ id }) => id)), soft: feeds.get(key) };
    },
  };
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

/** Opens a denoiser with places for tokens. The changed graph lies on disk only while it is opened. */
export async function openInjected(file: string, injection: Injection, options: SessionOptions): Promise<Session> {
  const folder = await mkdtemp(join(tmpdir(), 'easel-tokens-'));
  try {
    const path = join(folder, basename(file));
    await writeModel(injectSoftTokens(await readModel(file), injection), path);
    return await openSession(path, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where a denoiser's graph takes tokens, and the blocks that an option means. */
export async function placesIn(file: string, wanted: Parameters<typeof chooseBlocks>[1]) {
  const places = tokenPlaces(await readModel(file));
  return { ...places, chosen: chooseBlocks(places, wanted) };
}
