/** Reading a model: structure and small tensors into memory, weights as byte ranges of their files. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { OnnxError } from './error.ts';
import type { Model } from './model.ts';
import { sortNodes } from './order.ts';
import { decodeMessage } from './proto/codec.ts';
import { graphFromProto, modelFromProto, tensorFromProto, type FileContext } from './proto/convert.ts';
import { scanModel } from './proto/scan.ts';
import { graphSchema, modelSchema, tensorSchema, type GraphProto, type ModelProto, type TensorProto } from './proto/schema.ts';
import { fileStamp, type Tensor } from './tensor.ts';

/**
 * Reads `path`. External data must lie in the model's folder and is not opened before its bytes are asked for.
 * Throws `OnnxError` for a missing, truncated or foreign file, sparse tensors, and a graph that is cyclic or names unknown values.
 */
export async function readModel(path: string): Promise<Model> {
  const file = resolve(path);
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    throw new OnnxError(`cannot open the model: ${error instanceof Error ? error.message : String(error)}`, { file });
  }
  try {
    return readFrom(descriptor, { file, stamp: fileStamp(descriptor) });
  } catch (error) {
    if (error instanceof OnnxError) throw error.within({ file });
    throw new OnnxError(`not an ONNX model, or damaged: ${error instanceof Error ? error.message : String(error)}`, { file });
  } finally {
    closeSync(descriptor);
  }
}

function readFrom(descriptor: number, context: FileContext): Model {
  const size = fstatSync(descriptor).size;
  if (size === 0) throw new OnnxError('not an ONNX model: the file is empty');
  const scanned = scanModel(descriptor, size, context.file);
  const initializers = new Map<string, Tensor>();
  for (const { header, raw } of scanned.initializers) {
    const proto = decodeMessage<TensorProto>(tensorSchema, header);
    initializers.set(proto.name ?? '', tensorFromProto(proto, context, raw));
  }
  const graph = graphFromProto(decodeMessage<GraphProto>(graphSchema, scanned.graph), initializers, context);
  const model = modelFromProto(decodeMessage<ModelProto>(modelSchema, scanned.model), graph, context);
  if (model.opsets.size === 0) throw new OnnxError('not an ONNX model: it names no operator set');
  sortNodes(graph);
  return model;
}
