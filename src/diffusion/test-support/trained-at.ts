/** A model's noise levels chosen by a test, so that a scheduler's numbers can be worked out by hand. */

/** The fields of a model that was trained at these σ = √((1 − ᾱ)/ᾱ), rising: one timestep each. */
export function trainedAt(...sigmas: readonly number[]): { num_train_timesteps: number; trained_betas: number[] } {
  const alphas = sigmas.map((sigma) => 1 / (sigma ** 2 + 1));
  return { num_train_timesteps: sigmas.length, trained_betas: alphas.map((alpha, t) => 1 - alpha / (alphas[t - 1] ?? 1)) };
}

/** ᾱ, signal √ᾱ, noise √(1 − ᾱ) and λ of a level σ = √((1 − ᾱ)/ᾱ). */
export function levelOf(sigma: number): { alphaBar: number; signal: number; noise: number; lambda: number } {
  const alphaBar = 1 / (sigma ** 2 + 1);
  return { alphaBar, signal: Math.sqrt(alphaBar), noise: Math.sqrt(1 - alphaBar), lambda: -Math.log(sigma) };
}
