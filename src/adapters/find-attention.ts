/** Where a diffusion model reads its text: found by names and by following the graph, whatever exported it. */
import { producersOf, type Graph, type Node } from '../onnx';
import { AdapterError } from './error';
import { findLinears, type LinearNode } from './find-linear';

/**
 * How text enters attention. `cross`: keys and values of a UNet's cross-attention come from the text. `stream`: text is a
 * stream of its own that blocks hand on (SD3). `direct`: each block makes keys and values from the text itself.
 */
export type AttentionKind = 'cross' | 'stream' | 'direct';

export interface TextAttention {
  /** `down_blocks.1.attentions.0.transformer_blocks.0`, `transformer_blocks.0`. */
  readonly block: string;
  /** The value with the text, `[batch, tokens, width]`, as this block reads it. */
  readonly text: string;
  /** Nodes that read it and see the tokens. */
  readonly readers: readonly Node[];
  /** The softmax over keys; undefined in a fused attention, which has no place for a bias. */
  readonly softmax: Node | undefined;
}

export interface TextAttentions {
  readonly kind: AttentionKind;
  /** In the graph's order: of the down blocks, then the middle block; or of all transformer blocks. */
  readonly blocks: readonly TextAttention[];
}

const CROSS = /(?:down_blocks\.\d+|mid_block)\.attentions\.\d+\.transformer_blocks\.\d+\.attn2\.to_[kv](?=\.|$)/;
const JOINT = /(?<![\w.]single_)transformer_blocks\.\d+\.attn\.add_[kv]_proj(?=\.|$)/;

/** Throws `AdapterError` if no attention to text is recognised. */
export function findTextAttentions(graph: Graph): TextAttentions {
  const consumers = consumersOf(graph);
  const cross = findLinears(graph, CROSS);
  if (cross.length > 0) {
    const blocks = grouped(cross, /\.attn2\.to_[kv]$/).map(([block, nodes]) => attention(block, nodes, consumers));
    return { kind: 'cross', blocks: [...blocks].sort((a, b) => Number(isMiddle(a)) - Number(isMiddle(b))) };
  }
  const joint = findLinears(graph, JOINT);
  if (joint.length === 0) throw new AdapterError('this graph has no attention to text that Easel recognises (attn2.to_k or add_k_proj); export the model with its module names');
  if (graph.inputs.some(({ name }) => name === 'txt_ids')) throw new AdapterError('this model gives its text positions (Flux), where soft tokens have none; train them on SD 1.x, SDXL, SD3 or icon models');
  const producers = producersOf(graph.nodes);
  const blocks = grouped(joint, /\.attn\.add_[kv]_proj$/).map(([block, nodes]) => attention(block, nodes, consumers));
  const text = graph.inputs.find(({ name }) => name === 'encoder_hidden_states')?.name;
  if (blocks.every((block) => block.text === text)) return { kind: 'direct', blocks };
  return { kind: 'stream', blocks: blocks.map((block) => entering(block, producers, consumers)) };
}

function isMiddle({ block }: TextAttention): boolean {
  return block.startsWith('mid_block');
}

/** Layers by block, blocks in the order of their numbers. */
function grouped(layers: readonly LinearNode[], ending: RegExp): [string, LinearNode[]][] {
  const blocks = new Map<string, LinearNode[]>();
  for (const layer of layers) {
    const block = layer.path.replace(ending, '');
    blocks.set(block, [...(blocks.get(block) ?? []), layer]);
  }
  return [...blocks].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
}

/** Layers that were changed on top (LoRA) have further products, on other values. */
function attention(block: string, layers: readonly LinearNode[], consumers: ReadonlyMap<string, readonly Node[]>): TextAttention {
  const text = layers[0]?.node.inputs[0] ?? '';
  const reading = layers.filter(({ node }) => node.inputs[0] === text);
  const keys = reading.find(({ path }) => /_k(?:_proj)?$/.test(path));
  return { block, text, readers: reading.map(({ node }) => node), softmax: keys && softmaxAfter(keys.node, consumers) };
}

/** Follows keys to the softmax over them. */
function softmaxAfter(keys: Node, consumers: ReadonlyMap<string, readonly Node[]>): Node | undefined {
  const seen = new Set<Node>();
  const pending = [keys];
  for (let node = pending.shift(); node !== undefined; node = pending.shift()) {
    if (seen.has(node) || node.opType === 'Shape') continue;
    seen.add(node);
    if (node.opType === 'Softmax') return node;
    if (node.domain !== '' || node.opType === 'Attention') return undefined; // fused: its softmax is inside
    for (const output of node.outputs) pending.push(...(consumers.get(output) ?? []));
  }
  return undefined;
}

/** In a stream the block reads its text before its norm: goes back from the keys to what the norm reads. */
function entering(attention: TextAttention, producers: ReadonlyMap<string, Node>, consumers: ReadonlyMap<string, readonly Node[]>): TextAttention {
  const pending = [attention.text];
  for (let value = pending.shift(); value !== undefined; value = pending.shift()) {
    const node = producers.get(value);
    if (!node) continue;
    const [first = '', second = ''] = node.inputs;
    const centred = node.opType === 'Sub' && producers.get(second)?.opType === 'ReduceMean' && producers.get(second)?.inputs[0] === first;
    if (node.opType === 'LayerNormalization' || centred) return { ...attention, text: first, readers: consumers.get(first) ?? [] };
    if (['Add', 'Mul', 'Div', 'Cast'].includes(node.opType)) pending.push(first, second);
  }
  throw new AdapterError(`the text stream into ${attention.block} was not found: no layer norm before its keys; export the model with opset 17 or later`);
}

/** Who reads each value. */
export function consumersOf(graph: Graph): Map<string, Node[]> {
  const consumers = new Map<string, Node[]>();
  for (const node of graph.nodes) for (const input of new Set(node.inputs)) {
    const readers = consumers.get(input);
    if (readers) readers.push(node);
    else consumers.set(input, [node]);
  }
  return consumers;
}
