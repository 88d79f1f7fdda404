/** Small LoRA files for tests. */
import { float32Tensor, writeSafetensors, type SafeTensor } from '../../onnx';

/** Values that are never equal, about ±`size`. */
export function wave(shape: readonly number[], size = 1, phase = 0): SafeTensor {
  return float32Tensor(Float32Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) => size * Math.sin(1 + phase + i * 1.7)), shape);
}

/** Writes tensors under their names. */
export async function writeLora(path: string, tensors: Readonly<Record<string, SafeTensor>>, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
  await writeSafetensors(path, new Map(Object.entries(tensors)), metadata);
}
