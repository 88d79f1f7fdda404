/** One text encoder: its graph and its tokenizer, and chunks of ids through it. */
import { integerTensor, type Session, type Tensor } from '../../runtime';
import type { Tokenizer } from '../../tokenizer';
import { DiffusionError } from '../error';
import { mustBeFinite } from '../numeric-check';
import { RecentlyUsed } from '../recently-used';
import { chunksOf, type Chunk, type ChunkOptions, type Chunks } from './chunks';
import { readFinalNorm, type FinalNorm } from './final-norm';
import type { Piece } from './pieces';

/** What an encoder made of one chunk. */
export interface EncodedChunk {
  /** `[tokens, width]`; shared with later readers, so not to be changed. */
  readonly hidden: Float32Array;
  readonly width: number;
  readonly pooled: Float32Array | null;
}

/**
 * Which layer's states to read: `last` after the final norm; a number counts from the end, before that norm (2 is the
 * second to last, SDXL's and SD3's); with `normed` the final norm is applied to it (CLIP skip on SD 1.x and 2.x).
 */
export type Layer = 'last' | number | { readonly normed: number };

/** Encodings kept per encoder: hundreds of CLIP chunks, or sixteen of T5's. A prompt is mostly drawn with more than once. */
const CACHE_BYTES = 64 << 20;

const POOLED_NAMES = ['text_embeds', 'pooler_output', 'pooled_output', 'text_embeddings_pooled'];
const LAST_NAMES = ['last_hidden_state', 'text_embeddings'];

export class TextEncoder {
  private readonly cache = new RecentlyUsed<EncodedChunk>(CACHE_BYTES, ({ hidden }) => hidden.byteLength);
  private norm: FinalNorm | undefined;

  constructor(
    readonly name: string,
    readonly tokenizer: Tokenizer,
    private readonly session: Session,
    /** What a graph with an `attention_mask` is told: to look away from padding, or at every token. */
    private readonly hidesPadding = true,
  ) {
    const unknown = [...session.inputs.keys()].find((input) => input !== 'input_ids' && input !== 'attention_mask');
    if (unknown !== undefined) throw new DiffusionError('bad-model', `${session.file} wants an input "${unknown}" that Easel does not know; use a standard export of ${name}`);
    if (!session.inputs.has('input_ids')) throw new DiffusionError('bad-model', `${session.file} has no input "input_ids"; is it a text encoder?`);
  }

  /** Ids per chunk: what the graph fixes, else `wanted`, else what the tokenizer says. */
  lengthOf(wanted?: number): number {
    const fixed = this.session.inputs.get('input_ids')?.shape[1];
    return typeof fixed === 'number' ? fixed : (wanted ?? this.tokenizer.maxLength);
  }

  /** `chunksOf` by this encoder's tokenizer. */
  chunks(groups: readonly (readonly Piece[])[], options: ChunkOptions): Chunks {
    return chunksOf(groups, this.tokenizer, options);
  }

  /** Runs every chunk by itself: a chunk's result does not depend on its neighbours, and graphs with a fixed batch of 1 work. */
  async encode(chunks: readonly Chunk[], layer: Layer): Promise<EncodedChunk[]> {
    const encoded: EncodedChunk[] = [];
    for (const chunk of chunks) {
      const key = `${JSON.stringify(layer)}:${chunk.mask.join('')}:${chunk.ids.join(',')}`;
      const known = this.cache.get(key) ?? (await this.encodeOne(chunk, layer));
      this.cache.set(key, known);
      encoded.push(known);
    }
    return encoded;
  }

  private async encodeOne(chunk: Chunk, layer: Layer): Promise<EncodedChunk> {
    const output = this.hiddenOutput(layer);
    const pooledOutput = POOLED_NAMES.find((name) => this.session.outputs.has(name) && name !== output);
    const results = await this.session.run(this.feeds(chunk), pooledOutput === undefined ? [output] : [output, pooledOutput]);
    const hidden = floats(results[output]);
    if (typeof layer === 'object') (await this.finalNorm())(hidden);
    const pooled = pooledOutput === undefined ? null : floats(results[pooledOutput]);
    mustBeFinite(hidden, `${this.name} (output ${output})`);
    if (pooled) mustBeFinite(pooled, `${this.name} (output ${pooledOutput})`);
    return { hidden, width: hidden.length / chunk.ids.length, pooled };
  }

  private async finalNorm(): Promise<FinalNorm> {
    this.norm ??= await readFinalNorm(this.session.file, this.lastOutput());
    if (this.norm) return this.norm;
    throw new DiffusionError('bad-model', `the final norm of ${this.session.file} was not found, so Clip skip cannot be applied; use Clip skip 1`);
  }

  private feeds(chunk: Chunk): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {};
    for (const [name, { dtype }] of this.session.inputs) {
      const values = name === 'input_ids' ? chunk.ids : this.hidesPadding ? chunk.mask : chunk.mask.map(() => 1);
      feeds[name] = integerTensor(values, [1, chunk.ids.length], dtype);
    }
    return feeds;
  }

  private hiddenOutput(layer: Layer): string {
    if (layer !== 'last') {
      const fromEnd = typeof layer === 'object' ? layer.normed : layer;
      const states = [...this.session.outputs.keys()].filter((name) => /^hidden_states\.\d+$/.test(name));
      // hidden_states.0 is the embedding; the last one is the last layer before the final norm.
      const wanted = `hidden_states.${states.length - fromEnd}`;
      if (states.includes(wanted)) return wanted;
      if (states.length > 1) throw new DiffusionError('bad-request', `${this.name} of this model has ${states.length - 1} layers, too few for this Clip skip; use a smaller one`);
      throw new DiffusionError('bad-model', `${this.session.file} does not expose its layers ("${wanted}" is no output); export ${this.name} with hidden states, or use Clip skip 1`);
    }
    return this.lastOutput();
  }

  private lastOutput(): string {
    const output = LAST_NAMES.find((name) => this.session.outputs.has(name)) ?? [...this.session.outputs.keys()][0];
    if (output === undefined) throw new DiffusionError('bad-model', `${this.session.file} has no outputs`);
    return output;
  }
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new DiffusionError('bad-model', `a text encoder answered with ${tensor?.dtype ?? 'nothing'} where numbers were expected`);
}
