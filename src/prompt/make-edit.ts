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

const STEPS = 50;
/** FlowEdit's published settings for SD3: the last 33 of 50 steps, and the guidance of both prompts. */
const PUBLISHED = { walked: 33 / 50, cfgFrom: 3.5, cfgTo: 13.5 };
/**
 * The icon family is small and breaks at such scales. A colour or a container is settled in its first steps, so an edit that leaves
 * out a third of them cannot change it: of eight edits (colour, container, style, concept, canvas), by eye, 45 steps did seven, 33 one.
 */
const ICONS = { walked: 45 / 50, cfgFrom: 1.5, cfgTo: 3.2 };

export function makeEdit({ picture, width, height, from, to, negativePrompt = '', model, kind, adapters, seed, output, ...said }: EditWish): z.ZodSafeParseResult<EditRequest> {
  const usual = kind === 'icon' ? ICONS : PUBLISHED;
  const { steps = STEPS, nStart = Math.max(1, Math.round(steps * usual.walked)), cfgFrom = usual.cfgFrom, cfgTo = usual.cfgTo } = said;
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
