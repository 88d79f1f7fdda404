/** Requests for the pictures of an evaluation: the seed depends on prompt and turn alone, so every model gets the same noise. */
import { GenerateRequest, REQUEST_VERSION, type IconsRequest } from '../../prompt';

export interface Settings {
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly guidanceScale: number;
}

/** @param turn which of the prompt's pictures, from 0 */
export function pictureRequest(prompt: string, place: number, turn: number, { model, adapters }: Pick<IconsRequest, 'model' | 'adapters'>, settings: Settings): GenerateRequest {
  const names = adapters.map(({ id }) => `<${id}>`).join(' '); // in both branches of guidance, as soft tokens are published
  return GenerateRequest.parse({
    version: REQUEST_VERSION, prompt: `${prompt} ${names}`.trim(), negativePrompt: names, promptSyntax: 'plain', longPrompt: 'truncate', model, adapters, ...settings,
    guidanceRescale: 0, sampler: null, scheduleType: 'Automatic', eta: 0, clipSkip: 1, seed: String(10_000 * turn + place), rng: 'torch',
    init: null, mask: null, denoisingStrength: 1, index: 0,
    output: { path: '/not-written.png', root: null, source: null, noise: null, saveLatents: null },
  });
}
