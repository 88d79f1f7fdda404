/**
 * SDXL's layers as Stability's own code names them, which is what kohya's trainer writes, in diffusers' names.
 * Source: huggingface/diffusers loaders/lora_conversion_utils.py, `_maybe_map_sgm_blocks_to_diffusers`.
 */

const KINDS = ['resnets', 'attentions', 'upsamplers'] as const;

/** Inside a residual block. */
const RESNET: Readonly<Record<string, string>> = {
  in_layers_0: 'norm1', in_layers_2: 'conv1', emb_layers_1: 'time_emb_proj', out_layers_0: 'norm2', out_layers_3: 'conv2', skip_connection: 'conv_shortcut',
};

/** Outside of all blocks. */
const SINGLE: Readonly<Record<string, string>> = {
  time_embed_0: 'time_embedding_linear_1', time_embed_2: 'time_embedding_linear_2', label_emb_0_0: 'add_embedding_linear_1', label_emb_0_2: 'add_embedding_linear_2',
  input_blocks_0_0: 'conv_in', out_0: 'conv_norm_out', out_2: 'conv_out',
};

/**
 * @param name a module's path in underscores
 * @param resnetsPerBlock of a down block; SDXL has 2
 */
export function fromSgm(name: string, resnetsPerBlock: number): string {
  const single = SINGLE[name];
  if (single !== undefined) return single;
  const middle = /^middle_block_([012])_(.+)$/.exec(name);
  if (middle) {
    const [, place, rest = ''] = middle;
    return place === '1' ? `mid_block_attentions_0_${rest}` : `mid_block_resnets_${place === '0' ? 0 : 1}_${RESNET[rest] ?? rest}`;
  }
  const outer = /^(input|output)_blocks_(\d+)_(\d)_(.+)$/.exec(name);
  if (!outer) return name;
  const [, side, layer, inner, rest = ''] = outer;
  const perBlock = resnetsPerBlock + 1;
  const number = Number(layer) - (side === 'input' ? 1 : 0);
  const block = `${side === 'input' ? 'down' : 'up'}_blocks_${Math.floor(number / perBlock)}`;
  if (rest === 'op') return `${block}_downsamplers_0_conv`;
  if (rest === 'conv') return `${block}_upsamplers_0_conv`; // of index 1 where the block has no attention
  const kind = KINDS[Number(inner)] ?? 'resnets';
  return `${block}_${kind}_${number % perBlock}_${kind === 'resnets' ? (RESNET[rest] ?? rest) : rest}`;
}
