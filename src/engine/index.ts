/**
 * Everything that computes, behind one interface (`engine.ts`). `service/` is the engine in this process, for the
 * command line; the editor imports `client.ts` alone, which talks to `child.ts` in a forked process, so that a crash
 * or a minute-long native call never touches the extension host.
 */
export * from './engine';
export { automaticProvider, providerReports, type ProviderReport } from '../diffusion';
export { createService, JobQueue, quantize, Service, type CreateServiceOptions, type Job, type Priority, type Quantized, type QuantizeJob, type Turn } from './service';
