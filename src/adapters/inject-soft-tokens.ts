/**
 * Soft tokens into a graph, by surgery (SoftREPA, arXiv 2503.08250, and its transformer.py). UNets: the text that keys
 * and values of chosen blocks read becomes [first token, soft tokens, rest]. Blocks with a text stream, and those that
 * read the text themselves: [soft tokens, last n text tokens], each block with tokens of its own; a stream is cut back to
 * its n text tokens before every block, also before the first one without tokens. The graph gets these inputs:
 *
 *     soft_tokens      float32 [layers, count, width]
 *     soft_token_bias  float32 [count], added to the attention logits of the tokens (only with `bias`)
 */
import { GraphBuilder, inlineFunctions, producersOf, sortNodes, upgradeOpset, type Model, type Node } from '../onnx';
import { AdapterError } from './error';
import { consumersOf, findTextAttentions, type AttentionKind, type TextAttention, type TextAttentions } from './find-attention';

export const SOFT_TOKENS_INPUT = 'soft_tokens';
export const SOFT_TOKEN_BIAS_INPUT = 'soft_token_bias';

/** Opset from which `Shape` takes a range. */
const OPSET = 15;

export interface InjectOptions {
  /** Names of the blocks that get tokens; see `chooseBlocks`. */
  readonly blocks: readonly string[];
  /** Gives strengths a place: refused where attention is fused. */
  readonly bias?: boolean;
  /** Of the tokens that are to go in: refused where the text has another. */
  readonly width?: number;
}

/** Where tokens can go in a graph, and of what width they are. */
export interface TokenPlaces {
  readonly kind: AttentionKind;
  /** All blocks that may have tokens. */
  readonly blocks: readonly string[];
  readonly width: number;
  /** Whether every block has a place for a bias. */
  readonly takesBias: boolean;
}

/** What `auto`, `down`, `down+mid` or a number of blocks means in a graph. UNets: `auto` is `down`; others ⌈5/24·L⌉ blocks. */
export function chooseBlocks(places: Pick<TokenPlaces, 'kind' | 'blocks'>, wanted: 'auto' | 'down' | 'down+mid' | number): string[] {
  const { kind, blocks } = places;
  if (kind !== 'cross') {
    if (wanted === 'down' || wanted === 'down+mid') throw new AdapterError(`blocks: ${wanted} is for UNets; this transformer takes a number from 1 to ${blocks.length}`);
    const count = wanted === 'auto' ? Math.ceil((5 / 24) * blocks.length) : wanted;
    if (count > blocks.length) throw new AdapterError(`blocks: ${count} are more than the ${blocks.length} that this transformer has`);
    return blocks.slice(0, count);
  }
  if (typeof wanted === 'number') throw new AdapterError('a number of blocks is for transformers; this is a UNet: use down or down+mid');
  return wanted === 'down+mid' ? [...blocks] : blocks.filter((block) => block.startsWith('down_blocks'));
}

/** Looks at a graph. Throws `AdapterError` (one line) if it cannot take tokens: no attention found, or a fixed text length. */
export function tokenPlaces(model: Model): TokenPlaces {
  const plain = inlineFunctions(model);
  refuseFixedText(plain);
  const { kind, blocks } = findTextAttentions(plain.graph);
  return { kind, blocks: blocks.map(({ block }) => block), width: widthOf(new GraphBuilder(plain), blocks[0]!), takesBias: blocks.every(({ softmax }) => softmax !== undefined) };
}

/** The model with tokens. With no tokens fed (count 0) it computes what it did before. Throws `AdapterError`. */
export function injectSoftTokens(model: Model, { blocks, bias = false, width }: InjectOptions): Model {
  const plain = upgradeOpset(inlineFunctions(model), OPSET);
  refuseFixedText(plain);
  return new Surgery(plain, findTextAttentions(plain.graph), blocks, bias, width).run();
}

function refuseFixedText({ graph, file = 'the graph' }: Model): void {
  const length = graph.inputs.find(({ name }) => name === 'encoder_hidden_states')?.shape?.[1];
  if (typeof length === 'number') throw new AdapterError(`${file} was exported with its text length fixed at ${length}, which leaves no place for soft tokens; export it again with encoder_hidden_states of any length`);
}

function widthOf(b: GraphBuilder, { text, block }: TextAttention): number {
  const width = b.shapeOf(text).at(-1);
  if (typeof width !== 'number') throw new AdapterError(`the width of the text that ${block} reads is not fixed in this graph; export it again`);
  return width;
}

class Surgery {
  private readonly b: GraphBuilder;
  private readonly chosen: readonly TextAttention[];
  /** For each node, which of its inputs are replaced. */
  private readonly replaced = new Map<Node, Map<string, string>>();
  private readonly producers: ReadonlyMap<string, Node>;
  private readonly consumers: ReadonlyMap<string, readonly Node[]>;
  private readonly lengths = new Map<string, boolean>();
  private readonly tokens: string;
  private readonly biasInput: string | undefined;

  constructor(model: Model, private readonly found: TextAttentions, blocks: readonly string[], bias: boolean, wanted: number | undefined) {
    this.chosen = blocks.map((name) => {
      const block = found.blocks.find(({ block: known }) => known === name);
      if (!block) throw new AdapterError(`the soft tokens were trained for another model: they go into ${name}, which ${model.file ?? 'this graph'} does not have; use them with the model they were made on`);
      if (bias && !block.softmax) throw new AdapterError(`${name} has no place for a strength (its attention is fused): use 0 or 1`);
      return block;
    });
    this.producers = producersOf(model.graph.nodes);
    this.consumers = consumersOf(model.graph);
    this.b = new GraphBuilder(model, 'soft');
    const width = widthOf(this.b, this.chosen[0]!);
    if (wanted !== undefined && wanted !== width) throw new AdapterError(`the soft tokens were trained for another model: they are ${wanted} numbers wide, and ${model.file ?? 'this graph'} reads text of ${width}; use them with the model they were made on`);
    const layers = found.kind === 'cross' ? 1 : this.chosen.length;
    this.tokens = this.b.input(SOFT_TOKENS_INPUT, 'float32', [layers, 'soft_token_count', width]);
    this.biasInput = bias ? this.b.input(SOFT_TOKEN_BIAS_INPUT, 'float32', ['soft_token_count']) : undefined;
  }

  run(): Model {
    const { kind } = this.found;
    const texts = new Map<string, string>();
    this.chosen.forEach((attention, i) => {
      const layer = kind === 'cross' ? 0 : i;
      const key = `${attention.text} ${layer}`;
      const text = texts.get(key) ?? this.withTokens(attention.text, layer, i);
      texts.set(key, text);
      for (const reader of attention.readers) this.replace(reader, attention.text, text);
      this.lengthen(attention, text);
      this.extendLogits(attention);
    });
    if (kind === 'stream') this.cutAfterLast();
    return this.finish();
  }

  /** The text as a block with tokens reads it. */
  private withTokens(text: string, layer: number, order: number): string {
    const { b } = this;
    const soft = this.rows(layer, text);
    if (this.found.kind === 'cross') return b.concat([b.slice(text, 1, 0, 1), soft, b.slice(text, 1, 1, Number.MAX_SAFE_INTEGER)], 1);
    return b.concat([soft, this.found.kind === 'stream' && order > 0 ? this.cut(text) : text], 1);
  }

  /** One layer's tokens for every row of the batch, in the text's type. */
  private rows(layer: number, text: string): string {
    const { b } = this;
    const own = b.cast(b.slice(this.tokens, 0, layer, layer + 1), b.dtypeOf(text));
    const [, count, width] = b.shapeOf(this.tokens) as [number, string, number];
    const shape = b.concat([b.op('Shape', [text], { start: 0, end: 1 }), b.dimensions([count, width])], 0);
    return b.op('Expand', [own, shape]);
  }

  /** The last n tokens, n being how many the text has. */
  private cut(text: string): string {
    const { b } = this;
    return b.op('Slice', [text, b.neg(this.textLength()), b.int64([Number.MAX_SAFE_INTEGER]), b.int64([1])]);
  }

  private textLength(): string {
    return this.b.op('Shape', ['encoder_hidden_states'], { start: 1, end: 2 });
  }

  /** The first block without tokens gets the text alone. */
  private cutAfterLast(): void {
    const last = Math.max(...this.chosen.map((attention) => this.found.blocks.indexOf(attention)));
    const next = this.found.blocks[last + 1];
    if (!next || this.chosen.includes(next)) return;
    const text = this.cut(next.text);
    for (const reader of next.readers) this.replace(reader, next.text, text);
  }

  /**
   * `torch.export` writes shapes in terms of the graph's inputs: where a block reshapes to the text's length, it gets the
   * longer text's. A block's part of the graph is what its text leads to, and the text that later blocks read does not.
   */
  private lengthen({ readers, block }: TextAttention, text: string): void {
    const cross = this.found.kind === 'cross';
    const later = cross ? this.otherReaders() : this.found.blocks.slice(this.found.blocks.findIndex((other) => other.block === block) + 1).flatMap((other) => other.readers);
    const outside = this.reach(later);
    for (const node of this.reach(readers)) {
      if (outside.has(node)) continue;
      for (const input of node.inputs) if (this.saysLength(input)) this.replace(node, input, this.lengthOf(input, text));
    }
  }

  /** What reads a UNet's text and gets no tokens. */
  private otherReaders(): Node[] {
    const chosen = new Set(this.chosen.flatMap(({ readers }) => readers));
    return [...this.consumers].filter(([value]) => this.chosen.some(({ text }) => text === value)).flatMap(([, nodes]) => nodes.filter((node) => node.opType !== 'Shape' && !chosen.has(node)));
  }

  private reach(from: readonly Node[]): Set<Node> {
    const reached = new Set(from);
    for (const node of reached) for (const output of node.outputs) for (const next of this.consumers.get(output) ?? []) reached.add(next);
    return reached;
  }

  /** Whether whole numbers were made from the shape of the text that goes in. */
  private saysLength(value: string): boolean {
    const known = this.lengths.get(value);
    if (known !== undefined) return known;
    this.lengths.set(value, false);
    const node = this.producers.get(value);
    const whole = /^int/.test(this.b.types.get(value)?.dtype ?? '');
    const says = node !== undefined && whole && (node.opType === 'Shape' ? node.inputs[0] === 'encoder_hidden_states' : node.inputs.some((input) => this.saysLength(input)));
    this.lengths.set(value, says);
    return says;
  }

  /** The same numbers, made from the shape of `text`. */
  private lengthOf(value: string, text: string): string {
    const node = this.producers.get(value);
    if (!node || !this.saysLength(value)) return value;
    return this.b.op(node.opType, node.inputs.map((input) => (input === 'encoder_hidden_states' ? text : this.lengthOf(input, text))), Object.fromEntries(node.attributes));
  }

  /** A bias that the model adds to its logits gets room for the tokens; a strength is added where it is asked for. */
  private extendLogits({ softmax, block }: TextAttention): void {
    if (!softmax) return;
    const logits = softmax.inputs[0] ?? '';
    const add = this.producers.get(logits);
    const own = add?.opType !== 'Add' ? undefined : add.inputs.find((input) => this.isBias(input));
    if (this.found.kind === 'cross' && own !== undefined) throw new AdapterError(`${block} has an attention mask, which soft tokens do not fit; export the UNet without encoder_attention_mask`);
    if (add && own !== undefined) {
      this.replace(add, own, this.spread(own));
    } else if (this.biasInput !== undefined) {
      const { b } = this;
      this.replace(softmax, logits, b.add2(logits, this.biasRow(logits)));
    }
  }

  /** Whether a value comes from the model's own attention bias, without any product on the way. */
  private isBias(value: string): boolean {
    const pending = [value];
    const seen = new Set<string>();
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (name === 'encoder_attention_bias' || name === 'encoder_attention_mask' || name === 'attention_mask') return true;
      const node = this.producers.get(name);
      if (!node || seen.has(name) || ['MatMul', 'Gemm', 'Shape'].includes(node.opType)) continue;
      seen.add(name);
      pending.push(...node.inputs);
    }
    return false;
  }

  /** The model's bias over keys with the tokens' bias (0 unless given) before the last n keys. */
  private spread(bias: string): string {
    const { b } = this;
    const axis = b.rankOf(bias) - 1;
    const negative = b.neg(this.textLength());
    const before = b.op('Slice', [bias, b.int64([0]), negative, b.int64([axis])]);
    const after = b.op('Slice', [bias, negative, b.int64([Number.MAX_SAFE_INTEGER]), b.int64([axis])]);
    const rows = b.concat([b.op('Shape', [bias], { start: 0, end: axis }), b.dimension(this.tokens, 1)], 0);
    const own = b.cast(this.biasInput ?? this.zeros(b.dimension(this.tokens, 1)), b.dtypeOf(bias));
    return b.concat([before, b.op('Expand', [own, rows]), after], axis);
  }

  /** Over all keys of a block: 0 but for its tokens. UNets have them behind the first key, others before the last n. */
  private biasRow(logits: string): string {
    const { b, biasInput = '' } = this;
    const keys = b.op('Shape', [logits], { start: -1 });
    const count = b.dimension(this.tokens, 1);
    const last = this.found.kind === 'cross' ? b.sub(b.sub(keys, count), b.int64([1])) : this.textLength();
    const first = this.found.kind === 'cross' ? b.int64([1]) : b.sub(b.sub(keys, count), last);
    return b.cast(b.concat([this.zeros(first), biasInput, this.zeros(last)], 0), b.dtypeOf(logits));
  }

  private zeros(length: string): string {
    return this.b.op('ConstantOfShape', [length]);
  }

  private replace(node: Node, from: string, to: string): void {
    const inputs = this.replaced.get(node) ?? new Map<string, string>();
    inputs.set(from, to);
    this.replaced.set(node, inputs);
  }

  private finish(): Model {
    const model = this.b.finish();
    const nodes = model.graph.nodes.map((node) => {
      const changes = this.replaced.get(node);
      return changes ? { ...node, inputs: node.inputs.map((input) => changes.get(input) ?? input) } : node;
    });
    // Declared shapes of values behind the tokens are no longer true.
    return { ...model, graph: { ...model.graph, nodes: sortNodes({ ...model.graph, nodes }), values: new Map() } };
  }
}
