import assert from 'node:assert/strict';
import { fromSgm } from './sgm-names';

describe("SDXL's names in Stability's code", () => {
  it("become diffusers'; other names stay", () => {
    for (const [sgm, diffusers] of [
      ['input_blocks_4_1_transformer_blocks_0_attn1_to_q', 'down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q'],
      ['input_blocks_5_0_in_layers_2', 'down_blocks_1_resnets_1_conv1'],
      ['input_blocks_3_0_op', 'down_blocks_0_downsamplers_0_conv'],
      ['input_blocks_0_0', 'conv_in'],
      ['middle_block_0_emb_layers_1', 'mid_block_resnets_0_time_emb_proj'],
      ['middle_block_1_proj_in', 'mid_block_attentions_0_proj_in'],
      ['middle_block_2_out_layers_3', 'mid_block_resnets_1_conv2'],
      ['output_blocks_2_2_conv', 'up_blocks_0_upsamplers_0_conv'],
      ['output_blocks_3_0_skip_connection', 'up_blocks_1_resnets_0_conv_shortcut'],
      ['output_blocks_5_1_proj_out', 'up_blocks_1_attentions_2_proj_out'],
      ['label_emb_0_2', 'add_embedding_linear_2'],
      ['out_2', 'conv_out'],
      ['down_blocks_0_resnets_0_conv1', 'down_blocks_0_resnets_0_conv1'],
    ]) assert.equal(fromSgm(sgm!, 2), diffusers);
  });
});
