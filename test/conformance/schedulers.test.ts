/**
 * Every scheduler against diffusers, call by call. The reference files are made by recipes/conformance/schedulers.py, and from
 * random configurations by scheduler_sweep.py; `model` and `noise` here are the same formulas as there.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createScheduler, type BrownianIncrements, type SchedulerOptions } from '../../src/diffusion/schedulers/index';

interface Case {
  config: { _class_name: string } & Record<string, unknown>;
  options: SchedulerOptions;
  timesteps: number[];
  initNoiseSigma: number;
  draws: number;
  samples: string;
}

const SIZE = 16;
const casesOf = (name: string) => (JSON.parse(readFileSync(fileURLToPath(new URL(`./data/${name}.json`, import.meta.url)), 'utf8')) as { cases: Case[] }).cases;

function noise(draw: number): Float32Array {
  return Float32Array.from({ length: SIZE }, (_, j) => 1.7 * Math.sin(12.9898 * (draw * SIZE + j + 1)));
}

/** The recipe's path for DPM++ SDE: the half of a step and then the whole of it, whose second half is drawn. */
function pathOf(draw: () => Float32Array): BrownianIncrements {
  let half: { end: number; noise: Float32Array } | null = null;
  return {
    between(from, to) {
      if (half === null) {
        half = { end: to, noise: draw() };
        return half.noise;
      }
      const { end, noise: upper } = half;
      half = null;
      const lower = draw();
      return upper.map((value, j) => (Math.sqrt(from - end) * value + Math.sqrt(end - to) * lower[j]!) / Math.sqrt(from - to));
    },
  };
}

function model(input: Float32Array, timestep: number): Float32Array {
  return input.map((value, j) => 0.4 * value + 0.6 * (1 - timestep / 2000) * Math.sin(j + 1));
}

function title({ config, options }: Case): string {
  const show = (entries: object) => JSON.stringify(entries).slice(1, -1).replaceAll('"', '');
  const { _class_name: name, ...fields } = config;
  return `${name} ${show(fields).slice(0, 160)} | ${show(options).slice(0, 120)}`;
}

describe('schedulers agree with diffusers after every call', () => {
  for (const reference of [...casesOf('schedulers'), ...casesOf('scheduler-sweep')]) {
    it(title(reference), () => {
      let draws = 0;
      const draw = () => noise(++draws);
      const scheduler = createScheduler(reference.config, { ...reference.options, path: () => pathOf(draw) });
      // A fractional timestep passes through float32 logarithms in NumPy; 1e-5 of a thousand is their rounding.
      assert.equal(scheduler.timesteps.length, reference.timesteps.length);
      // DPM2 a looks at levels that are what rounding left of a difference.
      const slack = scheduler.className === 'KDPM2AncestralDiscreteScheduler' ? 1e-3 : 0;
      reference.timesteps.forEach((expected, i) => close(scheduler.timesteps[i]!, expected, 2e-5 * Math.max(1, Math.abs(expected)) + slack, `timestep ${i}`));
      close(scheduler.initNoiseSigma, reference.initNoiseSigma, 1e-6 * reference.initNoiseSigma, 'initNoiseSigma');

      const bytes = Buffer.from(reference.samples, 'base64');
      const expected = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
      const imageToImage = (reference.options.strength ?? 1) < 1;
      const start = imageToImage ? scheduler.addNoise(noise(1000), noise(0), scheduler.begin) : noise(0).map((value) => value * scheduler.initNoiseSigma);
      compare(start, expected.subarray(0, SIZE), 'start', start);
      let sample = start;
      let row = 1;
      for (let i = scheduler.begin; i < scheduler.timesteps.length; i++, row++) {
        const modelOutput = model(scheduler.scaleModelInput(sample, i), scheduler.timesteps[i]!);
        sample = scheduler.step({ modelOutput, i, sample, noise: draw });
        compare(sample, expected.subarray(row * SIZE, (row + 1) * SIZE), `call ${i}`, start);
      }
      assert.equal(row * SIZE, expected.length, 'number of calls');
      assert.equal(draws, reference.draws, 'noise drawn');
    });
  }
});

/**
 * diffusers computes coefficients in float32, ours are doubles: 1e-5 of the largest value covers its rounding (nearly all
 * cases are below 1e-6). With zero terminal SNR latents start at 4096 standard deviations; float32's half unit in the last
 * place of them, 1e-7 of `start`, stays in the latents of all later steps.
 */
function compare(actual: Float32Array, expected: Float32Array, what: string, start: Float32Array): void {
  const largest = (values: Float32Array) => values.reduce((high, value) => Math.max(high, Math.abs(value)), 0);
  const worst = largest(expected.map((value, j) => value - actual[j]!));
  assert.ok(worst <= 1e-5 * largest(expected) + 1e-7 * largest(start), `${what}: differs by ${worst}, largest value ${largest(expected)}`);
}

function close(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} is not ${expected}`);
}
