import assert from 'node:assert/strict';
import { comfyInfotext } from './comfyui';

type Inputs = Record<string, unknown>;
const node = (class_type: string, inputs: Inputs) => ({ class_type, inputs });
/** A sampler with a latent of 512×768 and two prompts, and whatever else is given. */
const graph = (sampler: Inputs = {}, others: Record<string, unknown> = {}) => ({
  3: node('KSampler', { seed: 7, steps: 25, cfg: 6.5, sampler_name: 'euler_ancestral', scheduler: 'normal', denoise: 1, positive: ['6', 0], negative: ['7', 0], latent_image: ['5', 0], ...sampler }),
  5: node('EmptyLatentImage', { width: 512, height: 768 }),
  6: node('CLIPTextEncode', { text: 'a red heart' }),
  7: node('CLIPTextEncode', { text: 'blur' }),
  ...others,
});
const said = (sampler?: Inputs, others?: Record<string, unknown>) => comfyInfotext(JSON.stringify(graph(sampler, others)));
const parameters = (sampler?: Inputs, others?: Record<string, unknown>) => said(sampler, others)?.split('\n').at(-1);

describe('a ComfyUI graph', () => {
  it('is told in A1111\'s words', () => {
    assert.equal(said(), 'a red heart\nNegative prompt: blur\nSteps: 25, Sampler: Euler a, Schedule type: Uniform, CFG scale: 6.5, Seed: 7, Size: 512x768, Version: ComfyUI');
    assert.match(parameters({ sampler_name: 'res_multistep', scheduler: 'simple' }) ?? '', /Sampler: res_multistep, Schedule type: simple/);
    assert.match(parameters({ denoise: 0.6 }) ?? '', /Denoising strength: 0\.6/);
  });

  it('names the model that is reached through whatever changes it, and the LoRAs on the way', () => {
    const others = {
      10: node('LoraLoader', { lora_name: 'a/icons.v2.safetensors', strength_model: 0.8, model: ['11', 0] }), 11: node('LoraLoaderModelOnly', { lora_name: 'crisp.pt', model: ['4', 0] }),
      4: node('CheckpointLoaderSimple', { ckpt_name: 'sd/v1.5-pruned.safetensors' }),
    };
    assert.match(said({ model: ['10', 0] }, others) ?? '', /^a red heart <lora:a\/icons\.v2:0\.8> <lora:crisp:1>\n[^]*Model: sd\/v1\.5-pruned,/);
    assert.match(parameters({ model: ['4', 0] }, { 4: node('UNETLoader', { unet_name: 'flux.sft' }) }) ?? '', /Model: flux,/);
  });

  it('has its texts wherever they come from: a link to a text, SDXL\'s and Flux\'s encoders', () => {
    assert.match(said({}, { 6: node('CLIPTextEncode', { text: ['20', 0] }), 20: node('PrimitiveString', { value: 'far away' }) }) ?? '', /^far away\n/);
    assert.match(said({}, { 6: node('CLIPTextEncodeSDXL', { text_g: 'big', text_l: 'small' }) }) ?? '', /^big\n/);
    assert.match(said({}, { 6: node('FluxGuidance', { conditioning: ['21', 0] }), 21: node('CLIPTextEncodeFlux', { t5xxl: 'flux words' }) }) ?? '', /^flux words\n/);
    assert.match(said({ negative: ['99', 0] }) ?? '', /^a red heart\nSteps: /);
  });

  it('has a seed of 64 bits to the digit, by either name', () => {
    const of = (seed: string, key = 'seed') => /Seed: (\S+),/.exec(comfyInfotext(JSON.stringify(graph({ seed: undefined, [key]: 0 })).replace(`"${key}":0`, `"${key}" : ${seed}`)) ?? '')?.[1];
    assert.deepEqual([of('0'), of('18446744073709551615'), of('9007199254740993'), of('18446744073709551557', 'noise_seed')], ['0', '18446744073709551615', '9007199254740993', '18446744073709551557']);
  });

  it('is read as Python writes it, with numbers that are none, and with what no number can be', () => {
    for (const value of ['NaN', '[NaN]', 'Infinity', '-Infinity']) {
      const text = JSON.stringify(graph({}, { 6: { ...node('CLIPTextEncode', { text: 'say: "NaN"\\ or: NaN' }), is_changed: 0 } })).replace('"is_changed":0', `"is_changed": ${value}`);
      assert.match(comfyInfotext(text) ?? value, /^say: "NaN"\\ or: NaN\nNegative/, value);
    }
    assert.doesNotMatch(comfyInfotext(JSON.stringify(graph()).replace('"seed":7', '"seed":1e999')) ?? 'Seed', /Seed/);
  });

  it('without a sampler, or that is none, says nothing', () => {
    for (const text of ['', '{', 'null', '[]', '{}', '{"1": 2}', '{"1": {"class_type": "x"}}', JSON.stringify({ 6: node('CLIPTextEncode', { text: 'x' }) }), JSON.stringify(graph({ positive: 'x' }))]) assert.equal(comfyInfotext(text), null, text);
  });

  it('that runs in a circle, or names what is not there, ends', () => {
    const circle = said({ positive: ['8', 0] }, { 8: node('Reroute', { any: ['9', 0] }), 9: node('Reroute', { any: ['8', 0], other: ['nowhere', 0], proto: ['__proto__', 0] }) });
    assert.match(circle ?? '', /^Negative prompt: blur\n/);
  });
});
