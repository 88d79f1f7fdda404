import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Tensor, type SafeTensor } from '../onnx';
import { readAdapter } from './adapter-file';
import { AdapterError } from './error';
import { readLora } from './lora-file';
import { wave, writeLora } from './test-support/lora';

const number = (value: number) => float32Tensor(Float32Array.of(value), []);

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
    await refuses(/lora_adapter_metadata .* is damaged: [^[]/);
    await writeLora(file, pair('unet.a'), { lora_adapter_metadata: '[]' });
    await refuses(/lora_adapter_metadata .* is damaged: no JSON object/);
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
