/** What is known about a value before anything runs, and what an inference rule sees. */
import type { DataType } from '../dtype.ts';
import { addDims, atom, exactQuotient, multiplyDims, productOf, type Dim } from '../dim.ts';
import { OnnxError } from '../error.ts';
import { intAttribute, intsAttribute, nodeLabel, operatorLabel, stringAttribute, type Node } from '../model.ts';

export interface ValueType {
  readonly dtype: DataType;
  /** Undefined when not even the rank is known. */
  readonly shape?: readonly Dim[];
  /** Elements of a scalar or vector as far as they are known: how shapes travel through Shape/Gather/Concat chains. */
  readonly value?: readonly Dim[];
}

export type InferenceRule = (call: Call) => readonly (ValueType | undefined)[];

/** One node with the types of its inputs. */
export class Call {
  constructor(
    readonly node: Node,
    readonly inputs: readonly (ValueType | undefined)[],
    readonly opset: number,
    readonly fresh: () => Dim,
  ) {}

  dtype(i = 0): DataType {
    const type = this.inputs[i];
    if (!type) throw this.error(`the type of input ${i} is unknown`);
    return type.dtype;
  }

  shape(i = 0): readonly Dim[] | undefined { return this.inputs[i]?.shape; }
  value(i: number): readonly Dim[] | undefined { return this.inputs[i]?.value; }
  has(i: number): boolean { return (this.node.inputs[i] ?? '') !== ''; }
  int(name: string, fallback: number): number { return intAttribute(this.node, name, fallback); }
  ints(name: string): number[] | undefined { return intsAttribute(this.node, name); }
  string(name: string, fallback: string): string { return stringAttribute(this.node, name, fallback); }

  /** Elements that are all plain numbers. */
  numbers(i: number): number[] | undefined {
    const value = this.value(i);
    return value?.every((v) => typeof v === 'number') ? (value as number[]) : undefined;
  }

  unknownDims(rank: number): Dim[] { return Array.from({ length: rank }, () => this.fresh()); }

  error(what: string): OnnxError {
    return new OnnxError(what, { node: nodeLabel(this.node), operator: operatorLabel(this.node) });
  }
}

/** -1 counts from the end. */
export function positiveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** One dimension of a broadcast. Two different symbols give a symbol of their own: either may be 1. */
export function broadcastDim(a: Dim, b: Dim): Dim | undefined {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === 'number') return typeof b === 'number' ? undefined : a;
  if (typeof b === 'number') return b;
  return atom(a < b ? `broadcast(${a}, ${b})` : `broadcast(${b}, ${a})`);
}

/** Numpy broadcasting of any number of shapes; throws through the call when they do not fit. */
export function broadcastShapes(call: Call, shapes: readonly (readonly Dim[] | undefined)[]): Dim[] | undefined {
  let result: Dim[] = [];
  for (const shape of shapes) {
    if (!shape) return undefined;
    const rank = Math.max(result.length, shape.length);
    const at = (s: readonly Dim[], i: number): Dim => s[i - (rank - s.length)] ?? 1;
    result = Array.from({ length: rank }, (_, i) => {
      const dim = broadcastDim(at(result, i), at(shape, i));
      if (dim === undefined) throw call.error(`shapes [${shapes.map((s) => s?.join(', ')).join('] and [')}] do not broadcast`);
      return dim;
    });
  }
  return result;
}

/** The simpler of two dimensions that must be equal. */
export function unifyDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number') return a;
  if (typeof b === 'number') return b;
  return b.length < a.length ? b : a;
}

/** total / product(others), after cancelling equal factors: what -1 stands for in a Reshape. */
export function remainingDim(from: readonly Dim[], others: readonly Dim[], fresh: () => Dim): Dim {
  const left = [...from];
  const right = others.filter((dim) => {
    const at = left.indexOf(dim);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return exactQuotient(productOf(left), productOf(right)) ?? fresh();
}

export function sumDims(dims: readonly Dim[]): Dim {
  return dims.reduce(addDims, 0);
}

/** Multiplication where both are known; fractions only between plain numbers. */
export function scaleDim(dim: Dim, factor: number): Dim | undefined {
  if (typeof dim === 'number') return dim * factor;
  return Number.isInteger(factor) ? multiplyDims(dim, factor) : undefined;
}
