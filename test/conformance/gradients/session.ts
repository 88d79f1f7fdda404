/** Runs models of src/onnx in onnxruntime-node, for tests. */
import * as ort from 'onnxruntime-node';
import { encodeModel, type Model, type SafeTensor } from '../../../src/onnx/index.ts';

export type Feeds = ReadonlyMap<string, SafeTensor>;
export type Optimisation = 'disabled' | 'all';

/** Outputs as plain numbers by name. */
export async function runModel(model: Model, feeds: Feeds, optimisation: Optimisation = 'all'): Promise<Map<string, { dims: readonly number[]; data: ArrayLike<number> }>> {
  const session = await ort.InferenceSession.create(encodeModel(model), { graphOptimizationLevel: optimisation, logSeverityLevel: 3, intraOpNumThreads: 1 });
  try {
    const results = await session.run(Object.fromEntries([...feeds].map(([name, t]) => [name, toOrt(t)])));
    return new Map(Object.entries(results).map(([name, t]) => [name, { dims: t.dims, data: t.data as unknown as ArrayLike<number> }]));
  } finally {
    await session.release();
  }
}

function toOrt({ dtype, shape, data }: SafeTensor): ort.Tensor {
  const bytes = data.slice().buffer;
  switch (dtype) {
    case 'F32': return new ort.Tensor('float32', new Float32Array(bytes), shape);
    case 'I64': return new ort.Tensor('int64', new BigInt64Array(bytes), shape);
    case 'I32': return new ort.Tensor('int32', new Int32Array(bytes), shape);
    case 'BOOL': return new ort.Tensor('bool', new Uint8Array(bytes), shape);
    default: throw new Error(`test feeds have no ${dtype}`);
  }
}
