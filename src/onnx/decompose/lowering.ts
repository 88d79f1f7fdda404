/** What a lowering is given and what it gives back. */
import type { GraphBuilder } from '../builder.ts';
import type { Node } from '../model.ts';
import { NodeCall } from '../node-call.ts';

/** Values for the node's outputs, in order, undefined for one that it cannot give; nothing at all when the node is simple enough. */
export type Lowering = (call: LoweringCall) => readonly (string | undefined)[] | undefined;

export class LoweringCall extends NodeCall {
  constructor(b: GraphBuilder, node: Node) { super(b, node, node.inputs); }

  /** An input, or undefined when it is left out. */
  optional(i: number): string | undefined { return this.has(i) ? this.in(i) : undefined; }

  /** Throws for inputs that the lowering does not know how to honour. */
  refuse(i: number, what: string): void {
    if (this.has(i)) throw this.error(`no gradient with ${what}`);
  }
}
