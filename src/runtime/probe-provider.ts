/**
 * Does an execution provider work on this machine? Found out in a process of its own that is thrown away: a provider whose
 * driver is missing or broken may end the process that asks for it (native aborts cannot be caught), and the engine must not be
 * that process.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { z } from 'zod';
import type { Provider } from './session';

/** What came of a trial: whether it worked; if not, a line of reason; how many times as fast as the processor it was. */
export const Finding = z.object({ works: z.boolean(), reason: z.string().optional(), speed: z.number().optional() });
export type Trial = Readonly<z.infer<typeof Finding>>;

/** What was found out about one provider. */
export interface ProviderReport {
  readonly provider: Exclude<Provider, 'auto' | 'cpu'>;
  readonly works: boolean;
  /** Why not; one line. */
  readonly reason?: string;
  /** How many times as fast as the processor it multiplies matrices; software that poses as a graphics card is far below 1. */
  readonly speed?: number;
  /** By kind of model (`sd`, `icon`, …): what a provider computes with one kind says little about another. */
  readonly trials?: Readonly<Record<string, Trial>>;
}

/** y = softmax(x · x) for any square x, as ONNX (opset 17). */
const GRAPH = 'CAgSABoAIgAoADIAQgQKABAROmEKFQoBeAoBeBIBcBoAIgZNYXRNdWw6AAoTCgFwEgF5GgAiB1NvZnRtYXg6ABIFcHJvYmVaFQoBeBIQCg4IARIKCgMSAW4KAxIBbmIVCgF5EhAKDggBEgoKAxIBbgoDEgFu';
const SIDE = 512;
/** A driver that compiles shaders for longer than this is no help. */
const PATIENCE = 60_000;

/** Runs in the child: the answer goes to standard output as JSON, and whatever native code writes goes elsewhere. */
const SCRIPT = `
const [library, provider, graph, side] = process.argv.slice(1);
const ort = require(library);
const answer = (report) => { process.stdout.write('\\n' + JSON.stringify(report) + '\\n', () => process.exit(0)); };
const tensor = (values, n) => new ort.Tensor('float32', values, [n, n]);
const open = (name) => ort.InferenceSession.create(Buffer.from(graph, 'base64'), { executionProviders: [name], logSeverityLevel: 4 });
const time = async (session) => {
  const n = Number(side);
  const x = tensor(new Float32Array(n * n).fill(1 / n), n);
  await session.run({ x });
  const start = performance.now();
  await session.run({ x });
  return performance.now() - start;
};
(async () => {
  const session = await open(provider);
  const { y } = await session.run({ x: tensor(Float32Array.of(1, 2, 0.5, -1), 2) });
  const wanted = [0.8807970285, 0.1192029186, 0.1192029186, 0.8807970285];
  if (!y.data.every((value, i) => Math.abs(value - wanted[i]) < 1e-3)) return answer({ works: false, reason: 'it computes wrong numbers: ' + Array.from(y.data).join(', ') });
  const own = await time(session);
  answer({ works: true, speed: (await time(await open('cpu'))) / own });
})().catch((error) => answer({ works: false, reason: String(error && error.message || error) }));
`;

/**
 * @param signal ends the child; the report then says that it gave no answer
 * @param library path of the runtime; a test's stand-in
 */
export function probeProvider(provider: ProviderReport['provider'], signal?: AbortSignal, library = createRequire(__filename).resolve('onnxruntime-node')): Promise<ProviderReport> {
  return new Promise((resolve) => {
    // In Electron's Node `process.execPath` is the editor; the variable makes it a Node again.
    const env = { ...process.env, NODE_OPTIONS: undefined, ELECTRON_RUN_AS_NODE: '1' };
    execFile(process.execPath, ['-e', SCRIPT, library, provider, GRAPH, String(SIDE)], { env, signal, timeout: PATIENCE, killSignal: 'SIGKILL', maxBuffer: 1 << 20 }, (error, stdout, stderr) => {
      resolve({ provider, ...(readAnswer(stdout) ?? { works: false, reason: lastWords(error, stderr) }) });
    });
  });
}

/** The last line that is an answer; what else is there was printed by native code. */
function readAnswer(stdout: string): Trial | undefined {
  for (const line of stdout.split('\n').reverse()) {
    try {
      const { works, reason, speed } = Finding.parse(JSON.parse(line));
      return { works, ...(reason !== undefined && { reason: short(reason) }), ...(speed !== undefined && { speed: Number(speed.toPrecision(2)) }) };
    } catch {
      continue;
    }
  }
  return undefined;
}

/** What a process that ended without an answer left behind. */
function lastWords(error: (Error & { killed?: boolean; signal?: NodeJS.Signals | null }) | null, stderr: string): string {
  if (error?.killed) return `it gave no answer within ${PATIENCE / 1000} s`;
  const said = stderr.trim().split('\n').at(-1) ?? '';
  return short(`its process ended with ${error?.signal ?? 'no answer'}${said === '' ? '' : `: ${said}`}`);
}

/** Native messages begin with source paths and end in pages of advice. */
function short(message: string): string {
  const plain = message.replace(/\u001b\[[\d;]*m/g, '').replace(/\s+/g, ' ').replace(/^\S*onnxruntime_src\S* .*? was false\. /, '').trim();
  return plain.length > 240 ? `${plain.slice(0, 239)}…` : plain;
}
