import assert from 'node:assert/strict';
import * as ort from 'onnxruntime-node';
import { float32ToHalf } from './half';
import { broughtBack, KeptValue } from './kept-value';

type Value = ort.Tensor & { disposed: number };
/** A value that says it is on a device. */
function onDevice(type: string, data: unknown = undefined, location = 'gpu-buffer'): Value {
  const value = { type, data, dims: [2, 3], location, disposed: 0, dispose: () => void (value.disposed += 1) };
  return value as never;
}

/** A library whose device is the processor, and what it was asked for. */
function library(fails: () => boolean = () => false) {
  const asked = { graphs: [] as string[], providers: [] as unknown[], runs: 0 };
  const create = async (graph: Uint8Array, options: ort.InferenceSession.SessionOptions) => {
    asked.graphs.push(Buffer.from(graph).toString('base64'));
    asked.providers.push(options.executionProviders);
    const session = await ort.InferenceSession.create(graph, { ...options, executionProviders: ['cpu'], intraOpNumThreads: 1 });
    return {
      run: ({ x }: { x: Value }) => {
        asked.runs += 1;
        if (fails()) throw new Error('device lost');
        const native = new ort.Tensor(x.type as 'float32', x.data as Float32Array, x.dims);
        if (x.type === 'float16') Object.defineProperty(native, 'data', { value: x.data });
        return session.run({ x: native });
      },
    };
  };
  return { asked, ort: { InferenceSession: { create } } as unknown as typeof ort };
}

describe('a value that stays on the device', () => {
  it('has its shape, and frees its memory there', () => {
    const native = onDevice('float32');
    const kept = new KeptValue(native);
    assert.deepEqual(kept.dims, [2, 3]);
    kept.dispose();
    assert.equal(native.disposed, 1);
  });

  it('that never left the processor is not freed: others may read it', () => {
    const native = onDevice('float32', undefined, 'cpu');
    new KeptValue(native).dispose();
    assert.equal(native.disposed, 0);
  });
});

describe('a value brought back from the device', () => {
  // Graphs stay open for good, but for one that failed.
  beforeEach(async () => {
    for (const type of ['float32', 'float16']) await broughtBack(library(() => true).ort, onDevice(type)).catch(() => undefined);
  });

  it('is itself where it is there already', async () => {
    const { ort, asked } = library();
    const value = onDevice('int64', undefined, 'cpu');
    assert.equal(await broughtBack(ort, value), value);
    assert.equal(asked.graphs.length, 0);
  });

  it('has the same bits, floats and half floats, by a graph that is opened once for each', async () => {
    const floats = Float32Array.of(0, -0, 1 / 3, -65504, 1e-40, Infinity);
    const halves = Uint16Array.from([...float32ToHalf(floats.slice(0, 5)), 0x7c00]);
    const { ort, asked } = library();
    for (const [type, data] of [['float32', floats], ['float16', halves], ['float32', floats.slice().reverse()]] as const) {
      const value = onDevice(type, data);
      const back = await broughtBack(ort, value);
      assert.deepEqual([back.type, back.dims, value.disposed], [type, [2, 3], 0]);
      const bytes = (array: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex');
      assert.equal(bytes(back.data as Float32Array), bytes(data));
    }
    assert.deepEqual([asked.graphs.length, new Set(asked.graphs).size, asked.runs], [2, 2, 3]);
    assert.deepEqual(asked.providers, [['webgpu', 'cpu'], ['webgpu', 'cpu']]);
  });

  it('is asked for anew after a device was lost', async () => {
    let lost = true;
    const { ort: fresh, asked } = library(() => lost);
    await assert.rejects(broughtBack(fresh, onDevice('float32', new Float32Array(6))), /device lost/);
    lost = false;
    await broughtBack(fresh, onDevice('float32', new Float32Array(6)));
    await broughtBack(fresh, onDevice('float32', new Float32Array(6)));
    assert.equal(asked.graphs.length, 2, 'one for the failure, one for both that followed');
  });

  it('of a type that no graph passes on is named', async () => {
    await assert.rejects(broughtBack(library().ort, onDevice('int64')), { message: 'values of type int64 cannot be read back from the device' });
  });
});
