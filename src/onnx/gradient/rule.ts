/** What a gradient rule is given and what it gives back. */
import type { GraphBuilder } from '../builder.ts';
import type { Dim } from '../dim.ts';
import { OnnxError } from '../error.ts';
import { floatAttribute, intAttribute, intsAttribute, nodeLabel, operatorLabel, stringAttribute, type Node } from '../model.ts';

/**
 * One gradient per input, in order; null where there is none (an integer input, or one that is not differentiable).
 * A gradient has its input's shape, except in rules of `broadcasting` operators: there the walker sums what was broadcast.
 * What no requested gradient needs is dropped afterwards, so rules need not ask.
 */
export type Gradients = readonly (string | null)[];
export type Rule = (call: RuleCall) => Gradients;

export class RuleCall {
  constructor(
    readonly b: GraphBuilder,
    readonly node: Node,
    /** Inputs in the type that gradients have; '' for an optional input that is left out. */
    readonly x: readonly string[],
    /** Outputs, likewise. */
    readonly y: readonly string[],
    /** Gradients of the outputs; null where nothing depends on one. */
    readonly gs: readonly (string | null)[],
    /** Names for the outputs that the node leaves out: asking for one makes the forward node produce it. */
    private readonly ask: (index: number) => string,
  ) {}

  /** The first output's gradient. */
  get g(): string { return this.gs[0] as string; }
  get rank(): number { return this.b.rankOf(this.in(0)); }

  in(i: number): string {
    const name = this.x[i] ?? '';
    if (name === '') throw this.error(`input ${i} is missing`);
    return name;
  }

  has(i: number): boolean { return (this.x[i] ?? '') !== ''; }
  output(i: number): string { return this.y[i] || this.ask(i); }
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
