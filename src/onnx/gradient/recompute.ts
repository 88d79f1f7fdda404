/**
 * Recomputation (Chen et al., arXiv 1604.06174): what lies inside a block is computed a second time when the block's
 * gradient arrives, instead of being kept in memory until then. ONNX Runtime would merge the second computation with the
 * first, so it starts from a copy of the block's input that depends on that gradient: a Concat with nothing of it.
 */
import type { GraphBuilder } from '../builder.ts';
import { isFloat } from '../dtype.ts';
import { OnnxError } from '../error.ts';
import type { Model, Node } from '../model.ts';
import { producersOf, readsOf } from '../order.ts';

/** Where dynamo writes the module that a node comes from. */
const SCOPES = 'pkg.torch.onnx.name_scopes';

/** Copies of one block's inner nodes. */
interface Copies { readonly values: Map<string, string>; readonly nodes: Map<Node, Node> }

export class Recomputation {
  private readonly blocks = new Map<Node, string>();
  private readonly producers: ReadonlyMap<string, Node>;
  private readonly readers = new Map<string, Node[]>();
  private readonly copies = new Map<string, Copies>();
  private readonly outputs: ReadonlySet<string>;
  private readonly weights: ReadonlySet<string>;

  /**
   * Nodes belong to one block when `pattern` finds the same text in their names (or scopes, or outputs); a group in the
   * pattern narrows that text. Throws `OnnxError` when it finds none.
   */
  constructor(private readonly b: GraphBuilder, model: Model, pattern: RegExp, kept: Iterable<string>) {
    const { nodes, outputs } = model.graph;
    this.producers = producersOf(nodes);
    this.weights = new Set(model.graph.initializers.keys());
    this.outputs = new Set([...outputs.map((o) => o.name), ...kept]);
    for (const node of nodes) {
      const block = blockOf(node, pattern);
      if (block !== undefined) this.blocks.set(node, block);
      for (const x of readsOf(node)) this.readers.set(x, [...(this.readers.get(x) ?? []), node]);
    }
    if (this.blocks.size === 0) throw new OnnxError(`no node has a name that ${String(pattern)} matches: nothing to recompute`, { file: model.file });
  }

  /** The value as a gradient in `reader`'s block sees it: itself, or its second computation once `gradient` is there. */
  of(value: string, reader: Node, gradient: string): string {
    const block = this.blocks.get(reader);
    if (block === undefined || !this.isInner(value, block)) return value;
    return this.copy(value, block, gradient);
  }

  /** The node whose outputs a gradient in the node's block may still ask for more of. */
  nodeOf(node: Node, gradient: string): Node {
    const block = this.blocks.get(node);
    const inner = block === undefined ? undefined : node.outputs.find((y) => y !== '' && this.isInner(y, block));
    if (block === undefined || inner === undefined) return node;
    this.copy(inner, block, gradient);
    return this.copies.get(block)?.nodes.get(node) ?? node;
  }

  /** Made in the block, and read nowhere else. */
  private isInner(value: string, block: string): boolean {
    const producer = this.producers.get(value);
    if (!producer || this.blocks.get(producer) !== block || this.outputs.has(value)) return false;
    return (this.readers.get(value) ?? []).every((reader) => this.blocks.get(reader) === block);
  }

  private copy(value: string, block: string, gradient: string): string {
    const copies = this.copies.get(block) ?? { values: new Map<string, string>(), nodes: new Map<Node, Node>() };
    this.copies.set(block, copies);
    const known = copies.values.get(value);
    if (known !== undefined) return known;
    if (!this.isInner(value, block)) {
      const later = this.isActivation(value) ? this.later(value, gradient) : value;
      copies.values.set(value, later);
      return later;
    }
    // Depth first along the chain of producers, without recursion: blocks can be long.
    const pending = [this.producers.get(value) as Node];
    while (pending.length > 0) {
      const node = pending[pending.length - 1] as Node;
      const missing = node.inputs.filter((x) => x !== '' && !copies.values.has(x));
      const inner = missing.filter((x) => this.isInner(x, block));
      if (inner.length > 0) { pending.push(...inner.map((x) => this.producers.get(x) as Node)); continue; }
      for (const x of missing) this.copy(x, block, gradient);
      pending.pop();
      if (!copies.nodes.has(node)) this.copyNode(node, copies);
    }
    return copies.values.get(value) as string;
  }

  private copyNode(node: Node, copies: Copies): void {
    const outputs = node.outputs.map((y) => (y === '' ? '' : this.b.fresh(`${y}_again`)));
    const copy: Node = { ...node, name: node.name && `${node.name}_again`, inputs: node.inputs.map((x) => (x === '' ? '' : (copies.values.get(x) as string))), outputs };
    copies.nodes.set(node, copy);
    this.b.add(copy);
    node.outputs.forEach((y, i) => {
      if (y === '') return;
      const type = this.b.types.get(y);
      if (type) this.b.types.set(outputs[i] as string, type);
      if (!copies.values.has(y)) copies.values.set(y, outputs[i] as string);
    });
  }

  /** Not a weight: made by a node, or fed with a size that the run decides. What weights alone make may well be merged. */
  private isActivation(value: string): boolean {
    if (this.weights.has(value)) return false;
    return this.producers.has(value) || (this.b.types.get(value)?.shape?.some((d) => typeof d === 'string') ?? false);
  }

  /** The same value, not before `gradient` is there: [0, ...] of the gradient in front of it. Integers stay as they are. */
  private later(value: string, gradient: string): string {
    const { b } = this;
    const type = b.types.get(value);
    if (!isFloat(type?.dtype) || !type?.shape || type.shape.length === 0) return value;
    const nothing = b.cast(b.slice(b.op('Reshape', [gradient, b.int64([-1])]), 0, 0, 0), type.dtype);
    const rest = type.shape.slice(1).map((_, i) => b.dimension(value, i + 1));
    const shaped = b.op('Reshape', [nothing, b.concat([b.int64([0]), ...rest], 0)], { allowzero: 1 });
    return b.known(b.op('Concat', [value, shaped], { axis: 0 }), type.shape);
  }
}

function blockOf(node: Node, pattern: RegExp): string | undefined {
  for (const text of [node.name, node.metadata?.get(SCOPES) ?? '', ...node.outputs]) {
    const match = pattern.exec(text);
    if (match) return match[1] ?? match[0];
  }
  return undefined;
}
