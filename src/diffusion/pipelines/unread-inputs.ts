/**
 * Inputs that a graph declares and no output hangs on: Olive's SD 1.5 recipe traces SDXL's `onnx::Concat_4` and
 * `onnx::Shape_5` along. ONNX Runtime wants them fed all the same, and any value does.
 */
import { readModel } from '../../onnx/read';
import { readsOf } from '../../onnx/order';

export async function unreadInputs(file: string): Promise<ReadonlySet<string>> {
  const { graph } = await readModel(file);
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const needed = new Set<string>();
  const open = graph.outputs.map(({ name }) => name);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    const maker = makers.get(name);
    if (maker) open.push(...readsOf(maker));
  }
  return new Set(graph.inputs.map(({ name }) => name).filter((name) => !needed.has(name)));
}
