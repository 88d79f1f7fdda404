/**
 * Attention whose queries, keys and values come as one tensor, `[batch, length, heads, 3, size]`, or keys and values as one,
 * `[batch, length, heads, 2, size]`: how ONNX Runtime's transformer optimizer (and so Olive) writes it for graphics cards. Its
 * processor kernel opens such a node and then refuses to run it; the same node with three inputs runs.
 */
import { GraphBuilder } from '../builder.ts';
import type { Model, Node } from '../model.ts';

/** The model with every packed `com.microsoft.MultiHeadAttention` unpacked; itself if there is none. */
export function unpackAttention(model: Model): Model {
  const packed = model.graph.nodes.filter((node) => node.opType === 'MultiHeadAttention' && node.domain === 'com.microsoft' && !node.inputs[2]);
  if (packed.length === 0) return model;
  const b = new GraphBuilder(model, 'unpacked');
  for (const node of packed) {
    b.add({ ...node, inputs: [...threeInputs(node, b), ...node.inputs.slice(3)] });
  }
  const unpacked = b.replace(new Set(packed));
  return { ...unpacked, opsets: new Map([['com.microsoft', 1], ...unpacked.opsets]) };
}

/** Query, key and value, `[batch, length, heads · size]` each. */
function threeInputs({ inputs: [query, key] }: Node, b: GraphBuilder): string[] {
  const parts = (from: string, count: number) =>
    b.ops('Split', [from, b.int64(Array.from({ length: count }, () => 1))], count, { axis: 3 }).map((part) => b.op('Reshape', [part, b.int64([0, 0, -1])]));
  return key ? [query!, ...parts(key, 2)] : parts(query!, 3);
}
