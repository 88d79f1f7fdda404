/**
 * Denoising error as a classifier (Li et al. 2023, 2303.16203): which caption makes the network's answer for a noisy picture
 * best? One grid of noise for all captions, so that only the caption differs.
 */
import { answerWanted, encodeText, latentCount, latentShape, noised, type LoadedModel, type TextEncoding } from '../../diffusion';
import { requestedAdapters, type RequestedAdapters } from '../../diffusion/pipelines/requested-adapters';
import { readPlanes } from '../../diffusion/pipelines/starting-point';
import type { AdapterReference, ModelReference } from '../../prompt';
import { EvaluationError } from '../error';
import { noiseGrid } from './noise-grid';

const READING = { promptSyntax: 'plain', longPrompt: 'truncate', clipSkip: 1 } as const;

/** Compares captions under one set of adapters; made once per evaluation, and handed the model for each picture. */
export class DenoisingErrors {
  private readonly encodings = new Map<string, TextEncoding>();
  private levels: ReturnType<typeof noiseGrid> | undefined;
  private tokens: RequestedAdapters | undefined;
  private ready = false;

  constructor(
    private readonly model: ModelReference,
    private readonly adapters: readonly AdapterReference[],
    private readonly grid: number,
    private readonly seed: number,
  ) {}

  /** `E_j`: the mean squared error of the answer, over the grid and all values, for each caption. */
  async of(model: LoadedModel, picture: string, captions: readonly string[]): Promise<number[]> {
    if (!this.ready) this.tokens = await requestedAdapters({ adapters: [...this.adapters], model: this.model, prompt: '', negativePrompt: '' });
    this.ready = true;
    const { width, height } = model.folder.defaults;
    const size = { width, height };
    const shape = latentShape(model.folder, size);
    const count = latentCount(shape);
    this.levels ??= noiseGrid(model.folder, this.grid, count, this.seed);
    const encodings: TextEncoding[] = [];
    for (const caption of captions) encodings.push(await this.encoded(model, caption));
    const denoiser = await model.denoiser(this.tokens?.injection);
    // The autoencoder's mean is not exposed; its one draw is the same for all captions.
    const clean = await model.encodePicture(await readPlanes(picture, size), size, shape, (values) => this.levels![0]!.noise.slice(0, values));
    const settings = { shape, size, guidanceScale: 1 };
    const sums = captions.map(() => 0);
    for (const { level, noise } of this.levels) {
      const wanted = answerWanted(level, clean, noise);
      const answers = await denoiser.predict(noised(level, clean, noise), level.timestep, encodings, settings);
      answers.forEach((answer, j) => {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += (wanted[i]! - answer[i]!) ** 2;
        sums[j]! += sum / count;
      });
    }
    const errors = sums.map((sum) => sum / this.grid);
    if (errors.some((error) => !Number.isFinite(error))) throw new EvaluationError('bad-model', `${this.model.id} answers with numbers that are none for ${picture}; check the model`);
    return errors;
  }

  private async encoded(model: LoadedModel, caption: string): Promise<TextEncoding> {
    const known = this.encodings.get(caption);
    if (known) return known;
    const { text, soft } = this.tokens?.read(caption, 'prompt') ?? { text: caption, soft: undefined };
    const { encoding } = await encodeText(await model.text(this.tokens?.injection), text, 'prompt', READING);
    const whole = soft ? { ...encoding, soft } : encoding;
    this.encodings.set(caption, whole);
    return whole;
  }
}
