/** A node as a rule or a lowering sees it. */
import type { GraphBuilder } from './builder.ts';
import type { Dim } from './dim.ts';
import { OnnxError } from './error.ts';
import { floatAttribute, intAttribute, intsAttribute, nodeLabel, operatorLabel, stringAttribute, type Node } from './model.ts';

/** One node, its inputs and attributes, and the builder to write with. */
export class NodeCall {
  constructor(
    readonly b: GraphBuilder,
    readonly node: Node,
    /** Inputs; '' for an optional one that is left out. */
    readonly x: readonly string[],
  ) {}

  get rank(): number { return this.b.rankOf(this.in(0)); }

  in(i: number): string {
    const name = this.x[i] ?? '';
    if (name === '') throw this.error(`input ${i} is missing`);
    return name;
  }

  has(i: number): boolean { return (this.x[i] ?? '') !== ''; }
  shape(i: number): readonly Dim[] { return this.b.shapeOf(this.in(i)); }
  int(name: string, fallback: number): number { return intAttribute(this.node, name, fallback); }
  ints(name: string): number[] | undefined { return intsAttribute(this.node, name); }
  float(name: string, fallback: number): number { return floatAttribute(this.node, name, fallback); }
  string(name: string, fallback: string): string { return stringAttribute(this.node, name, fallback); }

  /** An axis attribute counted from the front. */
  axis(name: string, fallback: number, rank = this.rank): number {
    const axis = this.int(name, fallback);
    return axis < 0 ? axis + rank : axis;
  }

  /** Elements of an input that is known before anything runs. */
  numbers(i: number): number[] | undefined {
    const value = this.has(i) ? this.b.types.get(this.in(i))?.value : undefined;
    return value?.every((v) => typeof v === 'number') ? (value as number[]) : undefined;
  }

  error(what: string): OnnxError {
    return new OnnxError(what, { node: nodeLabel(this.node), operator: operatorLabel(this.node) });
  }
}
