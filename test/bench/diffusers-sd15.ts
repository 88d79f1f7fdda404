/**
 * A UNet of Stable Diffusion 1.5's size with random weights against diffusers, the same weights on both sides. Made once by
 * `recipes/bench/sd15.py $EASEL_BENCH/sd15` (3.4 GB); its int8 copy is made beside it on the first run, which takes long.
 * Needs about 15 GB of memory. `EASEL_BENCH_STEPS` and `EASEL_BENCH_ROUNDS` are 1 and 5 unless said.
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare } from './sides/compare';
import { pythonWith } from './sides/side';

async function main(): Promise<void> {
  const folder = process.env['EASEL_BENCH'] ?? join(tmpdir(), 'easel-bench');
  const model = join(folder, 'sd15');
  if (!existsSync(join(model, 'model_index.json'))) return console.log(`skipped: no model; make it with python recipes/bench/sd15.py ${model}, and set EASEL_BENCH=${folder}`);
  const python = pythonWith(['torch', 'diffusers', 'transformers']);
  if (python === undefined) return console.log('skipped: no Python with torch, diffusers and transformers; set EASEL_PYTHON (recipes/bench/requirements.txt)');
  const order = { prompt: 'a photograph of an astronaut riding a horse', steps: Number(process.env['EASEL_BENCH_STEPS'] ?? 1), cfg: 7.5, width: 512, height: 512 };
  // Its weights are random, so no layer is chosen by what it does to pictures: all are rounded.
  await compare({ kind: 'sd15', title: 'SD 1.5-sized UNet, random weights', model, python, int8: join(folder, 'sd15-int8'), quantize: ['--no-measure'], order, tiers: ['auto', 'keep-all', 'unload'], rounds: Number(process.env['EASEL_BENCH_ROUNDS'] ?? 5) });
}

void main();
