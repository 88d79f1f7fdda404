/**
 * The only room that knows onnxruntime-node. Everything above it sees plain tensors and sessions that check their
 * feeds; the library itself is loaded on the first `openSession`, so importing this room costs nothing. Half floats
 * are converted here and nowhere else: Node 20 has them as `Uint16Array`, Node 24 as `Float16Array`.
 */
export { RuntimeError } from './error';
export { physicalCores } from './physical-cores';
export { hasExactInt8, processor, type Processor } from './processor';
export { KeptValue } from './kept-value';
export type { ProviderReport, Trial } from './probe-provider';
export { automatic, ProviderReports, worthTrying } from './provider-reports';
export { PROVIDERS, openSession, runtimeName, type Provider, type Session, type SessionOptions } from './session';
export { elementCount, integerTensor, tensor, type DType, type Tensor, type TensorData, type ValueInfo } from './tensor';
