import assert from 'node:assert/strict';
import type { z } from 'zod';
import { ComponentConfig, ModelIndex, SchedulerConfig } from './component-config';

/** Where a schema finds fault, or `[]`. */
const faults = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('the JSON of a diffusers folder', () => {
  it('passes with fields that nobody here names, and stays as it is', () => {
    const index = { _class_name: 'X', _diffusers_version: '0.30', unet: ['diffusers', 'Y'], vae: null, easel: { width: 64, guidanceScale: 0 } };
    assert.deepEqual(ModelIndex.parse(index), index);
    const config = { sample_size: [8, 16], latents_mean: [-0.5, 0], eos_token_id: [2, 3], act_fn: 'silu', norm: { eps: 1e-6 } };
    assert.deepEqual(ComponentConfig.parse(config), config);
    const scheduler = { _class_name: 'EulerDiscreteScheduler', beta_start: 'unread here' };
    assert.deepEqual(SchedulerConfig.parse(scheduler), scheduler);
  });

  it('may say None of any field that it may leave out, and then says nothing', () => {
    for (const schema of [ModelIndex, ComponentConfig]) {
      const names = Object.keys(schema.shape);
      const parsed = schema.parse(Object.fromEntries(names.map((name) => [name, null])));
      assert.deepEqual(parsed, Object.fromEntries(names.map((name) => [name, undefined])));
      assert.deepEqual(schema.parse({}), {});
    }
    assert.deepEqual(faults(SchedulerConfig, {}), ['_class_name'], 'without its class a scheduler is nothing');
  });

  it('has sizes that are whole, positive and no larger than any model', () => {
    for (const size of [0, -8, 1.5, 2 ** 20 + 1, '64', NaN]) {
      for (const config of [{ in_channels: size }, { sample_size: size }, { block_out_channels: [64, size] }]) assert.equal(faults(ComponentConfig, config).length, 1, JSON.stringify(config));
    }
    assert.deepEqual(faults(ComponentConfig, { in_channels: 2 ** 20, sample_size: [1, 2 ** 20], scaling_factor: 0.13025, shift_factor: -1 }), []);
    assert.deepEqual(faults(ComponentConfig, { sample_size: [8], block_out_channels: [], scaling_factor: 0 }), ['sample_size', 'scaling_factor', 'block_out_channels']);
  });

  it("is strict where Easel's own recipes write: what is misspelt there would be drawn without", () => {
    assert.deepEqual(faults(ModelIndex, { easel: { guidance_scale: 3 } }), ['easel']);
    assert.deepEqual(faults(ModelIndex, { easel: { steps: 1001, guidanceScale: 101 } }), ['easel.steps', 'easel.guidanceScale']);
    assert.deepEqual(faults(ModelIndex, { easel: { steps: 1000, guidanceScale: 100 } }), []);
  });
});
