/**
 * An ONNX model as data. Read a model (structure into memory, weights by reference), edit it, differentiate it and
 * write it back; no runtime and no other room is needed. A pass takes a `Model` and returns a new one that shares what
 * did not change. `differentiate` adds vector-Jacobian products in standard operators; `GraphBuilder` writes nodes with
 * types inferred on the way, and the loss heads in `loss.ts` are written with it. Every failure is an `OnnxError`: one
 * line that says what and where. Safetensors files are read and written here too. Gradient rules are in
 * `gradient/rules.ts`, inference rules in `shapes/`, one per operator.
 */
export { OnnxError, type OnnxErrorPlace } from './error.ts';
export { isFloat, itemSize, type DataType } from './dtype.ts';
export type { Dim } from './dim.ts';
export type { Attribute, FunctionBody, Graph, Model, Node, ValueInfo } from './model.ts';
export { byteLength, elementCount, int64Tensor, numberTensor, rawTensor, tensorBytes, tensorNumbers, type Tensor, type TensorData } from './tensor.ts';
export { readModel } from './read.ts';
export { encodeModel, writeModel, type WriteOptions } from './write.ts';
export { upgradeOpset } from './upgrade.ts';
export { inlineFunctions } from './inline.ts';
export { inferShapes, inferTypes, type TypeTable } from './shapes/infer.ts';
export type { ValueType } from './shapes/types.ts';
export { foldConstants } from './fold.ts';
export { appendNodes, extractSubgraph, joinModels, liftInitializers, renameValues, replaceInitializers } from './edit.ts';
export { producersOf, pruneGraph, sortNodes } from './order.ts';
export { weightBehind, type WeightBehind } from './weight-behind.ts';
export { GraphBuilder, float, type AttributeInput } from './builder.ts';
export { crossEntropy, meanSquaredError, weightedSum } from './loss.ts';
export { differentiate, type DifferentiateOptions, type Progress } from './gradient/differentiate.ts';
export { float32Tensor, readSafetensors, safetensorsByReference, toFloat32, writeSafetensors, type SafeTensor, type Safetensors, type SafetensorsDtype } from './safetensors.ts';
