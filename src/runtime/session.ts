/** One ONNX graph, open: its inputs and outputs, and runs whose feeds are checked before the native code sees them. */
import type * as OnnxRuntime from 'onnxruntime-node';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { basename, dirname } from 'node:path';
import { RuntimeError } from './error';
import { float32ToHalf, halfToFloat32 } from './half';
import { broughtBack, isOnDevice, KeptValue } from './kept-value';
import { openingFailure } from './ort-message';
import { physicalCores } from './physical-cores';
import { arrayOf, elementCount, isDType, type DType, type Tensor, type TensorData, type ValueInfo } from './tensor';

/** Where a graph may run. `auto` is settled before a session is opened (`automatic`); here it is the processor. */
export const PROVIDERS = ['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
export type Provider = (typeof PROVIDERS)[number];

export interface SessionOptions {
  readonly provider?: Provider;
  /** Threads inside one operator; physical cores unless said. */
  readonly threads?: number;
  /**
   * Let threads spin while they wait. Off: beside any other busy process spinning halves the speed (measured: 32 ms
   * against 16 per call), and it burns a core for a while after the last run.
   */
  readonly spin?: boolean;
  /** Keep freed memory for the next run, and plan it ahead for repeated shapes. Both cost memory and save time. */
  readonly arena?: boolean;
  readonly memoryPattern?: boolean;
  /** Initializers to use in place of the file's external data: location in the file → bytes. */
  readonly externalData?: ReadonlyMap<string, Uint8Array>;
  /** The graph to open in place of the file's own; its external data lies beside the file. */
  readonly graph?: Uint8Array;
  /**
   * External weights stay in their file, mapped: the graph opens at once and memory holds what was read lately. Products and
   * convolutions then arrange their weights anew at every run (measured: 1.2 of the time for SD 1.5's denoiser).
   */
  readonly mapped?: boolean;
  /** Names of nodes that the processor computes although the provider could. Only WebGPU takes such a list. */
  readonly processorNodes?: readonly string[];
  /** Outputs that stay on the device until somebody wants them. WebGPU can do that; elsewhere they are in memory anyway. */
  readonly keeps?: readonly string[];
}

export interface Session {
  /** Path of the graph. */
  readonly file: string;
  /** The library that runs it, with its version. */
  readonly runtime: string;
  /** In the graph's order. */
  readonly inputs: ReadonlyMap<string, ValueInfo>;
  readonly outputs: ReadonlyMap<string, ValueInfo>;
  /**
   * Runs the graph. Float feeds may be float32 whatever the graph declares, and float outputs are float32.
   * Feeds that the graph does not have are refused, as are missing ones and a wrong dtype or rank (`RuntimeError`).
   * @param wanted outputs to compute; all unless said
   */
  run(feeds: Readonly<Record<string, Tensor>>, wanted?: readonly string[]): Promise<Record<string, Tensor>>;
  /**
   * The same with values that an earlier run kept, and with one output that is kept. The caller disposes of it once the run that
   * reads it is over. A session made around another may leave this out.
   */
  runKeeping?(feeds: Readonly<Record<string, Tensor | KeptValue>>, kept: string, wanted: readonly string[]): Promise<{ results: Record<string, Tensor>; kept: KeptValue }>;
  /** Frees the native memory. A session is not used after that. */
  release(): Promise<void>;
}

type Ort = typeof OnnxRuntime;

/**
 * Opens the graph at `file`, by path, so that its weights are not held twice.
 * Throws `RuntimeError` naming the file: missing, truncated, not ONNX, or an operator the provider has no kernel for.
 */
export async function openSession(file: string, options: SessionOptions = {}): Promise<Session> {
  const ort = await import('onnxruntime-node');
  let session: InferenceSession;
  try {
    const native = ortOptions(options, dirname(file));
    session = await (options.graph ? ort.InferenceSession.create(options.graph, native) : ort.InferenceSession.create(file, native));
  } catch (error) {
    throw openingFailure(file, error);
  }
  return new OpenSession(file, ort, session, keepsOnDevice(options));
}

/** The library, with its version: what a derived graph was measured with. */
export async function runtimeName(): Promise<string> {
  return nameOf(await import('onnxruntime-node'));
}

function nameOf(ort: Ort): string {
  return `onnxruntime-node ${ort.env.versions.node ?? ort.env.versions.common}`;
}

class OpenSession implements Session {
  readonly inputs: ReadonlyMap<string, ValueInfo>;
  readonly outputs: ReadonlyMap<string, ValueInfo>;
  readonly runtime: string;
  /** The library's own objects around values that were fed before: what lasts over the steps of a picture is wrapped and checked once. */
  private readonly wrapped = new WeakMap<Tensor, { name: string; native: OrtTensor }>();

  constructor(
    readonly file: string,
    private readonly ort: Ort,
    private readonly session: InferenceSession,
    /** Some outputs stay on the device, and a run gives all. */
    private readonly keeps: boolean,
  ) {
    this.runtime = nameOf(ort);
    this.inputs = describe(file, 'input', session.inputMetadata);
    this.outputs = describe(file, 'output', session.outputMetadata);
  }

  async run(feeds: Readonly<Record<string, Tensor>>, wanted?: readonly string[]): Promise<Record<string, Tensor>> {
    return this.read(await this.native(feeds, wanted), wanted ?? [...this.outputs.keys()]);
  }

  async runKeeping(feeds: Readonly<Record<string, Tensor | KeptValue>>, kept: string, wanted: readonly string[]): Promise<{ results: Record<string, Tensor>; kept: KeptValue }> {
    const { [kept]: native, ...others } = await this.native(feeds, [kept, ...wanted]);
    return { results: await this.read(others, wanted), kept: new KeptValue(native as OrtTensor) };
  }

  /** The outputs that are wanted; what else stayed on the device goes. */
  private async read(values: InferenceSession.OnnxValueMapType, wanted: readonly string[]): Promise<Record<string, Tensor>> {
    const results: Record<string, Tensor> = {};
    for (const [name, value] of Object.entries(values) as [string, OrtTensor][]) {
      if (wanted.includes(name)) results[name] = fromNative(isOnDevice(value) ? await broughtBack(this.ort, value) : value);
      if (isOnDevice(value)) value.dispose();
    }
    return results;
  }

  private async native(feeds: Readonly<Record<string, Tensor | KeptValue>>, wanted?: readonly string[]): Promise<InferenceSession.OnnxValueMapType> {
    const native = this.toNative(feeds);
    try {
      return await (wanted && !this.keeps ? this.session.run(native, [...wanted]) : this.session.run(native));
    } catch (error) {
      throw new RuntimeError('failed', `running ${this.file} failed: ${messageOf(error)}`, { cause: error });
    }
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  private toNative(feeds: Readonly<Record<string, Tensor | KeptValue>>): Record<string, OrtTensor> {
    const native: Record<string, OrtTensor> = {};
    for (const name in feeds) {
      const feed = feeds[name]!;
      const info = this.inputs.get(name);
      if (!info) throw this.wrong(name, `is not an input; the inputs are ${[...this.inputs.keys()].join(', ')}`);
      const known = feed instanceof KeptValue ? { name, native: feed.native } : this.wrapped.get(feed);
      native[name] = known?.name === name ? known.native : this.wrap(name, feed as Tensor, info);
    }
    for (const name of this.inputs.keys()) if (!(name in native)) throw this.wrong(name, 'was not fed');
    return native;
  }

  private wrap(name: string, feed: Tensor, info: ValueInfo): OrtTensor {
    const problem = mismatch(feed, info);
    if (problem) throw this.wrong(name, problem);
    const data = converted(feed, info.dtype);
    const native = nativeTensor(this.ort, info.dtype, data, feed.dims);
    if (data === feed.data) this.wrapped.set(feed, { name, native }); // a converted copy would not follow what is written into its original
    return native;
  }

  private wrong(input: string, problem: string): RuntimeError {
    return new RuntimeError('failed', `${basename(this.file)}: input "${input}" ${problem} (${this.file})`);
  }
}

function ortOptions(options: SessionOptions, folder: string): InferenceSession.SessionOptions {
  const { provider = 'auto', processorNodes } = options; // the library refuses an empty list of nodes
  return {
    executionProviders: provider === 'auto' || provider === 'cpu' ? ['cpu'] : [provider === 'webgpu' && processorNodes?.length ? { name: provider, forceCpuNodeNames: processorNodes } : provider, 'cpu'],
    intraOpNumThreads: options.threads ?? physicalCores(),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: options.mapped ? 'extended' : 'all', // the last level lays convolutions' weights out anew
    enableCpuMemArena: options.arena ?? true,
    enableMemPattern: options.memoryPattern ?? true,
    logSeverityLevel: 4, // what goes wrong is thrown; the rest is noise on stderr
    extra: { session: { intra_op: { allow_spinning: options.spin ? '1' : '0' }, ...(options.mapped && { disable_prepacking: '1' }), ...(options.graph && { model_external_initializers_file_folder_path: folder }) } },
    ...(keepsOnDevice(options) && { preferredOutputLocation: Object.fromEntries(options.keeps!.map((name) => [name, 'gpu-buffer' as const])) }),
    ...(options.externalData && { externalData: [...options.externalData].map(([path, data]) => ({ path, data })) }),
  };
}

function keepsOnDevice({ provider, keeps = [] }: SessionOptions): boolean {
  return provider === 'webgpu' && keeps.length > 0;
}

function describe(file: string, kind: string, metadata: readonly InferenceSession.ValueMetadata[]): ReadonlyMap<string, ValueInfo> {
  return new Map(
    metadata.map((value) => {
      if (!value.isTensor) throw new RuntimeError('bad-model', `${file}: ${kind} "${value.name}" is not a tensor; export the model without it`);
      if (!isDType(value.type)) throw new RuntimeError('bad-model', `${file}: ${kind} "${value.name}" is of type ${value.type}, which Easel does not feed`);
      return [value.name, { name: value.name, dtype: value.type, shape: value.shape }] as const;
    }),
  );
}

/** What is wrong with a feed, or nothing. A symbolic dimension takes any size. */
function mismatch(feed: Tensor, info: ValueInfo): string | undefined {
  const wanted = `${info.dtype} [${info.shape.join(', ')}]`;
  const fits = feed.dtype === info.dtype || (isFloat(feed.dtype) && isFloat(info.dtype));
  if (!fits) return `takes ${wanted}, not ${feed.dtype}`;
  const sameShape = feed.dims.length === info.shape.length && info.shape.every((n, i) => typeof n === 'string' || n === feed.dims[i]);
  if (!sameShape) return `takes ${wanted}, not [${feed.dims.join(', ')}]`;
  if (feed.data.length !== elementCount(feed.dims)) return `has shape [${feed.dims.join(', ')}] but ${feed.data.length} values`;
  return undefined;
}

function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float16' || dtype === 'float64';
}

function nativeTensor(ort: Ort, dtype: DType, data: TensorData, dims: readonly number[]): OrtTensor {
  const native = new ort.Tensor(dtype as 'float32', data as Float32Array, dims);
  // Node 24: the library makes a Float16Array of the bits, whose length its own native side then reads as 0 (1.30.0).
  if (dtype === 'float16' && native.data as unknown !== data) Object.defineProperty(native, 'data', { value: data });
  return native;
}

/** The feed's values in the type the graph declares. */
function converted(feed: Tensor, dtype: DType): TensorData {
  if (feed.dtype === dtype) return feed.data;
  const floats = feed.dtype === 'float16' ? halfToFloat32(feed.data as Uint16Array) : (feed.data as Float32Array | Float64Array);
  if (dtype === 'float16') return float32ToHalf(floats);
  return dtype === 'float64' ? Float64Array.from(floats) : Float32Array.from(floats);
}

function fromNative(value: OrtTensor): Tensor {
  const { dims, type } = value;
  const data = value.data as TensorData;
  if (type === 'float16') {
    return { dtype: 'float32', dims, data: halfToFloat32(new Uint16Array(data.buffer as ArrayBuffer, data.byteOffset, data.length)) };
  }
  if (type === 'float64') return { dtype: 'float32', dims, data: Float32Array.from(data as Float64Array) };
  if (!isDType(type) || !(data instanceof arrayOf(type))) throw new RuntimeError('failed', `an output came back as ${type}, which Easel does not read`);
  return { dtype: type, dims, data };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
