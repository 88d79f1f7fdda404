/** A request for the tiny random icon model, with everything said that a test does not say itself. */
import { join } from 'node:path';
import { GenerateRequest } from '../../prompt/request';

/** Random weights behind the embedded model's interface; made by recipes/fixtures/tiny_icon.py. */
export const TINY_ICON = join(__dirname, '../../../test/fixtures/models/tiny-icon');

/** Four steps of a red heart unless `changes` say otherwise. */
export function tinyRequest(changes: Partial<GenerateRequest> = {}): GenerateRequest {
  return GenerateRequest.parse({
    version: 1, prompt: 'red heart', negativePrompt: '', promptSyntax: 'a1111', longPrompt: 'chunk',
    model: { id: 'tiny-icon', path: TINY_ICON }, adapters: [], width: 64, height: 64, steps: 4,
    guidanceScale: 3, guidanceRescale: 0, sampler: null, scheduleType: 'Automatic', eta: 0, clipSkip: 1,
    seed: '42', rng: 'torch', init: null, mask: null, denoisingStrength: 0.75, index: 0,
    output: { path: '/nowhere/picture.png', root: null, source: null, noise: null, saveLatents: null },
    ...changes,
  });
}
