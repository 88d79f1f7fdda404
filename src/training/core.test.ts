import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeModel } from '../onnx';
import { openSession, tensor } from '../runtime';
import { writeFile } from 'node:fs/promises';
import { integer, normals } from './counter-random';
import { lossModel, type LossOptions } from './losses';
import { accumulate, clipGradients, createOptimizer, gradientNorm, power } from './optimizer';
import { learningRateAt } from './schedule';
import numbers from '../../test/conformance/training/optimizers.json';

describe('optimizers', () => {
  for (const optimizer of ['adamw', 'sgd'] as const) {
    it(`${optimizer} is torch's, over ten steps of two tensors with a changing rate`, () => {
      const { start, gradients, end } = numbers[optimizer];
      const named = (values: number[][]) => new Map(values.map((list, i) => [`p${i}`, Float32Array.from(list)]));
      const trainables = named(start);
      const made = createOptimizer(trainables, { optimizer, momentum: 0.9, beta2: 0.999, weightDecay: 0.1 });
      gradients.forEach((values, i) => made.apply(named(values), 1e-2 / (i + 1), i + 1));
      for (const [name, values] of named(end)) values.forEach((value, i) => assert.ok(Math.abs(trainables.get(name)![i]! - value) < 2e-6, `${name}[${i}]: ${trainables.get(name)![i]} is not ${value}`));
    });
  }

  it('clip by the norm over all tensors, and average accumulated gradients', () => {
    const gradients = new Map([['a', Float32Array.of(3)], ['b', Float32Array.of(0, 4)]]);
    assert.equal(clipGradients(gradients, 0), 5);
    assert.equal(gradients.get('b')![1], 4);
    clipGradients(gradients, 1);
    assert.ok(Math.abs(gradientNorm(gradients) - 1) < 1e-6);
    const sum = new Map([['a', new Float32Array(1)]]);
    accumulate(sum, new Map([['a', Float32Array.of(2)]]), 0.5);
    accumulate(sum, new Map([['a', Float32Array.of(4)]]), 0.5);
    assert.equal(sum.get('a')![0], 3);
  });

  it('take powers by multiplication', () => {
    assert.equal(power(2, 10), 1024);
    assert.ok(Math.abs(power(0.999, 1000) - 0.999 ** 1000) < 1e-13);
  });
});

describe('learning rates', () => {
  const base = { learningRate: 1, minLearningRate: 0.1, warmupSteps: 0, steps: 100 };
  it('warm up, stay, fall as a cosine', () => {
    assert.equal(learningRateAt(0, { ...base, schedule: 'constant', warmupSteps: 3 }), 0.25);
    assert.equal(learningRateAt(3, { ...base, schedule: 'constant', warmupSteps: 3 }), 1);
    assert.equal(learningRateAt(0, { ...base, schedule: 'cosine' }), 1);
    assert.ok(Math.abs(learningRateAt(50, { ...base, schedule: 'cosine' }) - 0.55) < 1e-12);
    assert.ok(Math.abs(learningRateAt(100, { ...base, schedule: 'cosine' }) - 0.1) < 1e-12);
  });
  it('restart as published: ten stages of 500 steps', () => {
    const at = (step: number) => learningRateAt(step, { ...base, schedule: 'warm-restarts', steps: 20_000 });
    assert.equal(at(0), 1);
    assert.equal(at(499), 1);
    assert.ok(Math.abs(at(2500) - 0.55) < 1e-12);
    assert.ok(Math.abs(at(4999) - (0.1 + (0.9 * (1 + Math.cos(0.9 * Math.PI))) / 2)) < 1e-12);
    assert.equal(at(5000), 1);
  });
});

describe('counter-based randomness', () => {
  const place = { seed: '18446744073709551615', step: 3, purpose: 'noise' } as const;
  it('is a function of its place alone', () => {
    assert.deepEqual(normals(place, 10), normals(place, 10));
    assert.deepEqual(normals(place, 10).subarray(0, 7), normals(place, 7), 'a shorter draw is a longer one\'s beginning');
    const others = [{ ...place, seed: '1' }, { ...place, step: 4 }, { ...place, purpose: 'validation' as const }, { ...place, index: 1 }];
    assert.equal(new Set([place, ...others].map((p) => normals(p, 4).join())).size, 5);
  });
  it('is standard normal, and even over whole numbers', () => {
    const values = normals({ ...place, index: 9 }, 40_000);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    assert.ok(Math.abs(mean) < 0.02 && Math.abs(variance - 1) < 0.03, `${mean}, ${variance}`);
    const counts = [0, 0, 0];
    for (let step = 0; step < 3000; step++) counts[integer({ seed: '5', step, purpose: 'timestep' }, 3)]! += 1;
    assert.ok(counts.every((count) => Math.abs(count - 1000) < 120), counts.join());
  });
});

describe('losses', () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'easel-loss-'))));
  after(() => rm(folder, { recursive: true }));
  const options = { loss: 'contrastive', batchSize: 4, pictures: 4, temperature: 0.07, scale: 4, denoisingWeight: 0 } as const satisfies LossOptions;

  async function evaluate(more: Partial<LossOptions>, errors: number[]) {
    const settings = { ...options, ...more, pictures: more.batchSize ?? 4 };
    const file = join(folder, 'loss.onnx');
    await writeFile(file, encodeModel(lossModel(settings)));
    const session = await openSession(file, { threads: 1 });
    const matrix = tensor(Float32Array.from(errors), [settings.batchSize, errors.length / settings.batchSize]);
    const { loss, grad_errors: gradient } = await session.run({ errors: matrix, errors_held: matrix, grad_loss: tensor(Float32Array.of(1), []) });
    await session.release();
    return { loss: (loss!.data as Float32Array)[0]!, gradient: gradient!.data as Float32Array };
  }
  const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6 * Math.max(1, Math.abs(b)), `${a} is not ${b}`);
  const filled = (batch: number, matched: number, other: number) => Array.from({ length: batch * batch }, (_, k) => (k % batch === 0 ? matched : other));

  for (const batchSize of [2, 4, 16]) {
    it(`contrastive, ${batchSize} pairs: exactly ln B at equal errors, and its floor where right is 0 and wrong is endless`, async () => {
      for (const error of [0, 0.02, 0.4, 5]) close((await evaluate({ batchSize }, filled(batchSize, error, error))).loss, Math.log(batchSize));
      close((await evaluate({ batchSize }, filled(batchSize, 0, 1e3))).loss, Math.log(1 + (batchSize - 1) * Math.exp(-4)));
      close((await evaluate({ batchSize }, filled(batchSize, 1e3, 0))).loss, Math.log(1 + (batchSize - 1) * Math.exp(4)));
    });
  }

  it('contrastive is never under ln(1 + (B − 1)e⁻⁴)', async () => {
    const floor = Math.log(1 + 3 * Math.exp(-4));
    for (let trial = 0; trial < 20; trial++) {
      const errors = normals({ seed: '7', step: trial, purpose: 'noise' }, 16).map((value) => Math.abs(value) * 10 ** ((trial % 5) - 3));
      const { loss } = await evaluate({}, [...errors]);
      assert.ok(loss >= floor - 1e-6, `${loss}`);
    }
  });

  it('contrastive falls with the right caption\'s error, 4/0.07·e^(−E/0.07) of it per logit, and the weight adds the plain loss', async () => {
    const errors = filled(4, 0.1, 0.1);
    const { gradient } = await evaluate({}, errors);
    // At equal errors: softmax ¼ each; dL/dE_ii = (1 − ¼)/4 · |dl/dE|, dL/dE_ij = −¼/4 · |dl/dE|.
    const slope = (4 / 0.07) * Math.exp(-0.1 / 0.07);
    close(gradient[0]!, (0.75 / 4) * slope);
    close(gradient[1]!, (-0.25 / 4) * slope);
    close((await evaluate({ denoisingWeight: 10 }, errors)).loss, Math.log(4) + 1);
  });

  it('soft rank counts the captions that beat the right one, and its deviation is held', async () => {
    close((await evaluate({ loss: 'soft-rank' }, filled(4, 1, 1))).loss, 1.5);
    assert.ok((await evaluate({ loss: 'soft-rank' }, filled(4, 0, 1))).loss < 1e-6);
    close((await evaluate({ loss: 'soft-rank' }, filled(4, 1, 0))).loss, 3);
    const errors = [0.5, 0.52, 0.6, 0.45, 0.3, 0.31, 0.2, 0.4, 0.7, 0.8, 0.75, 0.9, 0.1, 0.2, 0.3, 0.15];
    const { gradient } = await evaluate({ loss: 'soft-rank' }, errors);
    // By hand, row 0: s = 0.1·std; d/dE_00 = Σ σ'/s / 4, d/dE_0j = −σ'/s / 4.
    const row = errors.slice(0, 4);
    const mean = row.reduce((sum, value) => sum + value, 0) / 4;
    const s = 0.1 * Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3);
    const slope = (x: number) => { const sigmoid = 1 / (1 + Math.exp(-x)); return sigmoid * (1 - sigmoid); };
    const parts = row.map((value) => slope((row[0]! - value) / s) / s / 4);
    assert.ok(Math.abs(gradient[1]! + parts[1]!) < 1e-4, `${gradient[1]} ${parts[1]}`);
    assert.ok(Math.abs(gradient[0]! - (parts[1]! + parts[2]! + parts[3]!)) < 1e-4);
  });

  it('denoising is the mean of the right captions\' errors', async () => {
    const { loss, gradient } = await evaluate({ loss: 'denoising' }, [1, 2, 3, 4]);
    close(loss, 2.5);
    assert.deepEqual([...gradient], [0.25, 0.25, 0.25, 0.25]);
  });
});
