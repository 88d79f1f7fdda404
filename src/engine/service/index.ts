/**
 * The engine where it computes: in the command line's own process, or in the child that the editor forks. It queues
 * requests, holds the device for the one whose turn it is, and lets `diffusion/` draw and `image/` write.
 */
import { deviceOf, Pipelines, type PipelinesOptions } from '../../diffusion';
import { evaluate } from '../../evaluation';
import type { GenerateRequest } from '../../prompt/request';
import { SoftTokenTrainer } from '../../training';
import { withFingerprints } from './fingerprints';
import { generate } from './generate';
import { textChunks } from './record';
import { Service, type ServiceOptions } from './service';

export { DeviceLock, type AcquireOptions, type DeviceLockOptions, type Hold } from './device-lock';
export type { DrawHooks, Drawer, Drawn, EngineFacts } from './drawer';
export { JobQueue, type Job, type Lock, type Priority, type Turn } from './job-queue';
export { quantize, type Quantized, type QuantizeJob } from './quantize';
export { Service } from './service';

export type CreateServiceOptions = PipelinesOptions & Partial<Pick<ServiceOptions, 'label' | 'childPath' | 'cacheDirectory' | 'log'>>;

/** An engine in this process, drawing with the real pipelines. Nothing is loaded before the first request. */
export function createService({ label = `Easel (process ${process.pid})`, childPath, cacheDirectory, log, ...pipelines }: CreateServiceOptions = {}): Service {
  const drawer = new Pipelines(pipelines);
  const trainer = new SoftTokenTrainer({ pipelines: drawer, draw: (request) => drawSample(drawer, request), threads: drawer.facts().threads, provider: pipelines.provider });
  return new Service({ drawer, trainer, evaluator: (request, hooks) => evaluate(request, drawer, hooks), label, device: () => deviceOf(pipelines.provider ?? 'cpu'), childPath, cacheDirectory, log });
}

/** A picture drawn within a run, which holds the device already: written like any other. */
async function drawSample(drawer: Pipelines, request: GenerateRequest): Promise<void> {
  const { signal } = new AbortController();
  const complete = await withFingerprints(request, signal);
  await generate({ requests: [complete], draw: async (hooks) => [await drawer.draw(complete, hooks)], facts: drawer.facts.bind(drawer), chunks: textChunks, signal, onPhase: () => {} });
}
