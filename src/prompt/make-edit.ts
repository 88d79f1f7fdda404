/** An edit from what a person says of it; everything else is as published, or as the model and the picture have it. */
import type { z } from 'zod';
import { EditRequest } from './edit-request';
import { REQUEST_VERSION, type AdapterReference, type GenerateRequest, type ModelReference } from './request';

export interface EditWish {
  /** Absolute path of the picture, and its pixels. */
  readonly picture: string;
  readonly width: number;
  readonly height: number;
  /** What it is, and what it shall be. */
  readonly from: string;
  readonly to: string;
  readonly negativePrompt?: string;
  readonly model: ModelReference;
  /** The model's kind, as `models/` says it: guidance unless said depends on it. */
  readonly kind: string;
  readonly adapters: readonly AdapterReference[];
  readonly steps?: number;
  readonly nStart?: number;
  readonly cfgFrom?: number;
  readonly cfgTo?: number;
  readonly seed: string;
  readonly output: Pick<GenerateRequest['output'], 'path' | 'root' | 'saveLatents'>;
}

/** FlowEdit's published steps for SD3: the last 33 of 50. */
const STEPS = 50;
const WALKED = 33 / 50;
/** FlowEdit's published guidance for SD3; the icon family is small, was trained for low guidance, and breaks at such scales. */
const GUIDANCE = { cfgFrom: 3.5, cfgTo: 13.5 };
const ICON_GUIDANCE = { cfgFrom: 1.5, cfgTo: 6 };

export function makeEdit({ picture, width, height, from, to, negativePrompt = '', model, kind, adapters, seed, output, ...said }: EditWish): z.ZodSafeParseResult<EditRequest> {
  const guidance = kind === 'icon' ? ICON_GUIDANCE : GUIDANCE;
  const { steps = STEPS, nStart = Math.max(1, Math.round(steps * WALKED)), cfgFrom = guidance.cfgFrom, cfgTo = guidance.cfgTo } = said;
  return EditRequest.safeParse({
    target: {
      version: REQUEST_VERSION, prompt: to.normalize('NFC'), negativePrompt: negativePrompt.normalize('NFC'), promptSyntax: 'a1111', longPrompt: 'chunk',
      model, adapters, width, height, steps, guidanceScale: cfgTo, guidanceRescale: 0, sampler: 'Euler', scheduleType: 'Automatic', eta: 0, clipSkip: 1,
      seed, rng: 'torch', init: { path: picture }, mask: null, denoisingStrength: Math.min(1, Math.max(0, nStart / steps)), index: 0,
      output: { source: null, noise: null, ...output },
    },
    source: { prompt: from.normalize('NFC'), guidanceScale: cfgFrom },
    nStart,
  });
}
