/**
 * What rounding to int8 does to pictures of the SD 1.5-sized model: latents and pixels against fp32, the same seeds on both sides.
 * Its weights are random, so this is about arithmetic alone; what a trained model loses `easel models quantize` measures on it.
 * Needs the model and its copy in `EASEL_BENCH` (diffusers-sd15 makes the copy). `EASEL_BENCH_PICTURES`, `_STEPS` and `_SIZE` are
 * 16, 2 and 256 unless said: fp32 goes through memory in parts, 1.4 GB of it.
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pipelines } from '../../src/diffusion';
import { compareDrawings, mean, median } from '../../src/diffusion/precision/compare-drawings';
import { tinyRequest } from '../../src/diffusion/test-support/tiny-request';

const number = (name: string, fallback: number) => Number(process.env[`EASEL_BENCH_${name}`] ?? fallback);

async function main(): Promise<void> {
  const folder = process.env['EASEL_BENCH'] ?? join(tmpdir(), 'easel-bench');
  const [model, copy] = [join(folder, 'sd15'), join(folder, 'sd15-int8')];
  if (![model, copy].every((dir) => existsSync(join(dir, 'model_index.json')))) return console.log(`skipped: no model and copy in ${folder}; make the model with python recipes/bench/sd15.py ${model}, and set EASEL_BENCH=${folder}; the copy is made by diffusers-sd15`);
  const [pictures, steps, size] = [number('PICTURES', 16), number('STEPS', 2), number('SIZE', 256)];
  const [original, rounded] = [new Pipelines({ memoryTier: 'unload' }), new Pipelines()];
  const differences: ReturnType<typeof compareDrawings>[] = [];
  for (let seed = 1; seed <= pictures; seed++) {
    const drawing = (pipelines: Pipelines, path: string) =>
      pipelines.draw(tinyRequest({ prompt: 'a photograph of an astronaut riding a horse', seed: String(seed), steps, guidanceScale: 7.5, width: size, height: size, promptSyntax: 'plain', model: { id: 'bench', path } }));
    differences.push(compareDrawings(await drawing(original, model), await drawing(rounded, copy)));
  }
  await Promise.all([original.dispose(), rounded.dispose()]);
  const told = (values: readonly number[]) => `${[mean(values), median(values), Math.max(...values)].map((value) => `${(100 * value).toFixed(2)} %`).join(', ')}`;
  console.log(`int8 against fp32, random weights of SD 1.5's shape: ${pictures} seeds, ${steps} steps with guidance 7.5 at ${size}x${size} (mean, median, largest)`);
  console.log(`  latents  ${told(differences.map(({ latent }) => latent))}`);
  console.log(`  pictures ${told(differences.map(({ picture }) => picture))} of full scale`);
}

void main();
