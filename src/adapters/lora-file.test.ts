import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Tensor, type SafeTensor } from '../onnx';
import { readAdapter } from './adapter-file';
import { AdapterError } from './error';
import { readLora } from './lora-file';
import { readLoraKey } from './lora-keys';
import { fromSgm } from './sgm-names';
import { wave, writeLora } from './test-support/lora';

const number = (value: number) => float32Tensor(Float32Array.of(value), []);

describe('names in LoRA files', () => {
  const read = (key: string) => {
    const found = readLoraKey(key);
    return found && [found.part, found.module, found.role].join(' ');
  };

  it('are read in each naming', () => {
    for (const [key, said] of [
      ['lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight', 'denoiser down_blocks_0_attentions_0_proj_in down'],
      ['lora_unet_mid_block_resnets_0_conv1.lora_mid.weight', 'denoiser mid_block_resnets_0_conv1 mid'],
      ['lora_te_text_model_encoder_layers_0_mlp_fc1.alpha', 'text_encoder text_model_encoder_layers_0_mlp_fc1 alpha'],
      ['lora_te2_text_projection.lora_up.weight', 'text_encoder_2 text_projection up'],
      ['lora_te3_encoder_block_0_layer_0_SelfAttention_q.dora_scale', 'text_encoder_3 encoder_block_0_layer_0_SelfAttention_q doraScale'],
      ['unet.mid_block.attentions.0.proj_in.lora.down.weight', 'denoiser mid_block.attentions.0.proj_in down'],
      ['unet.a.attn1.processor.to_out_lora.up.weight', 'denoiser a.attn1.to_out.0 up'],
      ['unet.a.attn1.to_q.lora_A.default.weight', 'denoiser a.attn1.to_q down'],
      ['text_encoder.text_model.encoder.layers.0.self_attn.k_proj.lora_linear_layer.up.weight', 'text_encoder text_model.encoder.layers.0.self_attn.k_proj up'],
      ['text_encoder.text_model.encoder.layers.0.self_attn.to_k_lora.up.weight', 'text_encoder text_model.encoder.layers.0.self_attn.k_proj up'],
      ['transformer.transformer_blocks.0.attn.to_q.lora_B.bias', 'denoiser transformer_blocks.0.attn.to_q upBias'],
      ['transformer.transformer_blocks.0.attn.to_q.lora_magnitude_vector', 'denoiser transformer_blocks.0.attn.to_q magnitude'],
      ['base_model.model.conv_in.lora_A.weight', 'denoiser conv_in down'],
      ['conv_in.lora_B.weight', 'denoiser conv_in up'],
      ['lora_unet_conv_in.hada_w1_a', 'denoiser conv_in hada_w1_a'],
      ['lora_unet_conv_in.diff', 'denoiser conv_in diff'],
      ['time_embed.0.weight', undefined],
      ['emb_params', undefined],
    ] as const) assert.equal(read(key), said, key);
  });

  it("of SDXL as Stability's code has them become diffusers'", () => {
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

describe('LoRA files', () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-lora-'));
    file = join(folder, 'x.safetensors');
  });
  after(async () => rm(folder, { recursive: true }));

  const pair = (module: string, { rank = 2, inputs = 3, out = 4 } = {}): Record<string, SafeTensor> => ({ [`${module}.lora_A.weight`]: wave([rank, inputs]), [`${module}.lora_B.weight`]: wave([out, rank]) });
  const scales = async () => Object.fromEntries((await readLora(file)).layers.map(({ module, scale }) => [module, scale]));
  const refuses = async (message: RegExp) => {
    await assert.rejects(readLora(file), (error: unknown) => {
      assert.ok(error instanceof AdapterError);
      assert.match(error.message, message);
      assert.ok(error.message.includes(file) && !error.message.includes('\n'), error.message);
      return true;
    });
  };

  it('say how much they act: alpha over rank, in the tensors, the header, or a configuration beside them', async () => {
    await writeLora(file, { ...pair('unet.a'), ...pair('unet.b'), 'unet.b.alpha': number(1) });
    assert.deepEqual(await scales(), { a: 1, b: 0.5 });
    const config = { 'unet.r': 2, 'unet.lora_alpha': 6, 'unet.alpha_pattern': { b: 1, 'x.c': 4 }, 'unet.rank_pattern': { 'x.c': 8 } };
    await writeLora(file, { ...pair('unet.a'), ...pair('unet.b'), ...pair('unet.x.c', { rank: 8 }) }, { lora_adapter_metadata: JSON.stringify(config) });
    assert.deepEqual(await scales(), { a: 3, b: 0.5, 'x.c': 0.5 });
    await writeLora(file, pair('unet.a', { rank: 4 }), { lora_adapter_metadata: JSON.stringify({ 'unet.r': 4, 'unet.lora_alpha': 6, 'unet.use_rslora': true }) });
    assert.deepEqual(await scales(), { a: 3 });
    const own = join(folder, 'adapter_model.safetensors');
    await writeLora(own, pair('base_model.model.a'));
    await writeFile(join(folder, 'adapter_config.json'), JSON.stringify({ peft_type: 'LORA', r: 2, lora_alpha: 8 }));
    assert.deepEqual((await readLora(own)).layers.map(({ scale }) => scale), [4]);
  });

  it('are told from soft tokens by what they hold, and keep their numbers in the file', async () => {
    await writeLora(file, { ...pair('unet.a'), position: wave([3]) }, { easel: JSON.stringify({ method: 'lora', model: { id: 'icon-64', sha256: 'f' } }) });
    const read = await readAdapter(file);
    assert.ok(read.kind === 'lora');
    assert.deepEqual([read.rank, read.unknown, read.madeFor], [2, ['position'], { id: 'icon-64', sha256: 'f' }]);
    assert.ok([...read.layers[0]!.tensors.values()].every(({ data }) => data.kind === 'file'));
  });

  it('are refused in one line when they are damaged or none', async () => {
    await writeLora(file, pair('unet.a'));
    const { size } = await stat(file);
    await truncate(file, size - 4);
    await refuses(/cut short|ends early/);
    await writeFile(file, 'PK not safetensors at all');
    await refuses(/not a safetensors file/);
    await writeLora(file, { 'emb_params': wave([2, 3]) });
    await refuses(/no LoRA that Easel knows \(its first tensor is "emb_params"\)/);
    await writeLora(file, { 'unet.a.lora_A.weight': wave([2, 3]), 'unet.a.lora_B.weight': wave([4, 3]) });
    await refuses(/a has factors of rank 2 and 3, which do not fit/);
    await writeLora(file, { 'unet.a.lora_A.weight': wave([2, 3]) });
    await refuses(/a lacks its up/);
    await writeLora(file, { ...pair('unet.a'), 'lora_unet_a.lora_down.weight': wave([2, 3]) });
    await refuses(/changes a twice/);
    await writeLora(file, { 'lora_unet_a.lora_down.weight': { dtype: 'I32', shape: [1, 1], data: new Uint8Array(4) } });
    await refuses(/is int32, where LoRA has floats/);
    await writeLora(file, pair('unet.a'), { lora_adapter_metadata: '{"unet.r": "many"}' });
    await refuses(/what it says of its ranks is not understood \(r: /);
    await writeLora(file, pair('unet.a'), { lora_adapter_metadata: '{' });
    await refuses(/lora_adapter_metadata .* is damaged/);
    await assert.rejects(readLora(join(folder, 'gone.safetensors')), /gone\.safetensors/);
  });

  it('of kinds that are not applied are refused by name', async () => {
    for (const [key, kind] of [['lora_unet_a.oft_blocks', 'OFT'], ['lora_unet_a.hada_t1', 'LoHa in Tucker form'], ['lora_unet_a.lokr_t2', 'LoKr in Tucker form'], ['lora_unet_a.w_norm', 'trained norms']] as const) {
      await writeLora(file, { [key]: wave([2, 2]) });
      await refuses(new RegExp(`holds ${kind}`));
    }
  });

  it('that claim gigabytes are refused before anything is read', async () => {
    const rank = 2 ** 15;
    const bytes = rank * rank * 2;
    const header = Buffer.from(JSON.stringify({ 'unet.a.lora_A.weight': { dtype: 'F16', shape: [rank, rank], data_offsets: [0, bytes] }, 'unet.a.lora_B.weight': { dtype: 'F16', shape: [rank, rank], data_offsets: [bytes, 2 * bytes] } }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    await writeFile(file, Buffer.concat([length, header]));
    await refuses(/cut short/);
    await truncate(file, 8 + header.length + 2 * bytes); // a hole: no such bytes are on the disk
    await refuses(/holds 4\.0 GiB of factors, more than the 1\.5 GiB/);
  });
});
