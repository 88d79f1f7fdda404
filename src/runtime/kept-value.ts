/**
 * Values that stay where they were computed: fed to the next run without a way through the processor's memory. What
 * onnxruntime-node 1.30 allows there, found by experiment: a session either gives all outputs or none on the device that are asked
 * for (`Output count mismatch` otherwise), `Tensor.getData` ends the process, but a value that one session left on the device can
 * be fed to any other; so it is read back by a graph that only passes it on.
 */
import type * as OnnxRuntime from 'onnxruntime-node';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';

export class KeptValue {
  constructor(
    /** For `runtime/` only. */
    readonly native: OrtTensor,
  ) {}

  get dims(): readonly number[] {
    return this.native.dims;
  }

  /** Frees the device's memory. What waits for the garbage collector is too small for it to see: a handle. */
  dispose(): void {
    if (isOnDevice(this.native)) this.native.dispose();
  }
}

export function isOnDevice(value: OrtTensor): boolean {
  return value.location === 'gpu-buffer';
}

/** y = x of any shape, as ONNX (opset 17). */
const PASS_ON: Readonly<Record<string, string>> = {
  float32: 'CAgSABoAIgAoADIAQgQKABAROjIKFAoBeBIBeRoAIghJZGVudGl0eToAEgRyZWFkWgkKAXgSBAoCCAFiCQoBeRIECgIIAQ==',
  float16: 'CAgSABoAIgAoADIAQgQKABAROjIKFAoBeBIBeRoAIghJZGVudGl0eToAEgRyZWFkWgkKAXgSBAoCCApiCQoBeRIECgIICg==',
};

const readers = new Map<string, Promise<InferenceSession>>();

/** The same value in the processor's memory; one that is there already is itself. */
export async function broughtBack(ort: typeof OnnxRuntime, value: OrtTensor): Promise<OrtTensor> {
  if (!isOnDevice(value)) return value;
  const graph = PASS_ON[value.type];
  if (graph === undefined) throw new Error(`values of type ${value.type} cannot be read back from the device`);
  const open = () => ort.InferenceSession.create(Buffer.from(graph, 'base64'), { executionProviders: ['webgpu', 'cpu'], logSeverityLevel: 4 });
  const reader = readers.get(value.type) ?? open();
  readers.set(value.type, reader);
  try {
    const { y } = await (await reader).run({ x: value });
    return y as OrtTensor;
  } catch (error) {
    readers.delete(value.type); // a device that was lost may be there again
    throw error;
  }
}
