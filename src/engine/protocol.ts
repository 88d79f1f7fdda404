/**
 * What the engine's two processes say to each other: JSON-RPC 2.0, one zod schema per message, types inferred from it.
 * Whoever receives a message parses it here, once. The editor's side is `client.ts`, the forked side `serve.ts`.
 * Pictures travel as paths; only previews and thumbnails travel as bytes, and they are small.
 */
import { z } from 'zod';
import { GenerateRequest } from '../prompt/request';

/** Raised when a message changes its meaning; both sides come from one build, so a difference means a broken install. */
export const PROTOCOL_VERSION = 1;

/** Encoded bytes of one preview or thumbnail, at most. */
export const PREVIEW_LIMIT = 48 * 1024;

/** The settings a child is started with; a change of them restarts it. */
export const EngineSettings = z.strictObject({
  /** Threads of the runtime; absent: the physical cores. */
  threads: z.int().min(1).max(256).optional(),
  /** Execution provider by name; absent: the best that works here. */
  provider: z.enum(['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml']).optional(),
  /** Which graphs draw: the model's own, or its int8 copy where there is one; absent: fp32. */
  precision: z.enum(['fp32', 'auto', 'int8']).optional(),
  /** What stays in memory between pictures; absent: `auto`. */
  memoryTier: z.enum(['auto', 'keep-all', 'keep-text-encoder', 'unload']).optional(),
  /** How this engine is called when others wait for it: `VS Code, window "icons"`. */
  label: z.string().min(1).max(200),
  /** Where the device lock lies; absent: the user's cache directory. */
  cacheDirectory: z.string().min(1).optional(),
});
export type EngineSettings = z.infer<typeof EngineSettings>;

const count = z.int().min(0);
const JobId = z.string().min(1).max(64);

const Progress = z.object({
  phase: z.enum(['waiting', 'loading', 'encoding', 'denoising', 'decoding', 'writing']),
  step: count,
  steps: count,
  ahead: count.optional(),
  heldBy: z.string().optional(),
});

const Picture = z.object({
  mimeType: z.enum(['image/png', 'image/jpeg', 'image/webp']),
  data: z.custom<Uint8Array>((data) => data instanceof Uint8Array && data.byteLength <= PREVIEW_LIMIT, 'a preview is at most 48 KiB of bytes'),
});

const EngineStatus = z.object({
  state: z.enum(['stopped', 'starting', 'idle', 'busy']),
  jobs: count,
  loaded: z.array(z.string()),
  memory: z.number(),
  pid: count,
  heldBy: z.string().optional(),
});

const GenerateResult = z.object({
  path: z.string(),
  width: count,
  height: count,
  seed: z.string(),
  replaced: z.string().nullable(),
  timings: z.object({ load: z.number(), encode: z.number(), denoise: z.number(), decode: z.number(), write: z.number() }),
  notes: z.array(z.string()),
});

/** What travels with an error answer, so that the client can rebuild the `EngineError`. */
export const ErrorData = z.object({
  code: z.enum(['cancelled', 'bad-request', 'bad-model', 'not-ours', 'disk', 'numeric', 'crashed', 'untrusted', 'failed']),
});

/** JSON-RPC's code of an answer that carries `ErrorData`. */
export const ENGINE_ERROR = -31000;

/** A question one side asks and the other answers. */
export interface Method<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly params: P;
  readonly result: R;
}
/** Something one side tells the other; nobody answers. */
export interface Notice<P extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly params: P;
}
const method = <P extends z.ZodType, R extends z.ZodType>(name: string, params: P, result: R): Method<P, R> => ({ name, params, result });
const notice = <P extends z.ZodType>(name: string, params: P): Notice<P> => ({ name, params });

/** The client asks these; the child answers. Cancelling is JSON-RPC's own `$/cancelRequest`. */
export const methods = {
  /** Once, first: the settings of this child's life. */
  initialize: method('engine/initialize', z.strictObject({ protocol: z.literal(PROTOCOL_VERSION), settings: EngineSettings }), z.object({ pid: count })),
  /** For each picture; `job` names it in the notices below. */
  generate: method('engine/generate', z.strictObject({ job: JobId, request: GenerateRequest, previews: z.boolean() }), GenerateResult),
  /** For pictures that may be drawn together. */
  generateTogether: method('engine/generateTogether', z.strictObject({ job: JobId, requests: z.array(GenerateRequest).min(1).max(1000), previews: z.boolean() }), z.array(GenerateResult)),
  /** When somebody asks what the engine is doing. */
  status: method('engine/status', z.strictObject({}), EngineStatus),
  /** When the user asks for memory back. */
  unload: method('engine/unload', z.strictObject({}), z.null()),
} as const;

/** The child tells these while it works. */
export const notices = {
  /** At each change of phase, at each step and when the queue moves. */
  progress: notice('engine/progress', z.object({ job: JobId, progress: Progress })),
  /** A live preview; a newer one replaces an older one that was not shown yet. */
  preview: notice('engine/preview', z.object({ job: JobId, preview: Picture.extend({ step: count }) })),
  /** When the queue, the loaded models or the device's holder changed. */
  status: notice('engine/statusChanged', EngineStatus),
} as const;

/**
 * The outermost shape of any message. What does not fit is refused before the JSON-RPC library sees it, which
 * would throw on some of it (a `$/cancelRequest` without parameters) and take the process with it.
 */
export const Envelope = z.union([
  z.object({ jsonrpc: z.literal('2.0'), method: z.literal('$/cancelRequest'), params: z.object({ id: z.union([z.string(), z.int()]) }), id: z.undefined().optional() }),
  z.object({
    jsonrpc: z.literal('2.0'),
    method: z.string().max(200).refine((name) => name !== '$/cancelRequest', 'a cancellation names the request'),
    params: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]).nullish(),
    id: z.union([z.string().max(200), z.int()]).optional(),
  }),
  z.object({ jsonrpc: z.literal('2.0'), method: z.undefined().optional(), id: z.union([z.string(), z.int()]), result: z.unknown().optional(), error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }).optional() }),
]);
