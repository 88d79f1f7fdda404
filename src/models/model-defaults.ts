/** What to draw with when a prompt does not say: the model's own word first, then what its kind is trained for. */
import type { ModelFolder, ModelKind } from './model-folder';

export interface ModelDefaults {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly guidanceScale: number;
}

const BY_KIND: Readonly<Record<ModelKind, ModelDefaults>> = {
  sd: { width: 512, height: 512, steps: 20, guidanceScale: 7.5 },
  sdxl: { width: 1024, height: 1024, steps: 25, guidanceScale: 5 },
  sd3: { width: 1024, height: 1024, steps: 28, guidanceScale: 7 },
  flux: { width: 1024, height: 1024, steps: 28, guidanceScale: 3.5 },
  icon: { width: 64, height: 64, steps: 20, guidanceScale: 3.2 },
};

/** The model's defaults; LCM models need few steps, and no guidance beyond what they are conditioned on. */
export function defaultsOf(folder: Pick<ModelFolder, 'kind' | 'components' | 'index' | 'scheduler'>): ModelDefaults {
  const kind = BY_KIND[folder.kind];
  const denoiser = folder.components.unet ?? folder.components.transformer;
  const sample = denoiser?.config.sample_size;
  const pixels = folder.kind === 'icon' ? 1 : latentScale(folder);
  const [height, width] = sample === undefined ? [kind.height, kind.width] : typeof sample === 'number' ? [sample * pixels, sample * pixels] : [sample[0] * pixels, sample[1] * pixels];
  const few = /LCM|TCD/.test(folder.scheduler._class_name) ? { steps: 4, guidanceScale: denoiser?.config.time_cond_proj_dim === undefined ? 1 : 8.5 } : {};
  return { ...kind, width, height, ...few, ...folder.index.easel };
}

/** Pixels per latent: one halving per level of the autoencoder after the first. */
export function latentScale(folder: Pick<ModelFolder, 'components'>): number {
  const levels = folder.components.vae_decoder?.config.block_out_channels?.length;
  return levels === undefined ? 8 : 2 ** (levels - 1);
}
