/** InvokeAI's `invokeai_metadata` (JSON) as A1111 infotext. Fields: invoke-ai/InvokeAI, invocations/metadata.py. */
import { z } from 'zod';
import { foreignInfotext } from './foreign-infotext';

const Named = z.looseObject({ name: z.string().optional(), model_name: z.string().optional() });
const InvokeMetadata = z.looseObject({
  positive_prompt: z.string(),
  negative_prompt: z.string().nullish(),
  width: z.int().nullish(),
  height: z.int().nullish(),
  seed: z.number().nullish(),
  cfg_scale: z.union([z.number(), z.array(z.number())]).nullish(),
  cfg_rescale_multiplier: z.number().nullish(),
  steps: z.int().nullish(),
  scheduler: z.string().nullish(),
  clip_skip: z.int().nullish(),
  strength: z.number().nullish(),
  model: Named.nullish(),
  vae: Named.nullish(),
  loras: z.array(z.looseObject({ model: Named.optional(), lora: Named.optional(), weight: z.number() })).nullish(),
  app_version: z.string().nullish(),
});

/** InvokeAI's scheduler names in A1111's words: sampler, schedule. `_k` is Karras. */
const SAMPLERS: Readonly<Record<string, string>> = {
  ddim: 'DDIM', pndm: 'PNDM', euler: 'Euler', euler_a: 'Euler a', heun: 'Heun', dpmpp_2m: 'DPM++ 2M', dpmpp_2m_sde: 'DPM++ 2M SDE',
  dpmpp_sde: 'DPM++ SDE', unipc: 'UniPC', lcm: 'LCM', tcd: 'TCD',
};

/** `null` when the text is not InvokeAI's metadata. */
export function invokeInfotext(text: string): string | null {
  const parsed = InvokeMetadata.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const data = parsed.data;
  const karras = data.scheduler?.endsWith('_k') ?? false;
  const scheduler = karras ? data.scheduler?.slice(0, -2) : data.scheduler;
  const loras = (data.loras ?? []).flatMap(({ model, lora, weight }) => {
    const name = nameOf(model ?? lora);
    return name === undefined ? [] : [` <lora:${name}:${weight}>`];
  });
  return foreignInfotext({
    prompt: data.positive_prompt + loras.join(''),
    negativePrompt: data.negative_prompt ?? '',
    pairs: [
      ['Steps', data.steps ?? undefined],
      ['Sampler', (scheduler && SAMPLERS[scheduler]) ?? scheduler ?? undefined],
      ['Schedule type', karras ? 'Karras' : undefined],
      // One scale per step is allowed there; A1111 has one number only, so such a list keeps its own key.
      Array.isArray(data.cfg_scale) ? ['cfg_scale', data.cfg_scale.join(' ')] : ['CFG scale', data.cfg_scale ?? undefined],
      ['CFG rescale', data.cfg_rescale_multiplier === 0 ? undefined : (data.cfg_rescale_multiplier ?? undefined)],
      ['Seed', data.seed ?? undefined],
      ['Size', data.width && data.height ? `${data.width}x${data.height}` : undefined],
      ['Model', nameOf(data.model)],
      ['VAE', nameOf(data.vae)],
      // Counted from 0 there ("skip none"), from 1 in A1111.
      ['Clip skip', data.clip_skip ? data.clip_skip + 1 : undefined],
      ['Denoising strength', data.strength ?? undefined],
      ['Version', data.app_version ? `InvokeAI ${data.app_version}` : 'InvokeAI'],
    ],
  });
}

function nameOf(named: z.infer<typeof Named> | null | undefined): string | undefined {
  return named?.name ?? named?.model_name;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
