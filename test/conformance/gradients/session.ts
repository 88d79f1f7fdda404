/** Runs models of src/onnx in onnxruntime-node, for tests. */
import * as ort from 'onnxruntime-node';
import { encodeModel, type Model, type SafeTensor } from '../../../src/onnx/index.ts';

export type Feeds = ReadonlyMap<string, SafeTensor>;
export type Optimisation = 'disabled' | 'all';

export interface Result { readonly dims: readonly number[]; readonly data: ArrayLike<number> }

/** Outputs by name for each set of feeds, all from one session. */
export async function runModel(model: Model, feedSets: readonly Feeds[], optimisation: Optimisation = 'all'): Promise<Map<string, Result>[]> {
  const session = await ort.InferenceSession.create(encodeModel(model), { graphOptimizationLevel: optimisation, logSeverityLevel: 3, intraOpNumThreads: 1 });
  try {
    const all: Map<string, Result>[] = [];
    for (const feeds of feedSets) {
      const results = await session.run(Object.fromEntries([...feeds].map(([name, t]) => [name, toOrt(t)])));
      all.push(new Map(Object.entries(results).map(([name, t]) => [name, { dims: t.dims, data: t.data as unknown as ArrayLike<number> }])));
    }
    return all;
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
