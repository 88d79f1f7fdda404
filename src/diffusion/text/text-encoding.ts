/** What all text encoders of a model make of one text: the denoiser's whole knowledge of it. */

export interface TextEncoding {
  /** `[tokens, width]`. */
  readonly hidden: Float32Array;
  readonly tokens: number;
  readonly width: number;
  /** `[pooledWidth]`, for models that take a pooled vector. */
  readonly pooled: Float32Array | null;
  /** `[tokens]`, added to attention logits: 0 keeps a token, −1e4 hides it. Only models that ask for it. */
  readonly attentionBias: Float32Array | null;
  /** Soft tokens that attention reads beside the text. */
  readonly soft?: SoftFeed;
}

/** Soft tokens as a graph with places for them takes them. */
export interface SoftFeed {
  readonly count: number;
  /** `[layers, count, width]` at a timestep from 0 to 1000. */
  at(timestep: number): Float32Array;
  /** `[count]`, added to the attention logits of the tokens. */
  readonly bias: Float32Array;
}

/** A text with its fate told: notes are for people, one line each. */
export interface NotedEncoding {
  readonly encoding: TextEncoding;
  readonly notes: readonly string[];
  /** How the text's weights acted; `null` if it has none. */
  readonly emphasis: string | null;
}

/** Joins chunks `[tokens, width]` one after another. */
export function joinTokens(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Joins per token `[tokens, a]` and `[tokens, b]` to `[tokens, width]`, zeros behind the two; `width` is a + b unless said. */
export function joinWidths(a: Float32Array, b: Float32Array, tokens: number, width = (a.length + b.length) / tokens): Float32Array {
  const [widthA, widthB] = [a.length / tokens, b.length / tokens];
  const joined = new Float32Array(tokens * width);
  for (let token = 0; token < tokens; token++) {
    joined.set(a.subarray(token * widthA, (token + 1) * widthA), token * width);
    joined.set(b.subarray(token * widthB, (token + 1) * widthB), token * width + widthA);
  }
  return joined;
}
