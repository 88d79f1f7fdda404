/** A model as several that run one after another: what one computes and a later one reads goes from output to input. */
import { extractSubgraph } from './edit.ts';
import { OnnxError } from './error.ts';
import type { Model } from './model.ts';
import { producersOf, readsOf } from './order.ts';
import { inferTypes } from './shapes/infer.ts';
import { byteLength } from './tensor.ts';

/**
 * Cuts between nodes so that no part holds much more than `maxBytes` of weights, all about the same; one part if they are
 * fewer. Run in order, each fed with the model's inputs and what earlier parts gave, the parts give the model's outputs.
 * Throws `OnnxError` if a value that would go from part to part is of unknown type or rank.
 */
export function splitByWeights(model: Model, maxBytes: number): Model[] {
  return splitByShares(model, evenShares(model, 1, maxBytes));
}

/** `share` of a model's weights as equal ones of about `maxBytes` at most. */
export function evenShares(model: Model, share: number, maxBytes: number): number[] {
  const count = Math.ceil((share * weightBytes(model)) / maxBytes);
  return Array.from({ length: count }, () => share / count);
}

/** Cuts as `splitByWeights` does, into parts that hold about these shares of the weights, in order; they add up to 1. */
export function splitByShares(model: Model, shares: readonly number[]): Model[] {
  const count = shares.length;
  if (count < 2) return [model];
  const { nodes, initializers, outputs } = model.graph;
  const total = weightBytes(model);
  const ends = shares.map((_, i) => total * shares.slice(0, i + 1).reduce((sum, share) => sum + share, 0));

  const seen = new Set<string>();
  let bytes = 0;
  const partOf = new Map(nodes.map((node) => {
    for (const name of readsOf(node)) {
      const tensor = seen.has(name) ? undefined : initializers.get(name);
      seen.add(name);
      if (tensor) bytes += byteLength(tensor);
    }
    const place = ends.findIndex((end) => bytes <= end);
    return [node, place < 0 ? count - 1 : place] as const;
  }));

  const makers = producersOf(nodes);
  const handedOn = Array.from({ length: count }, () => new Set<string>()); // by the part that makes it
  const handedIn = Array.from({ length: count }, () => new Set<string>()); // by the part that reads it
  for (const node of nodes) {
    for (const name of readsOf(node)) {
      const [made, read] = [makers.get(name), partOf.get(node)!];
      if (!made || partOf.get(made) === read) continue;
      handedOn[partOf.get(made)!]!.add(name);
      handedIn[read]!.add(name);
    }
  }
  for (const { name } of outputs) {
    const made = makers.get(name);
    if (made) handedOn[partOf.get(made)!]!.add(name);
  }

  const types = inferTypes(model);
  const vague = handedIn.flatMap((names) => [...names]).find((name) => types.get(name)?.shape === undefined);
  if (vague !== undefined) throw new OnnxError(`the rank of "${vague}", which would go from part to part, is unknown`, { file: model.file, path: vague });
  return handedOn.flatMap((names, i) => (names.size === 0 ? [] : [extractSubgraph(model, { inputs: [...handedIn[i]!], outputs: [...names] })]));
}

/** Bytes of all the weights of a model. */
export function weightBytes({ graph }: Model): number {
  return [...graph.initializers.values()].reduce((sum, tensor) => sum + byteLength(tensor), 0);
}
