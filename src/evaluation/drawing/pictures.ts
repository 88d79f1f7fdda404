/** Requests for the pictures of an evaluation: the seed depends on prompt and turn alone, so every model gets the same noise. */
import { readModelFolder } from '../../models';
import { GenerateRequest, REQUEST_VERSION, type PicturesRequest } from '../../prompt';
import { EvaluationError } from '../error';
import { SIDE } from '../pixels/mask';

export interface Settings {
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly guidanceScale: number;
}

/** As the model says where the request does not. Rejects with `EvaluationError` for a model that draws other pictures. */
export async function settingsOf({ model, steps, guidanceScale, side }: PicturesRequest): Promise<Settings> {
  const { kind, defaults } = await readModelFolder(model.path, model.id);
  if (kind !== 'icon' || defaults.width !== SIDE || defaults.height !== SIDE) {
    throw new EvaluationError('bad-request', `${model.id} does not draw 64x64 icons, which this suite looks at; use \`easel evaluate retrieval\``);
  }
  return { width: side ?? SIDE, height: side ?? SIDE, steps: steps ?? defaults.steps, guidanceScale: guidanceScale ?? defaults.guidanceScale };
}

/** @param turn which of the prompt's pictures, from 0 */
export function pictureRequest(prompt: string, place: number, turn: number, { model, adapters }: Pick<PicturesRequest, 'model' | 'adapters'>, settings: Settings): GenerateRequest {
  const names = adapters.map(({ id }) => `<${id}>`).join(' '); // in both branches of guidance, as soft tokens are published
  return GenerateRequest.parse({
    version: REQUEST_VERSION, prompt: `${prompt} ${names}`.trim(), negativePrompt: names, promptSyntax: 'plain', longPrompt: 'truncate', model, adapters, ...settings,
    guidanceRescale: 0, sampler: null, scheduleType: 'Automatic', eta: 0, clipSkip: 1, seed: String(10_000 * turn + place), rng: 'torch',
    init: null, mask: null, denoisingStrength: 1, index: 0,
    output: { path: '/not-written.png', root: null, source: null, noise: null, saveLatents: null },
  });
}
