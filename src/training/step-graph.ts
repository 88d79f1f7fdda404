/**
 * The graph of one training step: denoiser with places for tokens → errors → loss → gradient of the tokens. Nothing else
 * gets a gradient, so the backbone is read and never changed. Inputs are the denoiser's own, `soft_tokens`, `target` and
 * `grad_loss`; outputs `loss`, `errors` [rows, columns] and `grad_soft_tokens` [layers, count, width].
 */
import { injectSoftTokens, SOFT_TOKENS_INPUT } from '../adapters';
import { differentiate, GraphBuilder, renameValues, sortNodes, type Model } from '../onnx';
import { TrainingError } from './error';
import { errorShape, lossModel, type LossOptions } from './losses';

/** Row r of the graph's batch is picture ⌊r / columns⌋ under the caption at place r mod columns of that picture's own, the right one first. */
export function stepGraph(denoiser: Model, blocks: readonly string[], options: LossOptions): Model {
  return joined(errorGraph(injectSoftTokens(denoiser, { blocks }), errorShape(options)), lossModel(options));
}

/** Mean squared error per row against `target`, differentiated by the tokens. */
function errorGraph(model: Model, shape: readonly [number, number]): Model {
  const output = model.graph.outputs[0]?.name;
  if (output === undefined) throw new TrainingError('bad-model', `${model.file ?? 'the denoiser'} has no output; fetch the model again`);
  const b = new GraphBuilder(model, 'step');
  const prediction = b.cast(output, 'float32');
  const target = b.input('target', 'float32', b.shapeOf(prediction));
  const difference = b.sub(prediction, target);
  const axes = [...Array(b.rankOf(prediction)).keys()].slice(1);
  b.op('Reshape', [b.mean(b.mul(difference, difference), axes), b.int64(shape)], {}, { as: 'errors' });
  const { graph, ...rest } = b.finish(['errors']);
  return differentiate({ ...rest, graph: { ...graph, outputs: graph.outputs.filter(({ name }) => name === 'errors') } }, { outputs: ['errors'], wrt: [SOFT_TOKENS_INPUT] });
}

/** The loss between the two halves: it reads `errors` and gives `grad_errors`. */
function joined(step: Model, loss: Model): Model {
  const own = new Set(['errors', 'grad_errors', 'grad_loss', 'loss']);
  const names = [...loss.graph.nodes.flatMap(({ outputs }) => outputs), ...loss.graph.initializers.keys(), 'errors_held'].filter((name) => !own.has(name));
  const inside = renameValues(loss, new Map(names.map((name) => [name, name === 'errors_held' ? 'errors' : `loss.${name}`]))).graph;
  const graph = {
    ...step.graph,
    nodes: [...step.graph.nodes, ...inside.nodes.map((node) => ({ ...node, name: `loss.${node.name}` }))],
    inputs: [...step.graph.inputs.filter(({ name }) => name !== 'grad_errors'), ...inside.inputs.filter(({ name }) => name === 'grad_loss')],
    outputs: [...step.graph.outputs, ...inside.outputs.filter(({ name }) => name === 'loss')],
    initializers: new Map([...step.graph.initializers, ...inside.initializers]),
  };
  return { ...step, graph: { ...graph, nodes: sortNodes(graph) } };
}
