/** Small ONNX graphs made on the spot, for tests that need one with a certain flaw. */
import type { Graph, Model, Node, ValueInfo } from '../../src/onnx/model';
import { writeModel, type WriteOptions } from '../../src/onnx/write';

/** A node with its defaults. */
export function node(opType: string, inputs: readonly string[], outputs: readonly string[], changes: Partial<Node> = {}): Node {
  return { name: `${opType} of ${outputs[0]}`, opType, domain: '', inputs, outputs, attributes: new Map(), ...changes };
}

export function value(name: string, dtype: ValueInfo['dtype'], shape: readonly (number | string)[]): ValueInfo {
  return { name, dtype, shape: shape as ValueInfo['shape'] };
}

/** A model of opset 17 around `graph`. */
export function tinyModel(graph: Pick<Graph, 'nodes' | 'inputs' | 'outputs'> & Partial<Graph>): Model {
  return {
    irVersion: 8, opsets: new Map([['', 17], ['com.microsoft', 1]]), producerName: '', producerVersion: '', domain: '', modelVersion: 0n, doc: '',
    metadata: new Map(), functions: [], graph: { name: 'tiny', doc: '', values: new Map(), initializers: new Map(), ...graph },
  };
}

/** Writes a `tinyModel`; `options.inlineLimit` 0 puts all weights into a file beside it. */
export function writeGraph(path: string, graph: Parameters<typeof tinyModel>[0], options: WriteOptions = {}): Promise<void> {
  return writeModel(tinyModel(graph), path, options);
}
