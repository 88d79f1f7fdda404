/**
 * ᾱ: how much of the picture's variance is left at each of the model's training timesteps (Ho et al. 2020, 2006.11239,
 * eq. 4), from the β schedule of the configuration. Rounded to float32 at each operation, as PyTorch does.
 */
import { exp, sinCos } from '../noise/elementary';
import type { BetaConfig } from './config';
import { SchedulerError } from './scheduler';

const { fround } = Math;

/**
 * ᾱ for timesteps 0 to `num_train_timesteps` − 1; the last is 0 when the configuration asks for zero terminal SNR.
 * Throws `SchedulerError` where its β leave something else than a share of the picture before that.
 */
export function alphasCumprod(config: BetaConfig): Float32Array {
  const trained = betas(config);
  const alphas = cumulativeProduct((config.rescale_betas_zero_snr ? rescaleToZeroSnr(trained) : trained).map((beta) => 1 - beta));
  if (alphas.every((alpha, i) => (alpha > 0 || (alpha === 0 && i === alphas.length - 1)) && alpha <= 1)) return alphas;
  throw new SchedulerError(`scheduler_config.json: its betas (beta_start ${config.beta_start}, beta_end ${config.beta_end}) are no noise levels; fetch the model again`);
}

/** ᾱ for schedulers that divide by it: the zero of zero terminal SNR is 2⁻²⁴. */
export function positiveAlphasCumprod(config: BetaConfig): Float32Array {
  const alphas = alphasCumprod(config);
  if (config.rescale_betas_zero_snr) alphas[alphas.length - 1] = 2 ** -24;
  return alphas;
}

/** σ = √((1 − ᾱ)/ᾱ) per training timestep, rising. */
export function trainingSigmas(alphas: Float32Array): Float32Array {
  return alphas.map((alpha) => Math.sqrt(fround(fround(1 - alpha) / alpha)));
}

function betas(config: BetaConfig): Float32Array {
  const { num_train_timesteps: count, beta_start: start, beta_end: end } = config;
  if (config.trained_betas !== null) {
    if (config.trained_betas.length === count) return Float32Array.from(config.trained_betas);
    throw new SchedulerError(`scheduler_config.json: ${config.trained_betas.length} trained_betas for ${count} timesteps; fetch the model again`);
  }
  switch (config.beta_schedule) {
    case 'linear': return torchLinspace(start, end, count);
    case 'scaled_linear': return torchLinspace(Math.sqrt(start), Math.sqrt(end), count).map((root) => root * root);
    case 'squaredcos_cap_v2': return fromAlphaBar(count, (t) => sinCos((((t + 0.008) / 1.008) * Math.PI) / 2)[1] ** 2);
    case 'exp': return fromAlphaBar(count, (t) => exp(t * -12));
  }
}

/** `torch.linspace` in float32: it counts from whichever end is nearer. */
function torchLinspace(start: number, end: number, count: number): Float32Array {
  const [from, to] = [fround(start), fround(end)];
  const step = fround(fround(to - from) / (count - 1));
  return Float32Array.from({ length: count }, (_, i) => (i < count / 2 ? from + step * i : to - step * (count - 1 - i)));
}

/** β that give a continuous ᾱ(t), t from 0 to 1, capped at 0.999 (Nichol & Dhariwal 2021, 2102.09672). */
function fromAlphaBar(count: number, alphaBar: (t: number) => number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.min(1 - alphaBar((i + 1) / count) / alphaBar(i / count), 0.999));
}

/**
 * Shifts and stretches √ᾱ so that the last one is 0 (Lin et al. 2023, 2305.08891, algorithm 1). PyTorch's vectorised square
 * root is off by a unit in the last place here and there, on some processors: ᾱ agrees to 3e-5 of itself.
 */
function rescaleToZeroSnr(original: Float32Array): Float32Array {
  const roots = cumulativeProduct(original.map((beta) => 1 - beta)).map(Math.sqrt);
  const first = roots[0]!;
  const last = roots[roots.length - 1]!;
  const stretch = fround(first / fround(first - last));
  const alphaBars = roots.map((root) => fround(fround(root - last) * stretch) ** 2);
  return alphaBars.map((value, i) => 1 - (i === 0 ? value : fround(value / alphaBars[i - 1]!)));
}

/** `torch.cumprod` on the CPU: the running product is a double. */
function cumulativeProduct(values: Float32Array): Float32Array {
  let product = 1;
  return values.map((value) => (product *= value));
}
