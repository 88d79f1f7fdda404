/** One training step against PyTorch float64 (recipes/training/soft_tokens.py): tokens injected there by wrapping modules, here by surgery on the graph. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { z } from 'zod';
import { readSafetensors, toFloat32 } from '../../../src/onnx';
import { noisingOf } from '../../../src/diffusion';
import { StepRunner } from '../../../src/training/step-runner';

const Case = z.object({ timestep: z.number(), weight: z.number(), blocks: z.array(z.string()), temperature: z.number(), scale: z.number(), flow: z.boolean() });
const HERE = __dirname;

async function reference(name: string) {
  const { tensors, metadata } = await readSafetensors(join(HERE, `${name}.safetensors`));
  const get = (key: string) => {
    const tensor = tensors.get(key);
    assert.ok(tensor, key);
    return { shape: tensor.shape, data: toFloat32(tensor) };
  };
  return { get, ...Case.parse(JSON.parse(metadata['case'] ?? '')) };
}

/** ‖a − b‖ / ‖b‖ */
function difference(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return Math.hypot(...a.map((value, i) => value - b[i]!)) / Math.hypot(...b);
}

describe('one step of soft-token training agrees with PyTorch float64', () => {
  for (const name of ['sd15', 'sdxl', 'sd3', 'icon']) {
    it(name, async () => {
      const { get, timestep, weight, blocks, temperature, scale, flow } = await reference(name);
      const { shape: [batchSize = 0, channels = 0, height = 0, width = 0], data: pictures } = get('pictures');
      const text = get('text');
      const [, tokens = 0, textWidth = 0] = text.shape;
      const rows = (key: string) => {
        const { shape, data } = get(key);
        const size = data.length / shape[0]!;
        return Array.from({ length: shape[0]! }, (_, i) => data.subarray(i * size, (i + 1) * size));
      };
      const encodings = rows('text').map((hidden, i) => ({ hidden, tokens, width: textWidth, pooled: name === 'sd15' ? null : rows('pooled')[i]!, attentionBias: name === 'icon' ? rows('bias')[i]! : null }));
      const ownFirst = <T>(values: ArrayLike<T>, i: number) => [values[i]!, ...Array.from(values).filter((_, j) => j !== i)];
      const captions = encodings.map((_, i) => ownFirst(encodings, i));
      const noising = noisingOf({ dir: name, kind: flow ? 'sd3' : 'sd', scheduler: { _class_name: 'DDIMScheduler', beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' } });
      for (const loss of ['contrastive', 'soft-rank', 'denoising'] as const) {
        const open = (atOnce: number) => StepRunner.open({
          file: join(HERE, `${name}.onnx`), blocks, noising, shape: { channels, height, width }, size: { width: 64, height: 64 },
          loss: { loss, batchSize, pictures: atOnce, temperature, scale, denoisingWeight: loss === 'contrastive' ? weight : 0 },
        }, { threads: 1 });
        const [runner, oneByOne] = [await open(batchSize), await open(1)];
        try {
          const batch = { pictures: Array.from({ length: batchSize }, (_, i) => pictures.subarray(i * (pictures.length / batchSize), (i + 1) * (pictures.length / batchSize))), captions, timestep, noise: get('noise').data };
          const result = await runner.run(batch, get('tokens').data);
          const errors = get('errors').data;
          const wanted = Float32Array.from(Array.from({ length: batchSize }, (_, i) => ownFirst(errors.subarray(i * batchSize, (i + 1) * batchSize), i).slice(0, loss === 'denoising' ? 1 : undefined)).flat());
          assert.ok(difference(result.errors, wanted) < 1e-5, `${loss}: errors ${difference(result.errors, wanted)}`);
          assert.ok(Math.abs(result.loss - get(`loss.${loss}`).data[0]!) < 1e-4 * Math.abs(result.loss), `${loss}: ${result.loss}`);
          const off = difference(result.gradient, get(`grad.${loss}`).data);
          assert.ok(off < 1e-4, `${loss}: gradient off by ${off}`);
          const split = await oneByOne.run(batch, get('tokens').data);
          assert.ok(difference(split.gradient, result.gradient) < 1e-5, `${loss}: one picture at a time, gradient off by ${difference(split.gradient, result.gradient)}`);
          assert.ok(difference(split.errors, result.errors) < 1e-5 && Math.abs(split.loss - result.loss) < 1e-5 * Math.abs(result.loss));
        } finally {
          await runner.release();
          await oneByOne.release();
        }
      }
    }).timeout(60_000);
  }
});
