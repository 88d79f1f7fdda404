/** What a gradient rule is given and what it gives back. */
import type { GraphBuilder } from '../builder.ts';
import type { Node } from '../model.ts';
import { NodeCall } from '../node-call.ts';

/**
 * One gradient per input, in order; null where there is none (an integer input, or one that is not differentiable).
 * A gradient has its input's shape, except in rules of `broadcasting` operators: there the walker sums what was broadcast.
 * What no requested gradient needs is dropped afterwards, so rules need not ask.
 */
export type Gradients = readonly (string | null)[];
export type Rule = (call: RuleCall) => Gradients;

/** A node to differentiate: its inputs are in the type that gradients have. */
export class RuleCall extends NodeCall {
  constructor(
    b: GraphBuilder, node: Node, x: readonly string[],
    /** Outputs, likewise. */
    readonly y: readonly string[],
    /** Gradients of the outputs; null where nothing depends on one. */
    readonly gs: readonly (string | null)[],
    /** Names for the outputs that the node leaves out: asking for one makes the forward node produce it. */
    private readonly ask: (index: number) => string,
  ) { super(b, node, x); }

  /** The first output's gradient. */
  get g(): string { return this.gs[0] as string; }
  output(i: number): string { return this.y[i] || this.ask(i); }
}
