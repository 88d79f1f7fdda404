/**
 * LoRAs into a graph. Before a layer reads its weight W, the sum of the changes is added to it, in float32 whatever type W is
 * stored in:
 *
 *     W' = W + Σ_i w_i · scale_i · Δ_i
 *
 * The sums are written as nodes over constants: the runtime computes them once, when it opens the graph, and holds what comes
 * of them in place of W. The weights stay where they are and are shared by everybody else who reads them.
 * DoRA (2402.09353) as LyCORIS applies it with a strength: `W' = (W + Δ) · (1 + w · (m / ‖W + Δ‖ − 1))`.
 */
import { elementCount, GraphBuilder, inlineFunctions, producersOf, tensorNumbers, upgradeOpset, type Model, type Node, type Tensor } from '../onnx';
import { AdapterError } from './error';
import { consumersOf } from './find-attention';
import type { GraphLayer, LayerNode } from './find-layers';
import type { LoraFile, LoraLayer } from './lora-file';
import type { LoraPart, LoraRole } from './lora-keys';
import { LoraModules } from './lora-modules';

/** A LoRA as a prompt asks for it. */
export interface LoraUse {
  /** What the prompt calls it. */
  readonly id: string;
  /** 1 is as trained, 0 is off; below 0 it acts the other way. */
  readonly weight: number;
  readonly file: LoraFile;
}

/** Opset from which `ReduceSum` takes its axes as this writes them. */
const OPSET = 13;

/**
 * The graph of `part` with what the LoRAs change in it; the model itself if that is nothing. `missing` names, by the id of
 * its LoRA, each change of this part that has no place in the graph.
 * Throws `AdapterError`, one line: a change of another shape, factors that are not finite, or no place for any of a LoRA's changes.
 */
export function applyLoras(model: Model, part: LoraPart, loras: readonly LoraUse[]): { model: Model; missing: { id: string; module: string }[] } {
  const acting = loras.flatMap((lora) => (lora.weight === 0 ? [] : lora.file.layers.filter((layer) => layer.part === part).map((layer) => ({ ...lora, layer }))));
  if (acting.length === 0) return { model, missing: [] };
  const plain = upgradeOpset(inlineFunctions(model), OPSET);
  const modules = new LoraModules(plain.graph);
  const changes = new Map<GraphLayer, Change[]>();
  const missing: { id: string; module: string }[] = [];
  const placed = new Set<string>();
  for (const { id, weight, file, layer } of acting) {
    const found = modules.find(layer);
    if (!found) {
      missing.push({ id, module: layer.module });
      continue;
    }
    placed.add(id);
    changes.set(found, [...(changes.get(found) ?? []), { id, weight, path: file.path, layer }]);
  }
  for (const { id, module } of missing) {
    if (!placed.has(id) && isRounded(plain)) throw new AdapterError(`<lora:${id}> cannot be added to ${model.file ?? 'this graph'}, whose weights are rounded to integers; draw with the model that it was made of`);
    if (!placed.has(id)) throw new AdapterError(`<lora:${id}> was made for another model: ${model.file ?? 'this graph'} has no ${module} and none of the other layers that it changes; use it with the model it was made for`);
  }
  return { model: new Surgery(plain, changes).run(), missing };
}

const OVER_INTEGERS = ['MatMulInteger', 'DynamicQuantizeMatMul', 'QLinearMatMul', 'ConvInteger', 'QLinearConv', 'MatMulNBits'];

function isRounded({ graph }: Model): boolean {
  return graph.nodes.some(({ opType, inputs }) => OVER_INTEGERS.includes(opType) || (opType === 'DequantizeLinear' && graph.initializers.has(inputs[0]!)));
}

interface Change {
  readonly id: string;
  readonly weight: number;
  readonly path: string;
  readonly layer: LoraLayer;
}

/** A layer's weight as LoRA's arithmetic sees it: `[out, inputs · taps]`. */
interface Shape {
  readonly out: number;
  readonly inputs: number;
  /** Height times width of a convolution's window. */
  readonly taps: number;
}

class Surgery {
  private readonly b: GraphBuilder;
  private readonly rewritten = new Set<Node>();

  private readonly readers: ReadonlyMap<string, readonly Node[]>;
  private readonly producers: ReadonlyMap<string, Node>;

  constructor(private readonly model: Model, private readonly changes: ReadonlyMap<GraphLayer, readonly Change[]>) {
    this.b = new GraphBuilder(model, 'lora');
    this.readers = consumersOf(model.graph);
    this.producers = producersOf(model.graph.nodes);
  }

  run(): Model {
    for (const [layer, changes] of this.changes) for (const node of layer.nodes) this.change(node, changes);
    return this.b.replace(this.rewritten);
  }

  private rewrite(node: Node, changed: Partial<Node>): void {
    this.rewritten.add(node);
    this.b.add({ ...node, ...changed });
  }

  private change({ node, dims, transposed }: LayerNode, changes: readonly Change[]): void {
    const { b } = this;
    const [out, inputs, ...window] = dims as [number, number, ...number[]];
    const shape = { out, inputs, taps: elementCount(window) };
    const [x = '', weight = '', ...rest] = node.inputs;
    const dtype = b.dtypeOf(weight);
    const stored = b.cast(weight, 'float32');
    const matrix = this.reshape(transposed ? b.transposeMatrix(stored) : stored, [out, inputs * shape.taps]);
    const differences = changes.flatMap((change) => this.difference(change, shape, matrix) ?? []);
    const summed = differences.reduce((sum, difference) => b.add2(sum, difference), matrix);
    const turned = transposed ? b.transposeMatrix(summed) : summed;
    const changed = differences.length === 0 ? weight : b.cast(this.reshape(turned, transposed ? [inputs, out] : dims), dtype);
    const biases = changes.flatMap((change) => this.bias(change, shape) ?? []);
    if (biases.length === 0) {
      this.rewrite(node, { inputs: [x, changed, ...rest] });
      return;
    }
    const bias = biases.reduce((sum, each) => b.add2(sum, each));
    if (node.opType !== 'MatMul') {
      const own = rest[0] ?? '';
      const moved = own === '' ? bias : b.add2(b.cast(own, 'float32'), bias);
      this.rewrite(node, { inputs: [x, changed, b.cast(moved, dtype)] });
      return;
    }
    const [output = ''] = node.outputs;
    const addition = this.additionOf(output, shape);
    if (addition) {
      const own = addition.inputs.find((input) => input !== output)!;
      const moved = b.cast(b.add2(b.cast(own, 'float32'), bias), b.dtypeOf(own));
      this.rewrite(node, { inputs: [x, changed] });
      this.rewrite(addition, { inputs: addition.inputs.map((input) => (input === output ? input : moved)) });
      return;
    }
    const product = b.fresh(`${output}.product`);
    this.rewrite(node, { inputs: [x, changed], outputs: [product] });
    b.add({ name: `${node.name || output}.bias`, opType: 'Add', domain: '', inputs: [product, b.cast(bias, dtype)], outputs: [output], attributes: new Map() });
  }

  /** Where a product's bias is added, if nothing else reads the product: its bias then is a constant of one number per output. */
  private additionOf(product: string, { out }: Shape): Node | undefined {
    const readers = this.readers.get(product) ?? [];
    const [reader] = readers;
    if (readers.length !== 1 || reader?.opType !== 'Add' || this.rewritten.has(reader)) return undefined;
    const own = reader.inputs.find((input) => input !== product) ?? '';
    const isConstant = (name: string): boolean => this.model.graph.initializers.has(name) || (this.producers.get(name)?.opType === 'Cast' && isConstant(this.producers.get(name)!.inputs[0] ?? ''));
    return isConstant(own) && this.b.shapeOf(own).join() === String(out) ? reader : undefined;
  }

  /** What a change adds to `[out, inputs · taps]`, strength included; `undefined` if it changes the bias alone. */
  private difference(change: Change, shape: Shape, matrix: string): string | undefined {
    const { b } = this;
    const { layer: { tensors, scale }, weight } = change;
    const product = this.product(change, shape);
    if (product === undefined) return undefined;
    const difference = b.scale(product, scale * weight);
    const role = tensors.has('magnitude') ? 'magnitude' : 'doraScale';
    const magnitude = tensors.get(role);
    if (!magnitude) return difference;
    const perOutput = role === 'magnitude' || magnitude.dims[0] === shape.out;
    if (elementCount(magnitude.dims) !== (perOutput ? shape.out : shape.inputs)) this.misfit(change, shape, `lengths of ${magnitude.dims.join('×')}`);
    const cube = this.reshape(b.add2(matrix, difference), [shape.out, shape.inputs, shape.taps]);
    const lengths = b.op('Sqrt', [b.sum(b.mul(cube, cube), perOutput ? [1, 2] : [0, 2])]);
    const wanted = this.reshape(this.constant(change, role), perOutput ? [shape.out, 1, 1] : [1, shape.inputs, 1]);
    const factor = b.shift(b.scale(b.shift(b.div(wanted, lengths), -1), weight), 1);
    return b.sub(this.reshape(b.mul(cube, factor), [shape.out, shape.inputs * shape.taps]), matrix);
  }

  private product(change: Change, shape: Shape): string | undefined {
    const { b } = this;
    const { out, inputs, taps } = shape;
    const { tensors, kind } = change.layer;
    const size = (role: LoraRole) => tensors.get(role)!.dims;
    /** A factor as a matrix of so many rows. */
    const matrix = (role: LoraRole, rows = size(role)[0]!) => this.reshape(this.constant(change, role), [rows, elementCount(size(role)) / rows]);
    const check = (rows: number, columns: number, said: string) => {
      if (rows !== out || columns !== inputs * taps) this.misfit(change, shape, said);
    };
    if (kind === 'lora') {
      const [up, down] = [size('up'), size('down')];
      const mid = tensors.get('mid')?.dims;
      const inner = mid ? elementCount(mid.slice(2)) : 1;
      check(up[0]!, (elementCount(down) / down[0]!) * inner, `factors from ${down.slice(1).join('×')} to ${up[0]}`);
      if (!mid) return b.matMul(matrix('up'), matrix('down'));
      // mid [a, b, taps], down [b, inputs]: over b, at each tap
      const byTap = b.transpose(this.reshape(this.constant(change, 'mid'), [mid[0]!, mid[1]!, inner]), [0, 2, 1]);
      const spread = b.transpose(b.matMul(byTap, matrix('down')), [0, 2, 1]); // [a, inputs, taps]
      return b.matMul(matrix('up'), this.reshape(spread, [mid[0]!, inputs * taps]));
    }
    if (kind === 'loha') {
      const columns = (role: LoraRole) => elementCount(size(role)) / size(role)[0]!;
      for (const n of [1, 2] as const) check(size(`hada_w${n}_a`)[0]!, columns(`hada_w${n}_b`), `factors of ${size(`hada_w${n}_a`)[0]}×${columns(`hada_w${n}_b`)}`);
      return b.mul(b.matMul(matrix('hada_w1_a'), matrix('hada_w1_b')), b.matMul(matrix('hada_w2_a'), matrix('hada_w2_b')));
    }
    if (kind === 'lokr') {
      const side = (role: 'lokr_w1' | 'lokr_w2') => (tensors.has(role) ? matrix(role) : b.matMul(matrix(`${role}_a`), matrix(`${role}_b`)));
      const [w1, w2] = [side('lokr_w1'), side('lokr_w2')];
      const [[rows1, columns1], [rows2, columns2]] = [w1, w2].map((value) => b.shapeOf(value) as number[]) as [[number, number], [number, number]];
      check(rows1 * rows2, columns1 * columns2, `factors of ${rows1}×${columns1} and ${rows2}×${columns2}`);
      const grid = b.mul(this.reshape(w1, [rows1, 1, columns1, 1]), this.reshape(w2, [1, rows2, 1, columns2]));
      return this.reshape(grid, [out, inputs * taps]);
    }
    if (!tensors.has('diff')) return undefined;
    check(size('diff')[0]!, elementCount(size('diff')) / size('diff')[0]!, `a difference of ${size('diff').join('×')}`);
    return matrix('diff');
  }

  /** What a change adds to the layer's bias, if anything. */
  private bias(change: Change, shape: Shape): string | undefined {
    const { layer: { tensors, scale }, weight } = change;
    const role = tensors.has('upBias') ? 'upBias' : 'diff_b';
    const tensor = tensors.get(role);
    if (!tensor) return undefined;
    if (elementCount(tensor.dims) !== shape.out) this.misfit(change, shape, `a bias of ${elementCount(tensor.dims)}`);
    return this.b.scale(this.reshape(this.constant(change, role), [shape.out]), scale * weight);
  }

  private misfit({ id, layer }: Change, { out, inputs, taps }: Shape, said: string): never {
    throw new AdapterError(`<lora:${id}> was made for another model: it has ${said} for ${layer.module}, which goes from ${inputs}${taps > 1 ? ` (window of ${taps})` : ''} to ${out} here; use it with the model it was made for`);
  }

  /** A factor in float32. */
  private constant({ id, path, layer }: Change, role: LoraRole): string {
    const tensor = layer.tensors.get(role)!;
    mustBeFinite(tensor, () => `${path}: ${layer.module} (<lora:${id}>) holds numbers that are not finite; fetch it again, or train it again`);
    return this.b.cast(this.b.constant(tensor, role), 'float32');
  }

  private reshape(value: string, dims: readonly number[]): string {
    return this.b.reshape(value, dims);
  }
}

function mustBeFinite(tensor: Tensor, message: () => string): void {
  for (const value of tensorNumbers(tensor)) if (!Number.isFinite(value)) throw new AdapterError(message());
}
