/**
 * One text through all encoders of a model. Each family of models joins its encoders in its own way; the shapes are in
 * formats.md, section 1, and follow diffusers' pipelines of the same names.
 */
import type { ModelKind } from '../../models';
import { DiffusionError } from '../error';
import { RecentlyUsed } from '../recently-used';
import type { Chunk, ChunkOptions, Chunks } from './chunks';
import { emphasize, movePooled, type EmphasisMode } from './emphasis';
import { piecesOf, type Piece } from './pieces';
import type { EncodedChunk, Layer, TextEncoder } from './text-encoder';
import { joinTokens, joinWidths, type NotedEncoding, type TextEncoding } from './text-encoding';

/** The text side of a model. */
export interface TextModel {
  readonly kind: ModelKind;
  /** By position: `text_encoder`, `text_encoder_2`, `text_encoder_3`. */
  readonly encoders: readonly (TextEncoder | undefined)[];
  /** Width of the denoiser's `encoder_hidden_states`, where the graph fixes it. */
  readonly width: number | undefined;
  /** SDXL: no negative prompt is all zeros rather than the encoding of nothing. */
  readonly zerosForNone: boolean;
  readonly known: KnownTexts;
}

/** Whole texts as they were read: one prompt is drawn many times over, and cutting it up takes longer than finding it again. */
export type KnownTexts = RecentlyUsed<NotedEncoding>;

/** Some hundred encodings of CLIP, or a few of T5. */
const KNOWN_BYTES = 64 << 20;

export function knownTexts(): KnownTexts {
  return new RecentlyUsed(KNOWN_BYTES, ({ encoding }) => encoding.hidden.byteLength);
}

/** How a text is to be read (fields of `GenerateRequest`). */
export interface TextSettings {
  readonly promptSyntax: 'a1111' | 'plain';
  readonly longPrompt: 'chunk' | 'truncate';
  /** A1111's counting: 1 is the layer the model was trained with. */
  readonly clipSkip: number;
}

/** Which side of guidance a text is for. */
export type TextRole = 'prompt' | 'negative prompt';

type Groups = readonly (readonly Piece[])[];

/** How a text is to be cut, where the encoder's own way is not meant. */
type Wanted = { readonly length?: number; readonly least?: ChunkOptions['least'] };

/** Tokens that T5 reads, start and end included: diffusers' `max_sequence_length`. */
const T5_LENGTH = { sd3: 256, flux: 512 } as const;
const HIDDEN_TOKEN = -1e4;

/**
 * Reads `text` (no scheduling left in it) as the model's denoiser wants it. What it gives is shared with later readers, so not
 * to be changed.
 * Throws `DiffusionError` if a part is missing, a layer is not exposed, or an encoder gives NaN.
 */
export async function encodeText(model: TextModel, text: string, role: TextRole, settings: TextSettings): Promise<NotedEncoding> {
  const key = JSON.stringify([text, role, settings.promptSyntax, settings.longPrompt, settings.clipSkip]);
  const known = model.known.get(key) ?? (await readText(model, text, role, settings));
  model.known.set(key, known);
  return known;
}

async function readText(model: TextModel, text: string, role: TextRole, settings: TextSettings): Promise<NotedEncoding> {
  // diffusers skips layers for the prompt only, A1111 for both; the plain syntax is diffusers'.
  const skips = role === 'prompt' || settings.promptSyntax === 'a1111';
  const reading = skips ? settings : { ...settings, clipSkip: 1 };
  const reader = new TextReader(model, reading);
  const groups = piecesOf(text, settings.promptSyntax);
  const encoding = await reader.read(groups);
  if (text === '' && role === 'negative prompt' && model.zerosForNone) return { encoding: zeroed(encoding), notes: [], emphasis: null };
  const pooled = await movedPooled(new TextReader(model, reading), groups, encoding.pooled); // whose notes are of texts that nobody wrote
  return { encoding: { ...encoding, pooled }, notes: [...reader.notes], emphasis: emphasisOf(model, groups, pooled !== null) };
}

/** What is written beside the picture about its weights, in the words of this room's other files. */
function emphasisOf(model: TextModel, groups: Groups, hasPooled: boolean): string | null {
  if (groups.flat().every(({ weight }) => weight === 1)) return null;
  const tokens = model.kind === 'icon' || model.kind === 'flux' ? 'tokens scaled' : 'tokens scaled, original mean';
  return hasPooled ? `${tokens}; pooled vector moved` : tokens;
}

/** The pooled vector after prompt weights; each weighted span costs one more reading of the text. */
async function movedPooled(reader: TextReader, groups: Groups, pooled: Float32Array | null): Promise<Float32Array | null> {
  if (!pooled) return null;
  const spans = groups.flat().filter(({ text, weight }) => weight !== 1 && text.trim() !== '');
  const without: { weight: number; pooled: Float32Array }[] = [];
  for (const span of spans) {
    const rest = await reader.pooled(groups.map((pieces) => pieces.filter((piece) => piece !== span)));
    if (rest) without.push({ weight: span.weight, pooled: rest });
  }
  return without.length === 0 ? pooled : movePooled(pooled, without);
}

function zeroed(encoding: TextEncoding): TextEncoding {
  return { ...encoding, hidden: new Float32Array(encoding.hidden.length), pooled: encoding.pooled && new Float32Array(encoding.pooled.length) };
}

/** Reads texts through a model's encoders, collecting notes about what did not fit. */
class TextReader {
  readonly notes = new Set<string>();

  constructor(
    private readonly model: TextModel,
    private readonly settings: TextSettings,
  ) {}

  async read(groups: Groups): Promise<TextEncoding> {
    switch (this.model.kind) {
      case 'sd': return this.sd(groups);
      case 'sdxl': return this.sdxl(groups);
      case 'sd3': return this.sd3(groups);
      case 'flux': return this.flux(groups);
      case 'icon': return this.icon(groups);
    }
  }

  /** Only the pooled vector, for the same kinds; encoders that do not contribute are not run. */
  async pooled(groups: Groups): Promise<Float32Array | null> {
    const { kind } = this.model;
    if (kind === 'sd') return null;
    if (kind === 'icon' || kind === 'flux') return (await this.chunks(0, groups, 'last', 'none')).pooled;
    const second = (await this.chunks(1, groups, this.penultimate, 'none')).pooled;
    if (kind === 'sdxl') return second;
    const first = (await this.chunks(0, groups, this.penultimate, 'none')).pooled;
    return first && second && joinTokens([first, second]);
  }

  /** `[77 n, D]`. */
  private async sd(groups: Groups): Promise<TextEncoding> {
    const layer: Layer = this.settings.clipSkip === 1 ? 'last' : { normed: this.settings.clipSkip };
    const { hidden, width, tokens } = await this.chunks(0, groups, layer, 'original-mean');
    return { hidden, tokens, width, pooled: null, attentionBias: null };
  }

  /** `[77 n, 768 + 1280]`, both second to last; pooled is the second encoder's. The refiner has the second encoder alone. */
  private async sdxl(groups: Groups): Promise<TextEncoding> {
    if (!this.model.encoders[0]) return { ...(await this.chunks(1, groups, this.penultimate, 'original-mean')), attentionBias: null };
    const { first, second, tokens } = await this.bothClips(groups);
    const hidden = joinWidths(first.hidden, second.hidden, tokens);
    return { hidden, tokens, width: hidden.length / tokens, pooled: second.pooled, attentionBias: null };
  }

  /** `[77 n + 256, 4096]`: both CLIPs side by side, zeros up to T5's width, then T5's tokens (zeros without T5). */
  private async sd3(groups: Groups): Promise<TextEncoding> {
    const { first, second, tokens } = await this.bothClips(groups);
    const t5 = this.model.encoders[2] && (await this.t5(2, groups, T5_LENGTH.sd3));
    const width = t5?.width ?? this.model.width;
    if (width === undefined) throw new DiffusionError('bad-model', 'without text_encoder_3 the transformer must fix the width of encoder_hidden_states; use another export of this model');
    const clip = joinWidths(first.hidden, second.hidden, tokens, width);
    const hidden = joinTokens([clip, t5?.hidden ?? new Float32Array(T5_LENGTH.sd3 * width)]);
    const pooled = first.pooled && second.pooled && joinTokens([first.pooled, second.pooled]);
    return { hidden, tokens: hidden.length / width, width, pooled, attentionBias: null };
  }

  /** T5's `[512, 4096]`; pooled is CLIP's. */
  private async flux(groups: Groups): Promise<TextEncoding> {
    const { pooled } = await this.chunks(0, groups, 'last', 'none');
    return { ...(await this.t5(1, groups, T5_LENGTH.flux)), pooled };
  }

  /** `[32, D]`; padding is hidden by the attention bias. Weighted tokens keep their own scale: the encoder ends in a norm. */
  private async icon(groups: Groups): Promise<TextEncoding> {
    const { hidden, width, tokens, pooled, mask } = await this.chunks(0, groups, 'last', 'none');
    return { hidden, width, tokens, pooled, attentionBias: Float32Array.from(mask, (keep) => (keep ? 0 : HIDDEN_TOKEN)) };
  }

  /** SDXL and SD3 read the second to last layer; each skip goes one further down. */
  private get penultimate(): Layer {
    return 1 + this.settings.clipSkip;
  }

  private async t5(position: number, groups: Groups, length: number): Promise<TextEncoding> {
    const { hidden, width, tokens } = await this.chunks(position, groups, 'last', 'none', { length });
    return { hidden, width, tokens, pooled: null, attentionBias: null };
  }

  /**
   * SDXL's and SD3's two CLIPs. Their tokenizers may count differently ("!" is always a token of its own for the second), so that a
   * text fills a chunk more in one: the other gets an empty one for it.
   */
  private async bothClips(groups: Groups) {
    const least = groups.map((group) => Math.max(...[0, 1].map((position) => this.cut(position, [group]).chunks.length)));
    const first = await this.chunks(0, groups, this.penultimate, 'original-mean', { least });
    const second = await this.chunks(1, groups, this.penultimate, 'original-mean', { least });
    if (first.tokens === second.tokens) return { first, second, tokens: first.tokens };
    throw new DiffusionError('bad-model', `the two text encoders disagree about this prompt (${first.tokens} and ${second.tokens} tokens); fetch text_encoder/ and text_encoder_2/ again`);
  }

  /** All chunks through one encoder, weights applied per chunk; pooled is the first chunk's. */
  private async chunks(position: number, groups: Groups, layer: Layer, mode: EmphasisMode, wanted?: Wanted) {
    const encoder = this.encoderAt(position);
    const { chunks, tokens, dropped } = this.cut(position, groups, wanted);
    if (dropped > 0) this.notes.add(`the prompt has ${tokens} tokens and ${encoder.name} reads ${tokens - dropped}: the last ${dropped} were left out`);
    const encoded = await encoder.encode(chunks, layer);
    const weighted = encoded.map(({ hidden }, i) => withWeights(hidden, chunks[i]!, mode));
    const { width, pooled } = encoded[0]!;
    return { hidden: joinTokens(weighted), width, tokens: chunks.length * chunks[0]!.ids.length, pooled, mask: chunks.flatMap(({ mask }) => mask) };
  }

  private cut(position: number, groups: Groups, { length, least }: Wanted = {}): Chunks {
    const encoder = this.encoderAt(position);
    // Only CLIP was made to be read in chunks; what the others cannot take is told.
    const longPrompt = encoder.tokenizer.kind === 'clip' ? this.settings.longPrompt : 'truncate';
    return encoder.chunks(groups, { length: encoder.lengthOf(length), longPrompt, least });
  }

  private encoderAt(position: number): TextEncoder {
    const encoder = this.model.encoders[position];
    if (encoder) return encoder;
    throw new DiffusionError('bad-model', `this model needs text_encoder${position > 0 ? `_${position + 1}` : ''}, which its folder does not have; fetch the model again`);
  }
}

function withWeights(hidden: EncodedChunk['hidden'], chunk: Chunk, mode: EmphasisMode): Float32Array {
  const weighted = hidden.slice(); // the encoder keeps its own for the next reader
  emphasize(weighted, chunk.weights, mode);
  return weighted;
}
