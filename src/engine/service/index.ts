/**
 * The engine where it computes: in the command line's own process, or in the child that the editor forks. It queues
 * requests, holds the device for the one whose turn it is, and lets `diffusion/` draw and `image/` write.
 */
import { Pipelines, type PipelinesOptions } from '../../diffusion';
import { evaluate } from '../../evaluation';
import { Service, type ServiceOptions } from './service';

export { DeviceLock, type AcquireOptions, type DeviceLockOptions, type Hold } from './device-lock';
export type { DrawHooks, Drawer, Drawn, EngineFacts } from './drawer';
export { JobQueue, type Job, type Lock, type Priority, type Turn } from './job-queue';
export { quantize, type Quantized, type QuantizeJob } from './quantize';
export { Service } from './service';

export type CreateServiceOptions = PipelinesOptions & Partial<Pick<ServiceOptions, 'label' | 'cacheDirectory' | 'log'>>;

/** An engine in this process, drawing with the real pipelines. Nothing is loaded before the first request. */
export function createService({ label = `Easel (process ${process.pid})`, cacheDirectory, log, ...pipelines }: CreateServiceOptions = {}): Service {
  const drawer = new Pipelines(pipelines);
  return new Service({ drawer, evaluator: (request, hooks) => evaluate(request, drawer, hooks), label, device: !pipelines.provider || pipelines.provider === 'auto' ? 'cpu' : pipelines.provider, cacheDirectory, log });
}
