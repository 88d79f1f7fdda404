/**
 * What a tensor's name in a LoRA file says: which part of the model, which module of it, and what the tensor is to it.
 * Two families of names are read: diffusers' and PEFT's, with the module's path in dots (`unet.….to_q.lora_A.weight`), and
 * kohya's, with the path in underscores (`lora_unet_…_to_q.lora_down.weight`). Formats: huggingface/diffusers
 * utils/state_dict_utils.py, kohya-ss/sd-scripts networks/lora.py, KohakuBlueleaf/LyCORIS lycoris/modules.
 */

/** `denoiser` is the UNet or the transformer, whichever the model has. */
export const LORA_PARTS = ['denoiser', 'text_encoder', 'text_encoder_2', 'text_encoder_3'] as const;
export type LoraPart = (typeof LORA_PARTS)[number];

/** The factors and numbers that a change of a layer is made of. */
export type LoraRole =
  | 'down' | 'up' | 'mid' | 'alpha' | 'upBias'
  /** DoRA's lengths: `magnitude` is PEFT's, one per output; `doraScale` is LyCORIS's, along the axis that its shape shows. */
  | 'magnitude' | 'doraScale'
  | 'hada_w1_a' | 'hada_w1_b' | 'hada_w2_a' | 'hada_w2_b'
  | 'lokr_w1' | 'lokr_w1_a' | 'lokr_w1_b' | 'lokr_w2' | 'lokr_w2_a' | 'lokr_w2_b'
  | 'diff' | 'diff_b';

export interface LoraKey {
  readonly part: LoraPart;
  /** As the file says it, in dots or in kohya's underscores, without what names the part. */
  readonly module: string;
  readonly underscored: boolean;
  readonly role: LoraRole;
  /** What the file's metadata calls the part: `unet`, `transformer`, `text_encoder`; empty if the name has no part. */
  readonly prefix: string;
}

const ROLES: readonly (readonly [RegExp, LoraRole])[] = [
  [/\.(?:lora_A(?:\.\w+)?|lora_down|(?:lora|lora_linear_layer)\.down)\.weight$/, 'down'],
  [/\.(?:lora_B(?:\.\w+)?|lora_up|(?:lora|lora_linear_layer)\.up)\.weight$/, 'up'],
  [/\.lora_B(?:\.\w+)?\.bias$/, 'upBias'],
  [/\.lora_mid\.weight$/, 'mid'],
  [/(?:\.lora)?\.alpha$/, 'alpha'],
  [/\.lora_magnitude_vector(?:\.\w+)?(?:\.weight)?$/, 'magnitude'],
  [/\.dora_scale$/, 'doraScale'],
  ...(['hada_w1_a', 'hada_w1_b', 'hada_w2_a', 'hada_w2_b', 'lokr_w1', 'lokr_w1_a', 'lokr_w1_b', 'lokr_w2', 'lokr_w2_a', 'lokr_w2_b', 'diff', 'diff_b'] as const)
    .map((role) => [new RegExp(`\\.${role}(?:\\.weight)?$`), role] as const),
];

/** Changes of other kinds, by the name that people know them by. */
const OTHER_KINDS: readonly (readonly [RegExp, string])[] = [
  [/\.hada_t[12](?:\.weight)?$/, 'LoHa in Tucker form'],
  [/\.lokr_t2(?:\.weight)?$/, 'LoKr in Tucker form'],
  [/\.(?:oft_blocks|oft_diag|oft_[RS]|boft_[RS])(?:\.\w+)*$/, 'OFT'],
  [/\.(?:w_norm|b_norm)$/, 'trained norms (LyCORIS)'],
  [/\.(?:a1|a2|b1|b2)\.weight$/, 'GLoRA'],
  [/\.(?:on_input|ia3_l)$/, '(IA)³'],
];

const KOHYA: Readonly<Record<string, LoraPart>> = { unet: 'denoiser', transformer: 'denoiser', te: 'text_encoder', te1: 'text_encoder', te2: 'text_encoder_2', te3: 'text_encoder_3' };
const DOTTED: Readonly<Record<string, LoraPart>> = { unet: 'denoiser', transformer: 'denoiser', diffusion_model: 'denoiser', 'base_model.model': 'denoiser', text_encoder: 'text_encoder', text_encoder_2: 'text_encoder_2', text_encoder_3: 'text_encoder_3' };

/** `undefined` for a name that is no LoRA's. */
export function readLoraKey(key: string): LoraKey | undefined {
  const plain = key.replace(/\.(?:processor\.)?to_([qkv]|out)_lora\.(down|up)\.weight$/, (_, which: string, way: string) =>
    `.${key.startsWith('text_encoder') ? `${which}_proj` : which === 'out' ? 'to_out.0' : `to_${which}`}.lora.${way}.weight`); // diffusers before PEFT
  const found = ROLES.find(([ending]) => ending.test(plain));
  if (!found) return undefined;
  const [ending, role] = found;
  const whole = plain.replace(ending, '');
  const kohya = /^(?:lora|lycoris)_(unet|transformer|te[123]?)_(.+)$/.exec(whole);
  if (kohya) return { part: KOHYA[kohya[1]!]!, module: kohya[2]!, underscored: true, role, prefix: '' };
  const dotted = /^(unet|transformer|diffusion_model|base_model\.model|text_encoder(?:_[23])?)\.(.+)$/.exec(whole);
  if (dotted) return { part: DOTTED[dotted[1]!]!, module: dotted[2]!, underscored: false, role, prefix: dotted[1] === 'base_model.model' ? '' : dotted[1]! };
  return { part: 'denoiser', module: whole, underscored: false, role, prefix: '' };
}

/** The name of a kind of change that Easel does not apply, if a tensor's name shows one. */
export function otherKind(key: string): string | undefined {
  return OTHER_KINDS.find(([ending]) => ending.test(key))?.[1];
}
