import assert from 'node:assert/strict';
import { invokeInfotext } from './invokeai';

const said = (more: object = {}) => invokeInfotext(JSON.stringify({ positive_prompt: 'a red heart', ...more }));

describe('InvokeAI\'s metadata', () => {
  it('is told in A1111\'s words', () => {
    assert.equal(said(), 'a red heart\nVersion: InvokeAI');
    assert.equal(
      said({ negative_prompt: 'blur', width: 512, height: 640, seed: 4294967295, cfg_scale: 7.5, cfg_rescale_multiplier: 0.7, steps: 30, scheduler: 'euler_a', clip_skip: 1, strength: 0.6, model: { name: 'sdxl' }, vae: { model_name: 'fp16, fix' }, app_version: '6.0' }),
      'a red heart\nNegative prompt: blur\nSteps: 30, Sampler: Euler a, CFG scale: 7.5, CFG rescale: 0.7, Seed: 4294967295, Size: 512x640, Model: sdxl, VAE: "fp16, fix", Clip skip: 2, Denoising strength: 0.6, Version: InvokeAI 6.0',
    );
  });

  it('says Karras by the end of its scheduler\'s name', () => {
    assert.match(said({ scheduler: 'dpmpp_2m_sde_k' }) ?? '', /Sampler: DPM\+\+ 2M SDE, Schedule type: Karras/);
    assert.match(said({ scheduler: 'dpmpp_3m_k' }) ?? '', /Sampler: dpmpp_3m, Schedule type: Karras/);
    for (const scheduler of ['lms', 'task']) assert.match(said({ scheduler }) ?? '', new RegExp(`\nSampler: ${scheduler}, Version`));
  });

  it('keeps one guidance for each step under a name of its own', () => {
    assert.match(said({ cfg_scale: [7, 6.5] }) ?? '', /\ncfg_scale: 7 6\.5, Version/);
  });

  it('says nothing of what is nought or left open', () => {
    assert.equal(said({ negative_prompt: null, width: 512, height: null, seed: null, cfg_rescale_multiplier: 0, clip_skip: 0, scheduler: null, model: null, loras: null, app_version: null }), 'a red heart\nVersion: InvokeAI');
    assert.match(said({ seed: 0, cfg_scale: 0, strength: 0 }) ?? '', /\nCFG scale: 0, Seed: 0, Denoising strength: 0,/);
  });

  it('has its LoRAs in the prompt, by old and new names; one without a name is left out', () => {
    assert.match(said({ loras: [{ model: { name: 'icons' }, weight: 0.5 }, { lora: { model_name: 'crisp' }, weight: 1 }, { weight: 2 }] }) ?? '', /^a red heart <lora:icons:0\.5> <lora:crisp:1>\n/);
  });

  it('that is none, or another tool\'s, is null', () => {
    for (const text of ['', '{', 'null', '[]', '{}', '{"positive_prompt": 1}', '{"positive_prompt": "x", "steps": "many"}', '{"positive_prompt": "x", "seed": 1e999}']) assert.equal(invokeInfotext(text), null, text);
  });
});
