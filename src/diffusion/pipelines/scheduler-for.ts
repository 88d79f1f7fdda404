/** The scheduler that a model's folder and a request agree on, with what diffusers' pipelines of that family tell theirs. */
import type { ModelFolder, SchedulerConfig } from '../../models';
import type { GenerateRequest } from '../../prompt';
import { DiffusionError } from '../error';
import { BrownianPath } from '../noise';
import { createScheduler, SchedulerError, type Scheduler } from '../schedulers';
import { linspace } from '../schedulers/numeric';
import { latentCount, type LatentShape } from './latent-space';

/** Throws `DiffusionError` (`bad-request`) if the two cannot agree. */
export function schedulerFor(folder: ModelFolder, request: GenerateRequest, shape: LatentShape): Scheduler {
  const inpaints = folder.kind === 'sd' && request.mask !== null;
  const lcm = !inpaints && isLatentConsistency(folder);
  try {
    return createScheduler(inpaints ? correctedForInpainting(folder.scheduler, request) : folder.scheduler, {
      steps: request.steps,
      sampler: request.sampler,
      scheduleType: request.scheduleType,
      eta: request.eta,
      strength: request.init ? request.denoisingStrength : 1,
      imageSequenceLength: (shape.height * shape.width) / 4,
      sigmas: folder.kind === 'flux' && folder.scheduler.use_flow_sigmas !== true ? linspace(1, 1 / request.steps, request.steps) : undefined,
      stableDiffusion: folder.kind === 'sd' && !inpaints && !lcm,
      lcmStrength: lcm,
      diffusionStrength: folder.kind === 'sd' || folder.kind === 'sdxl',
      path: (low, high, seed) => new BrownianPath(request.rng, seed === null ? request.seed : String(seed), latentCount(shape), low, high),
    });
  } catch (error) {
    if (error instanceof SchedulerError) throw new DiffusionError('bad-request', error.message, { cause: error });
    throw error;
  }
}

/**
 * LCM's own pipelines draw (diffusers' `LatentConsistencyModelPipeline`, Optimum's `ORT…`), which take the file as it is. Without a
 * `model_index.json` the UNet tells.
 */
function isLatentConsistency({ kind, index, components }: ModelFolder): boolean {
  if (kind !== 'sd') return false;
  return index._class_name?.includes('LatentConsistency') ?? components.unet?.config.time_cond_proj_dim !== undefined;
}

/**
 * `StableDiffusionInpaintPipeline` corrects other fields of an old file than its siblings do (those are `stableDiffusion` in
 * schedulers/). A sampler of another class is corrected only in what the file says, as there.
 */
function correctedForInpainting(config: SchedulerConfig, request: GenerateRequest): SchedulerConfig {
  const corrections = Object.entries({ steps_offset: 1, skip_prk_steps: true }).filter(([field]) => request.sampler === null || field in config);
  return { ...config, ...Object.fromEntries(corrections) };
}
