/** Pictures of fixed prompts and seeds over time, each with the tokens and without. */
import type { ModelFolder } from '../models';
import { GenerateRequest, REQUEST_VERSION, type TrainRequest } from '../prompt';
import type { RunFolder } from './run-folder';

interface SampleContext {
  readonly sha256: string;
  readonly folder: RunFolder;
  readonly step: number;
  readonly defaults: ModelFolder['defaults'];
  readonly side: number;
  /** Of the dataset, where the request names no prompts. */
  readonly captions: readonly string[];
}

export interface Sample {
  readonly prompt: string;
  readonly withTokens: GenerateRequest;
  /** The same at every step: drawn once. */
  readonly withoutTokens: GenerateRequest;
}

const FROM_CAPTIONS = 2;

/** Tokens act in both branches of guidance, as published. */
export function sampleRequests({ name, model, options }: TrainRequest, { sha256, folder, step, defaults, side, captions }: SampleContext): Sample[] {
  const prompts = options.samplePrompts.length > 0 ? options.samplePrompts : [...new Set(captions)].slice(0, FROM_CAPTIONS);
  return prompts.map((prompt, i) => {
    const request = (tokens: 'with' | 'without', path: string) => GenerateRequest.parse({
      version: REQUEST_VERSION,
      prompt: tokens === 'with' ? `${prompt} <${name}>` : prompt,
      negativePrompt: tokens === 'with' ? `<${name}>` : '',
      promptSyntax: 'plain', longPrompt: 'truncate', model: { ...model, sha256 }, adapters: tokens === 'with' ? [{ id: name, path: folder.artefact, weight: 1 }] : [],
      width: side, height: side, steps: options.sampleSteps, guidanceScale: defaults.guidanceScale, guidanceRescale: 0, sampler: null, scheduleType: 'Automatic', eta: 0, clipSkip: 1,
      seed: options.sampleSeed, rng: 'torch', init: null, mask: null, denoisingStrength: 1, index: i, output: { path, root: null, source: null, noise: null, saveLatents: null },
    });
    return { prompt, withTokens: request('with', folder.sample(step, i, 'with')), withoutTokens: request('without', folder.sample(0, i, 'without')) };
  });
}
