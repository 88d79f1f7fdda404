/**
 * Writes nodes one after another, with types inferred on the way and equal expressions made once.
 * Gradient rules, decompositions and loss heads are written with it: values are names, operators are methods.
 */
import { dimTerms, type Dim } from './dim.ts';
import { codeOf, type DataType } from './dtype.ts';
import { appendNodes, freeName, namesOf } from './edit.ts';
import { OnnxError } from './error.ts';
import type { Attribute, Model, Node, ValueInfo } from './model.ts';
import { pruneGraph, sortNodes } from './order.ts';
import { inferTypes, typeInfo, type TypeTable } from './shapes/infer.ts';
import { int64Tensor, numberTensor, type Tensor } from './tensor.ts';

/** Plain numbers are integers; floats are written `float(1.5)`. */
export type AttributeInput = number | string | readonly number[] | Attribute | undefined;

export function float(value: number): Attribute { return { type: 'float', value }; }

export class GraphBuilder {
  readonly nodes: Node[] = [];
  private readonly initializers = new Map<string, Tensor>();
  private readonly inputs: ValueInfo[] = [];
  private readonly made = new Map<string, readonly string[]>();
  /** Where a symbolic dimension can be read at run time. */
  private readonly symbols = new Map<string, { input: string; axis: number }>();
  private readonly taken: Set<string>;
  readonly types: TypeTable;

  /** Continues `model`; new values are named `prefix` and a number. */
  constructor(private readonly model: Model, public prefix = 'b') {
    this.types = inferTypes(model);
    this.taken = namesOf(model.graph);
    for (const input of model.graph.inputs) this.learnSymbols(input);
  }

  /** The model with everything that was written behind it; `outputs` (values or new names for them) are added. */
  finish(outputs: readonly string[] = []): Model {
    const infos = outputs.map((name) => typeInfo(name, this.typeOf(name)));
    return appendNodes(this.model, this.nodes, { initializers: this.initializers, inputs: this.inputs, outputs: infos });
  }

  /**
   * The model with `replaced` nodes taken out, whose outputs were written anew here under their old names;
   * what nothing needs any more goes with them.
   */
  replace(replaced: ReadonlySet<Node>): Model {
    const { graph } = this.model;
    const nodes = [...graph.nodes.filter((n) => !replaced.has(n)), ...this.nodes];
    const whole = { ...graph, nodes, inputs: [...graph.inputs, ...this.inputs], initializers: new Map([...graph.initializers, ...this.initializers]) };
    return { ...this.model, graph: pruneGraph({ ...whole, nodes: sortNodes(whole) }) };
  }

  typeOf(value: string) {
    const type = this.types.get(value);
    if (!type) throw new OnnxError(`the type of "${value}" is unknown: shape inference did not reach it`, { path: value });
    return type;
  }

  /** Version of the standard operator set. */
  get opset(): number { return this.model.opsets.get('') ?? 0; }

  dtypeOf(value: string): DataType { return this.typeOf(value).dtype; }

  /** Dimensions of a value; throws when its rank is unknown. */
  shapeOf(value: string): readonly Dim[] {
    const { shape } = this.typeOf(value);
    if (!shape) throw new OnnxError(`the rank of "${value}" is unknown: shape inference did not reach it`, { path: value });
    return shape;
  }

  rankOf(value: string): number { return this.shapeOf(value).length; }

  input(name: string, dtype: DataType, shape: readonly Dim[]): string {
    if (this.taken.has(name)) throw new OnnxError(`the name "${name}" is taken`);
    this.taken.add(name);
    const info = { name, dtype, shape };
    this.inputs.push(info);
    this.types.addInput(info);
    this.learnSymbols(info);
    return name;
  }

  constant(tensor: Tensor, hint = 'constant'): string {
    const name = freeName(`${this.prefix}_${hint}`, this.taken);
    this.initializer(name, tensor);
    return name;
  }

  /** A tensor under a name of its own. */
  initializer(name: string, tensor: Tensor): void {
    this.taken.add(name);
    this.initializers.set(name, tensor);
    this.types.addTensor(name, tensor);
  }

  int64(values: readonly number[], dims?: readonly number[]): string {
    return this.once(`int64 ${values.join()} ${dims?.join()}`, () => this.constant(int64Tensor(values, dims), 'ints'));
  }

  /** A scalar of a type, or of the type that another value has. */
  scalar(value: number, type: DataType | { like: string }): string {
    const dtype = typeof type === 'string' ? type : this.dtypeOf(type.like);
    return this.once(`${dtype} ${value}`, () => this.constant(numberTensor(dtype, [value], []), 'scalar'));
  }

  /** One node with one output; the same operator on the same inputs is written once. `as` names the output. */
  op(opType: string, inputs: readonly string[], attributes: Record<string, AttributeInput> = {}, { as, domain }: { as?: string; domain?: string } = {}): string {
    return this.ops(opType, inputs, as === undefined ? 1 : [as], attributes, domain)[0] as string;
  }

  /** One node with several outputs, given as a count or as names. */
  ops(opType: string, inputs: readonly string[], outputs: number | readonly string[], attributes: Record<string, AttributeInput> = {}, domain = ''): readonly string[] {
    const entries = Object.entries(attributes).filter((e): e is [string, Exclude<AttributeInput, undefined>] => e[1] !== undefined).map(([name, v]) => [name, attributeOf(v)] as const);
    const named = typeof outputs !== 'number';
    const key = named ? undefined : `${domain}:${opType}(${inputs.join()})${outputs}${JSON.stringify(entries, keyPart)}`;
    const known = key === undefined ? undefined : this.made.get(key);
    if (known) return known;
    const names: string[] = named ? outputs.map((n) => { this.taken.add(n); return n; }) : Array.from({ length: outputs }, () => freeName(`${this.prefix}_${opType}`, this.taken));
    this.add({ name: names[0] ?? '', opType, domain, inputs, outputs: names, attributes: new Map(entries) });
    const folded = named || names.length > 1 ? undefined : this.knownIntegers(names[0] as string);
    if (folded !== undefined) {
      this.nodes.pop();
      names[0] = folded;
    }
    if (key !== undefined) this.made.set(key, names);
    return names;
  }

  /** The constant that an int64 vector or scalar is, if it is known now. */
  private knownIntegers(name: string): string | undefined {
    const type = this.types.get(name);
    if (type?.dtype !== 'int64' || !type.shape || !type.value?.every((v) => Number.isSafeInteger(v))) return undefined;
    return this.int64(type.value as number[], type.shape as number[]);
  }

  /** A finished node, as it is. */
  add(node: Node, declared?: ReadonlyMap<string, ValueInfo>): void {
    for (const name of node.outputs) if (name !== '') this.taken.add(name);
    this.nodes.push(node);
    this.types.addNode(node, declared);
  }

  /** A name that nothing has yet. */
  fresh(hint: string): string { return freeName(hint, this.taken); }

  /** Names that are not to be used for new values. */
  reserve(names: Iterable<string>): void { for (const name of names) this.taken.add(name); }

  isTaken(name: string): boolean { return this.taken.has(name); }

  add2(a: string, b: string): string { return this.op('Add', [a, b]); }
  sub(a: string, b: string): string { return this.op('Sub', [a, b]); }
  mul(a: string, b: string): string { return this.op('Mul', [a, b]); }
  div(a: string, b: string): string { return this.op('Div', [a, b]); }
  neg(a: string): string { return this.op('Neg', [a]); }
  /** Times a number known now. */
  scale(a: string, factor: number): string { return factor === 1 ? a : this.mul(a, this.scalar(factor, { like: a })); }
  /** Plus a number known now. */
  shift(a: string, term: number): string { return this.add2(a, this.scalar(term, { like: a })); }
  where(condition: string, a: string, b: string): string { return this.op('Where', [condition, a, b]); }
  matMul(a: string, b: string): string { return this.op('MatMul', [a, b]); }

  cast(a: string, dtype: DataType): string {
    return this.dtypeOf(a) === dtype ? a : this.op('Cast', [a], { to: codeOf(dtype) });
  }

  transpose(a: string, order: readonly number[]): string {
    return order.every((axis, i) => axis === i) ? a : this.op('Transpose', [a], { perm: order });
  }

  /** The last two axes exchanged. */
  transposeMatrix(a: string): string {
    const n = this.rankOf(a);
    return this.transpose(a, [...Array(n - 2).keys(), n - 1, n - 2]);
  }

  /** Sums axis by axis, innermost first: one float32 sum over millions of values loses digits. Reduced axes stay as 1. */
  sum(a: string, axes: readonly number[]): string {
    return [...axes].sort((x, y) => y - x).reduce((v, axis) => (this.shapeOf(v)[axis] === 1 ? v : this.op('ReduceSum', [v, this.int64([axis])], { keepdims: 1 })), a);
  }

  /** As `sum`, with means. */
  mean(a: string, axes: readonly number[]): string {
    return [...axes].sort((x, y) => y - x).reduce((v, axis) => (this.shapeOf(v)[axis] === 1 ? v : this.op('ReduceMean', [v, this.int64([axis])], { keepdims: 1 })), a);
  }

  slice(a: string, axis: number, start: number, end: number): string {
    return this.op('Slice', [a, this.int64([start]), this.int64([end]), this.int64([axis])]);
  }

  concat(values: readonly string[], axis: number): string {
    return values.length === 1 ? (values[0] as string) : this.op('Concat', values, { axis });
  }

  /**
   * Constant padding of some axes; amounts are int64 vectors of length 1, negative ones cut. All axes are named:
   * ONNX Runtime 1.30 moves a Transpose through a Pad without looking at its `axes`.
   */
  pad(a: string, axes: readonly number[], begins: readonly string[], ends: readonly string[], value = ''): string {
    const amounts = (given: readonly string[]): string[] => this.shapeOf(a).map((_, axis) => given[axes.indexOf(axis)] ?? this.int64([0]));
    return this.op('Pad', [a, this.concat([...amounts(begins), ...amounts(ends)], 0), value]);
  }

  unsqueeze(a: string, axes: readonly number[]): string {
    return axes.length === 0 ? a : this.op('Unsqueeze', [a, this.int64(axes)]);
  }

  squeeze(a: string, axes: readonly number[]): string {
    return axes.length === 0 ? a : this.op('Squeeze', [a, this.int64(axes)]);
  }

  /** To these dimensions, symbolic ones included; `like` is a value that has them, in case they cannot be computed otherwise. */
  reshape(a: string, dims: readonly Dim[], like?: string): string {
    const from = this.types.get(a)?.shape;
    if (from && sameDims(from, dims)) return a;
    return this.op('Reshape', [a, this.targetShape(dims, like)]);
  }

  reshapeLike(a: string, like: string): string { return this.reshape(a, this.shapeOf(like), like); }

  expand(a: string, dims: readonly Dim[], like?: string): string {
    return sameDims(this.shapeOf(a), dims) ? a : this.op('Expand', [a, this.dimensions(dims, like)]);
  }

  /** States dimensions that inference could not find. */
  known(a: string, dims: readonly Dim[]): string {
    this.types.set(a, { dtype: this.dtypeOf(a), shape: dims });
    return a;
  }

  /** 0, 1, 2, … along an axis. */
  positions(a: string, axis: number): string {
    return this.op('Range', [this.int64([0], []), this.squeeze(this.dimension(a, axis), [0]), this.int64([1], [])]);
  }

  zerosLike(a: string, dtype = this.dtypeOf(a)): string {
    return this.op('ConstantOfShape', [this.dimensions(this.shapeOf(a), a)], { value: { type: 'tensor', value: numberTensor(dtype, [0], [1]) } });
  }

  /** One dimension of a value as an int64 vector of length 1. */
  dimension(a: string, axis: number): string {
    return this.dimensions([this.shapeOf(a)[axis] as Dim], undefined, () => this.op('Shape', [a], { start: axis, end: axis + 1 }));
  }

  /**
   * Dimensions as an int64 vector. Symbols are read off the graph's inputs where possible:
   * reading them off `like` would keep that value in memory until then.
   */
  dimensions(dims: readonly Dim[], like?: string, otherwise?: () => string): string {
    if (dims.every((d) => typeof d === 'number')) return this.int64(dims as number[]);
    if (dims.every((d) => this.isComputable(d))) return this.concat(dims.map((d) => this.computeDim(d)), 0);
    if (otherwise) return otherwise();
    if (like !== undefined) return this.op('Shape', [like]);
    throw new OnnxError(`dimensions [${dims.join(', ')}] cannot be computed from the graph's inputs`);
  }

  private targetShape(dims: readonly Dim[], like?: string): string {
    const open = dims.filter((d) => typeof d !== 'number').length;
    return open <= 1 && !dims.includes(0) ? this.int64(dims.map((d) => (typeof d === 'number' ? d : -1))) : this.dimensions(dims, like);
  }

  private isComputable(dim: Dim): boolean {
    return typeof dim === 'number' || dimTerms(dim).every(({ atoms }) => atoms.every((a) => this.symbols.has(a)));
  }

  private computeDim(dim: Dim): string {
    if (typeof dim === 'number') return this.int64([dim]);
    const terms = dimTerms(dim).map(({ coefficient, atoms }) => {
      const product = atoms.map((a) => this.symbol(a)).reduce<string | undefined>((p, a) => (p === undefined ? a : this.mul(p, a)), undefined);
      if (product === undefined) return this.int64([coefficient]);
      return coefficient === 1 ? product : this.mul(product, this.int64([coefficient]));
    });
    return terms.reduce((sum, t) => this.add2(sum, t));
  }

  private symbol(atom: string): string {
    const { input, axis } = this.symbols.get(atom) as { input: string; axis: number };
    return this.op('Shape', [input], { start: axis, end: axis + 1 });
  }

  private learnSymbols({ name }: ValueInfo): void {
    this.types.get(name)?.shape?.forEach((dim, axis) => {
      if (typeof dim === 'string' && !this.symbols.has(dim)) this.symbols.set(dim, { input: name, axis });
    });
  }

  private once(key: string, make: () => string): string {
    const known = this.made.get(key);
    if (known) return known[0] as string;
    const name = make();
    this.made.set(key, [name]);
    return name;
  }
}

export function sameDims(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

function attributeOf(value: Exclude<AttributeInput, undefined>): Attribute {
  if (typeof value === 'number') return { type: 'int', value: BigInt(value) };
  if (typeof value === 'string') return { type: 'string', value };
  if (!('type' in value)) return { type: 'ints', value: value.map(BigInt) };
  return value;
}

function keyPart(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}
