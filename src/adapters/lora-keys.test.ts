import assert from 'node:assert/strict';
import { otherKind, readLoraKey } from './lora-keys';

/** Part, module and role, after `_` where the module is in kohya's underscores; the prefix in brackets where there is one. */
const read = (key: string) => {
  const found = readLoraKey(key);
  return found && `${found.underscored ? '_ ' : ''}${found.part} ${found.module} ${found.role}${found.prefix === '' ? '' : ` (${found.prefix})`}`;
};
const each = (cases: Readonly<Record<string, string | undefined>>) => {
  for (const [key, said] of Object.entries(cases)) assert.equal(read(key), said, key);
};

describe('names in LoRA files', () => {
  it("are kohya's: the path in underscores, the part before it", () => each({
    'lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight': '_ denoiser down_blocks_0_attentions_0_proj_in down',
    'lora_unet_mid_block_resnets_0_conv1.lora_mid.weight': '_ denoiser mid_block_resnets_0_conv1 mid',
    'lora_transformer_x_embedder.lora_up.weight': '_ denoiser x_embedder up',
    'lora_te_text_model_encoder_layers_0_mlp_fc1.alpha': '_ text_encoder text_model_encoder_layers_0_mlp_fc1 alpha',
    'lora_te1_text_model_encoder_layers_0_mlp_fc1.alpha': '_ text_encoder text_model_encoder_layers_0_mlp_fc1 alpha',
    'lora_te2_text_projection.lora_up.weight': '_ text_encoder_2 text_projection up',
    'lora_te3_encoder_block_0_layer_0_SelfAttention_q.dora_scale': '_ text_encoder_3 encoder_block_0_layer_0_SelfAttention_q doraScale',
    'lycoris_unet_conv_in.lokr_w2_b': '_ denoiser conv_in lokr_w2_b',
    'lora_unet_conv_in.lokr_w1': '_ denoiser conv_in lokr_w1',
    'lora_unet_conv_in.hada_w1_a': '_ denoiser conv_in hada_w1_a',
    'lora_unet_conv_in.diff': '_ denoiser conv_in diff',
    'lora_unet_conv_in.diff_b': '_ denoiser conv_in diff_b',
  }));

  it("are kohya's with the blocks of SDXL as Stability's code has them, which stay as they are", () => each({
    'lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q.lora_down.weight': '_ denoiser input_blocks_4_1_transformer_blocks_0_attn1_to_q down',
    'lora_unet_output_blocks_2_2_conv.alpha': '_ denoiser output_blocks_2_2_conv alpha',
  }));

  it("are diffusers' and PEFT's: the path in dots", () => each({
    'unet.mid_block.attentions.0.proj_in.lora.down.weight': 'denoiser mid_block.attentions.0.proj_in down (unet)',
    'unet.mid_block.attentions.0.proj_in.lora.alpha': 'denoiser mid_block.attentions.0.proj_in alpha (unet)',
    'unet.a.attn1.to_q.lora_A.weight': 'denoiser a.attn1.to_q down (unet)',
    'unet.a.attn1.to_q.lora_A.default.weight': 'denoiser a.attn1.to_q down (unet)',
    'unet.a.attn1.to_q.lora_B.default.bias': 'denoiser a.attn1.to_q upBias (unet)',
    'transformer.transformer_blocks.0.attn.to_q.lora_B.bias': 'denoiser transformer_blocks.0.attn.to_q upBias (transformer)',
    'transformer.transformer_blocks.0.attn.to_q.lora_magnitude_vector': 'denoiser transformer_blocks.0.attn.to_q magnitude (transformer)',
    'transformer.a.lora_magnitude_vector.default.weight': 'denoiser a magnitude (transformer)',
    'diffusion_model.a.lora_up.weight': 'denoiser a up (diffusion_model)',
    'text_encoder.text_model.encoder.layers.0.self_attn.k_proj.lora_linear_layer.up.weight': 'text_encoder text_model.encoder.layers.0.self_attn.k_proj up (text_encoder)',
    'text_encoder_2.text_projection.lora_B.weight': 'text_encoder_2 text_projection up (text_encoder_2)',
    'text_encoder_3.encoder.block.0.layer.0.SelfAttention.q.lora_A.weight': 'text_encoder_3 encoder.block.0.layer.0.SelfAttention.q down (text_encoder_3)',
    // PEFT's own files say no part: it is the denoiser's
    'base_model.model.conv_in.lora_A.weight': 'denoiser conv_in down',
    'conv_in.lora_B.weight': 'denoiser conv_in up',
  }));

  it('are those of diffusers before PEFT, where the layer is in the name of the factor', () => each({
    'unet.a.attn1.processor.to_q_lora.down.weight': 'denoiser a.attn1.to_q down (unet)',
    'unet.a.attn1.processor.to_out_lora.up.weight': 'denoiser a.attn1.to_out.0 up (unet)',
    'text_encoder.text_model.encoder.layers.0.self_attn.to_k_lora.up.weight': 'text_encoder text_model.encoder.layers.0.self_attn.k_proj up (text_encoder)',
    'text_encoder.text_model.encoder.layers.0.self_attn.to_out_lora.up.weight': 'text_encoder text_model.encoder.layers.0.self_attn.out_proj up (text_encoder)',
  }));

  it('say nothing where they are no LoRA\'s', () => each({
    'time_embed.0.weight': undefined, 'emb_params': undefined, 'lora_unet_conv_in.lora_down.bias': undefined, 'unet.a.lora_A': undefined, 'alpha': undefined, 'lora_down.weight': undefined,
  }));

  it('show the kinds that are not applied, and only those', () => {
    for (const [key, kind] of [
      ['lora_unet_a.hada_t2', 'LoHa in Tucker form'], ['lora_unet_a.lokr_t2.weight', 'LoKr in Tucker form'], ['lora_unet_a.oft_blocks', 'OFT'], ['unet.a.oft_R.default.weight', 'OFT'], ['unet.a.boft_S.default', 'OFT'],
      ['lora_unet_a.b_norm', 'trained norms (LyCORIS)'], ['lora_unet_a.b1.weight', 'GLoRA'], ['lora_unet_a.on_input', '(IA)³'],
      ['lora_unet_a.hada_w1_a', undefined], ['lora_unet_a.lokr_w2', undefined], ['unet.a.lora_A.weight', undefined], ['unet.norm.weight', undefined],
    ] as const) assert.equal(otherKind(key), kind, key);
  });
});
