/** What is compared: the bare model, and banks that differ in one option of their training. */
import { SoftTokenOptions } from '../../../src/prompt';

export interface Arm {
  readonly name: string;
  /** One line for the report. */
  readonly what: string;
  /** What differs from the trainer's defaults; `null`: nothing is trained. */
  readonly options: Partial<SoftTokenOptions> | null;
}

export const ARMS = [
  { name: 'base', what: 'the model alone', options: null },
  { name: 'soft-tokens', what: 'contrastive loss, batches at random, as published', options: {} },
  { name: 'denoising', what: 'control: the same bank, pictures, times and noise under the plain denoising loss', options: { loss: 'denoising' } },
  { name: 'hard-negatives', what: 'contrastive loss, wrong captions that differ in the concept alone', options: { hardNegatives: true } },
  { name: 'soft-rank', what: 'the bounded loss, batches at random', options: { loss: 'soft-rank' } },
] as const satisfies readonly Arm[];

/** Gains are told over these two. */
export const BASE = 'base';
export const CONTROL = 'denoising';

export function armsNamed(names: readonly string[]): Arm[] {
  const chosen = names.map((name) => {
    const arm = ARMS.find((one) => one.name === name);
    if (!arm) throw new Error(`there is no arm "${name}"; there are ${ARMS.map((one) => one.name).join(', ')}`);
    return arm;
  });
  for (const needed of [BASE, CONTROL]) if (!names.includes(needed)) throw new Error(`--arms needs ${needed}: gains are told over it`);
  return chosen;
}

export function optionsOfArm(options: Partial<SoftTokenOptions>, steps: number, seed: number): SoftTokenOptions {
  // Validated at its start and its end; the sample pictures are drawn by the report.
  return SoftTokenOptions.parse({ ...options, steps, seed: String(seed), sampleEvery: steps, checkpointEvery: 25 });
}
