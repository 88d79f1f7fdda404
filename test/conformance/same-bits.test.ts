/**
 * Noise and schedules are the same bits on every JavaScript engine (Node 20 in a terminal, Node 24 in code-server), so that
 * one seed draws one picture. The digests were taken on Node 20.20 and equal those of Node 24.21; a change of arithmetic
 * that means to change pictures changes them here.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { BrownianPath, createNoise } from '../../src/diffusion/noise/index';
import { createScheduler } from '../../src/diffusion/schedulers/index';
import { SAMPLERS } from '../../src/prompt/request';

const digest = (...parts: (Float32Array | Float64Array)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return hash.digest('hex').slice(0, 16);
};

describe('the same bits on every engine', () => {
  it('for noise', () => {
    assert.equal(digest(createNoise('torch', '42').randn(65_536), createNoise('torch', '42').randn(7)), '93f881d6f6174b04');
    assert.equal(digest(createNoise('philox', '42').randn(65_536)), '227f12ea201bccbe');
  });

  it('for the timesteps and latents of every sampler', () => {
    const config = { _class_name: 'PNDMScheduler', beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', skip_prk_steps: true, steps_offset: 1 };
    const parts: (Float32Array | Float64Array)[] = [];
    for (const sampler of SAMPLERS) {
      for (const scheduleType of ['Automatic', 'Karras', 'Exponential', 'Beta'] as const) {
        if (scheduleType !== 'Automatic' && ['DDIM', 'DDPM', 'PNDM', 'LCM', 'TCD'].includes(sampler)) continue;
        const noise = createNoise('torch', '1');
        const scheduler = createScheduler(config, { steps: 12, sampler, scheduleType, eta: 0.5, path: (low, high) => new BrownianPath('torch', '1', 64, low, high) });
        let sample: Float32Array = noise.randn(64).map((value) => value * scheduler.initNoiseSigma);
        scheduler.timesteps.forEach((timestep, i) => {
          const input = scheduler.scaleModelInput(sample, i);
          const modelOutput = input.map((value) => 0.7 * value + timestep / 4000);
          sample = scheduler.step({ modelOutput, i, sample, noise: () => noise.randn(64) });
        });
        parts.push(Float64Array.from(scheduler.timesteps), sample);
      }
    }
    assert.equal(digest(...parts), 'acf4b7e935c2139e');
  });
});
