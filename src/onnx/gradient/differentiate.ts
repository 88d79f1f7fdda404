/** Reverse-mode differentiation of a graph: walks it from outputs to `wrt`, one rule per node. */
import { GraphBuilder, sameDims } from '../builder.ts';
import { decompose } from '../decompose/decompose.ts';
import type { Dim } from '../dim.ts';
import { isFloat, type DataType } from '../dtype.ts';
import { OnnxError } from '../error.ts';
import { foldConstants } from '../fold.ts';
import { inlineFunctions } from '../inline.ts';
import { nodeLabel, operatorLabel, type Model, type Node, type ValueInfo } from '../model.ts';
import { producersOf, pruneGraph, readsOf, sortNodes } from '../order.ts';
import { typeInfo } from '../shapes/infer.ts';
import { upgradeOpset } from '../upgrade.ts';

import { broadcasting } from './elementwise.ts';
import { sumBroadcast } from './products.ts';
import { Recomputation } from './recompute.ts';
import { RuleCall, type Rule } from './rule.ts';
import { flat, gradientRules, refusals } from './rules.ts';

export type Progress = (phase: string, done: number, total: number) => void;

export interface DifferentiateOptions {
  /** Values to differentiate; default: all float outputs. */
  readonly outputs?: readonly string[];
  /** Inputs, initializers or intermediate float values that gradients are wanted for. */
  readonly wrt: readonly string[];
  /** Other names for what would be called `grad_<value>`. */
  readonly names?: Readonly<Record<string, string>>;
  /** 'float32' (default): gradients of 16-bit values are float32. 'same': of the value's own type. */
  readonly gradientType?: 'float32' | 'same';
  /**
   * Recomputes instead of keeping: nodes in whose names this finds the same text are a block (`transformer_blocks\.\d+`),
   * and what only the block itself reads is computed again when the block's gradient arrives. Less memory, more time.
   */
  readonly recompute?: RegExp;
  /** Hears what is being done, and how many of how many nodes are through. */
  readonly onProgress?: Progress;
  /** Rules to use instead of, or besides, the table's: for tests and for operators of one's own. */
  readonly rules?: ReadonlyMap<string, Rule>;
}

const OPSET = 18;

/**
 * The model with vector-Jacobian products: an input `grad_<y>` per output, an output `grad_<x>` per value in `wrt`
 * (zeros where nothing depends on it). An initializer in `wrt` becomes an input with its tensor as default.
 * Throws `OnnxError` for unknown or non-float names, colliding names, and an operator on the path without a rule.
 */
export function differentiate(model: Model, options: DifferentiateOptions): Model {
  try {
    const prepared = prepare(model, options);
    return new Walker(prepared, options, options.outputs ?? floatOutputs(prepared)).run();
  } catch (error) {
    if (!(error instanceof OnnxError)) throw error;
    const node = model.graph.nodes.find((n) => nodeLabel(n) === error.place.node);
    throw error.within({ file: model.file, ...(node && { path: pathThrough(node, model.graph.nodes, options.wrt, options.outputs ?? floatOutputs(model)) }) });
  }
}

function prepare(model: Model, { wrt, outputs = [], onProgress = () => undefined }: DifferentiateOptions): Model {
  onProgress('inlining functions', 0, model.graph.nodes.length);
  const known = new Set([...model.graph.inputs.map((i) => i.name), ...model.graph.initializers.keys()]);
  const inlined = inlineFunctions(model);
  const producers = producersOf(inlined.graph.nodes);
  for (const name of [...wrt, ...outputs]) {
    if (!known.has(name) && !producers.has(name)) throw new OnnxError(`the model has no value "${name}"`);
  }
  onProgress('raising the operator set', 0, inlined.graph.nodes.length);
  const upgraded = upgradeOpset(inlined, OPSET);
  // What is asked for stays a value of its own: an initializer in wrt is an input from here on.
  const inputs = [...upgraded.graph.inputs];
  for (const name of wrt) {
    const tensor = upgraded.graph.initializers.get(name);
    if (tensor && !inputs.some((i) => i.name === name)) inputs.push({ name, dtype: tensor.dtype, shape: tensor.dims });
  }
  const extra = [...wrt, ...outputs].filter((n) => producers.has(n) && !upgraded.graph.outputs.some((o) => o.name === n));
  const open: Model = { ...upgraded, graph: { ...upgraded.graph, inputs, outputs: [...upgraded.graph.outputs, ...extra.map((name): ValueInfo => ({ name }))] } };
  const kept = [...wrt, ...outputs];
  // Once more after decomposing: what follows a sequence has a shape only then.
  onProgress('folding constants', 0, open.graph.nodes.length);
  const plain = decompose(foldConstants(open, kept), { wrt, outputs: outputs.length > 0 ? outputs : floatOutputs(open) }, (done, total) => { onProgress('decomposing', done, total); });
  onProgress('folding constants', 0, plain.graph.nodes.length);
  const folded = foldConstants(plain, kept);
  const declared = new Set(upgraded.graph.outputs.map((o) => o.name));
  return { ...folded, graph: { ...folded.graph, nodes: sortNodes(folded.graph), outputs: folded.graph.outputs.filter((o) => declared.has(o.name)) } };
}

function floatOutputs(model: Model): string[] {
  return model.graph.outputs.filter((o) => isFloat(o.dtype ?? 'float32')).map((o) => o.name);
}

class Walker {
  private readonly b: GraphBuilder;
  private readonly gradients = new Map<string, string>();
  /** Values that lie between `wrt` and the outputs. */
  private readonly active: Set<string>;
  private readonly rules: ReadonlyMap<string, Rule>;
  private readonly recomputation: Recomputation | undefined;
  /** Forward outputs that a rule asked for and the node left out. */
  private readonly asked = new Map<Node, string[]>();

  constructor(private readonly model: Model, private readonly options: DifferentiateOptions, private readonly outputs: readonly string[]) {
    this.b = new GraphBuilder(model, 'grad');
    this.rules = options.rules ?? gradientRules;
    for (const name of [...outputs, ...options.wrt]) {
      const dtype = this.b.dtypeOf(name);
      if (!isFloat(dtype)) throw new OnnxError(`"${name}" is ${dtype}: only float values have gradients`, { path: name, file: model.file });
    }
    this.active = this.activeValues();
    this.recomputation = options.recompute && new Recomputation(this.b, model, options.recompute, [...outputs, ...options.wrt]);
  }

  run(): Model {
    const { b, options } = this;
    this.checkNames();
    this.checkRules();
    for (const y of this.outputs) {
      const grad = b.input(this.nameOf(y), this.typeOfGradient(y), b.types.get(y)?.shape ? (typeInfo(y, b.typeOf(y)).shape as Dim[]) : []);
      // The incoming gradient has the output's dimensions, symbols that have no name included.
      b.types.set(grad, { dtype: this.typeOfGradient(y), shape: b.shapeOf(y) });
      this.accumulate(y, grad);
    }
    const { nodes: forward } = this.model.graph;
    [...forward].reverse().forEach((node, i) => {
      options.onProgress?.('differentiating', i, forward.length);
      this.visit(node);
    });
    options.onProgress?.('putting nodes in order', 0, forward.length + b.nodes.length);
    const made = new Map(b.nodes.map((node, i) => [node.outputs[0] ?? '', i]));
    const order = (x: string): number => made.get(this.gradients.get(x) ?? '') ?? -1;
    // ONNX Runtime computes outputs one after the other: those that are ready first let go of what they need first.
    for (const x of [...options.wrt].sort((p, q) => order(p) - order(q))) {
      const value = this.gradients.get(x) ?? b.zerosLike(x, this.typeOfGradient(x));
      b.op('Identity', [b.cast(value, this.typeOfGradient(x))], {}, { as: this.outputName(x) });
    }
    const finished = b.finish(options.wrt.map((x) => this.outputName(x)));
    const nodes = finished.graph.nodes.map((n) => { const outputs = this.asked.get(n); return outputs ? { ...n, outputs } : n; });
    // Declared shapes of intermediates would say no more than inference does.
    return { ...finished, graph: pruneGraph({ ...finished.graph, nodes: sortNodes({ ...finished.graph, nodes }), values: new Map() }) };
  }

  private visit(node: Node): void {
    const gs = node.outputs.map((y) => this.gradients.get(y) ?? null);
    if (gs.every((g) => g === null) || !node.inputs.some((x) => this.active.has(x))) return;
    let gradients: readonly (string | null)[];
    try {
      gradients = this.apply(node, gs);
    } catch (error) {
      if (!(error instanceof OnnxError)) throw error;
      throw error.within({ node: nodeLabel(node), operator: operatorLabel(node), path: pathThrough(node, this.model.graph.nodes, this.options.wrt, this.outputs) });
    }
    node.inputs.forEach((x, i) => {
      const gradient = gradients[i];
      if (gradient && this.active.has(x)) this.accumulate(x, gradient);
    });
  }

  private apply(node: Node, gs: readonly (string | null)[]): readonly (string | null)[] {
    const { b } = this;
    if (node.opType === 'Cast' || node.opType === 'CastLike') return [b.cast(gs[0] as string, this.typeOfGradient(node.inputs[0] as string)), null];
    const rule = node.domain === '' ? this.rules.get(node.opType) : undefined;
    if (!rule) throw this.noRule(node);
    if (node.opType !== 'Split' && gs.some((g, i) => i > 0 && g !== null)) throw new OnnxError(`only the first output of ${operatorLabel(node)} has a gradient`);
    const arrived = gs.find((g) => g !== null) as string;
    const seen = (name: string): string => this.recomputation?.of(name, node, arrived) ?? name;
    const primal = (name: string): string => (name === '' || !isFloat(b.types.get(name)?.dtype) ? name : b.cast(name, this.typeOfGradient(name)));
    const ask = (i: number): string => primal(this.ask(this.recomputation?.nodeOf(node, arrived) ?? node, i));
    const call = new RuleCall(b, node, node.inputs.map((x) => primal(seen(x))), node.outputs.map((y) => primal(seen(y))), gs, ask);
    const results = rule(call);
    return results.map((g, i) => {
      const x = node.inputs[i] ?? '';
      if (g === null || !this.active.has(x)) return null;
      return broadcasting.has(node.opType) ? this.sumBroadcast(g, seen(x)) : g;
    });
  }

  /** Makes a forward node produce an optional output. */
  private ask(node: Node, index: number): string {
    const outputs = this.asked.get(node) ?? [...node.outputs];
    while (outputs.length <= index) outputs.push('');
    outputs[index] ||= this.b.fresh(`${node.outputs[0] ?? 'value'}_output${index}`);
    this.asked.set(node, outputs);
    this.b.types.addNode({ ...node, outputs });
    return outputs[index] as string;
  }

  /** To x's shape: leading axes first, then those where x has 1; unequal symbols are settled at run time. */
  private sumBroadcast(g: string, x: string): string {
    const { b } = this;
    const to = b.shapeOf(x);
    if (sameDims(b.shapeOf(g), to)) return g;
    const lead = b.rankOf(g) - to.length;
    if (lead < 0) return b.expand(g, to, x);
    const axes = [...Array(lead).keys()];
    const reduced = sumBroadcast(b, b.squeeze(b.sum(g, axes), axes), x);
    return b.expand(reduced, to, x);
  }

  private accumulate(value: string, gradient: string): void {
    const sum = this.gradients.get(value);
    this.gradients.set(value, sum === undefined ? gradient : this.b.add2(sum, gradient));
  }

  private typeOfGradient(value: string): DataType {
    const dtype = this.b.dtypeOf(value);
    return this.options.gradientType === 'same' || dtype === 'float64' ? dtype : 'float32';
  }

  private activeValues(): Set<string> {
    const forward = new Set(this.options.wrt);
    for (const node of this.model.graph.nodes) {
      if (isFlat(node) || !readsOf(node).some((x) => forward.has(x))) continue;
      for (const y of node.outputs) if (y !== '' && carries(this.b.types.get(y)?.dtype)) forward.add(y);
    }
    const backward = new Set(this.outputs);
    for (const node of [...this.model.graph.nodes].reverse()) {
      if (!isFlat(node) && node.outputs.some((y) => backward.has(y))) for (const x of readsOf(node)) backward.add(x);
    }
    return new Set([...forward].filter((v) => backward.has(v)));
  }

  private nameOf(value: string): string { return this.options.names?.[`grad_${value}`] ?? `grad_${value}`; }

  private outputName(x: string): string { return this.nameOf(x); }

  private checkNames(): void {
    const used = new Set<string>();
    for (const name of [...this.outputs, ...this.options.wrt].map((v) => this.nameOf(v))) {
      if (used.has(name) || this.b.isTaken(name)) throw new OnnxError(`the name "${name}" is taken; give another in \`names\``, { path: name });
      used.add(name);
    }
  }

  /** First of all: what comes behind an unknown operator has no known type, and would be blamed instead of it. */
  private checkRules(): void {
    for (const node of this.model.graph.nodes) {
      const known = isFlat(node) || ['Cast', 'CastLike'].includes(node.opType) || (node.domain === '' && this.rules.has(node.opType));
      if (!known && readsOf(node).some((x) => this.active.has(x)) && node.outputs.some((y) => this.active.has(y))) throw this.noRule(node);
    }
  }

  private noRule(node: Node): OnnxError {
    const operator = operatorLabel(node);
    return new OnnxError(refusals.get(operator) ?? `no gradient rule for ${operator}`, { node: nodeLabel(node), operator, path: pathThrough(node, this.model.graph.nodes, this.options.wrt, this.outputs) });
  }
}

/** A value of `wrt` → the node → an output that it leads to. */
function pathThrough(node: Node, nodes: readonly Node[], wrt: readonly string[], outputs: readonly string[]): string {
  const before = new Set(readsOf(node));
  for (const n of [...nodes].reverse()) if (n.outputs.some((o) => before.has(o))) for (const x of readsOf(n)) before.add(x);
  const after = new Set(node.outputs);
  for (const n of nodes) if (readsOf(n).some((x) => after.has(x))) for (const y of n.outputs) after.add(y);
  return [wrt.find((x) => before.has(x)), nodeLabel(node), outputs.find((y) => after.has(y))].filter(Boolean).join(' → ');
}

function isFlat(node: Node): boolean { return node.domain === '' && flat.has(node.opType); }

/** An unknown type may carry a gradient: better an error that names the node than a silent zero. */
function carries(dtype: DataType | undefined): boolean { return dtype === undefined || isFloat(dtype); }
