/** Making a copy of a model in another precision: a job like any other, for as long as it computes the device is its own. */
import { quantizeModel, type QuantizeOptions, type QuantizeResult } from '../../diffusion';
import { easelCache, int8CopyFolder } from '../../models';
import { join } from 'node:path';
import { DeviceLock } from './device-lock';
import { yieldNow } from './drawer';
import { toEngineError } from './failures';
import { JobQueue } from './job-queue';

export interface QuantizeJob extends Omit<QuantizeOptions, 'yieldNow'> {
  readonly model: { readonly id: string; readonly dir: string };
  /** An absolute path that nothing is at; without it the copy goes to the user's cache, where `precision` finds it. */
  readonly out?: string;
  /** How other processes' queues call this one. */
  readonly label: string;
}

export type Quantized = QuantizeResult & { readonly dir: string };

/** Rejects with `EngineError`, one line; nothing partial is left. */
export async function quantize({ model, out, label, ...options }: QuantizeJob): Promise<Quantized> {
  let dir = out ?? '';
  const queue = new JobQueue(new DeviceLock({ directory: join(easelCache(), 'device'), device: 'cpu', label }));
  try {
    const result = await queue.run({
      priority: 'interactive',
      signal: options.signal,
      onWaiting: ({ heldBy }) => options.onProgress?.(heldBy === undefined ? 'waiting' : `waiting for ${heldBy}`),
      run: () =>
        quantizeModel(
          model.dir,
          model.id,
          (of) => {
            dir = out ?? int8CopyFolder({ id: model.id, ...of });
            return { dir, replaces: out === undefined };
          },
          { ...options, yieldNow },
        ),
    });
    return { ...result, dir };
  } catch (error) {
    const path = dir === '' ? model.dir : dir;
    throw toEngineError(error, { model: { id: model.id, path: model.dir }, output: { path, root: null, source: null, noise: null, saveLatents: null } }, 'quantizing', options.signal?.aborted ?? false);
  }
}
