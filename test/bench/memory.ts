/**
 * Peak resident memory of a drawing under each memory tier, each in a process of its own: two pictures with guidance, with the
 * process's own memory before any model beside it: of the shipped model, and of the one of SD 1.5's size in `EASEL_BENCH` if it
 * was made (recipes/bench/sd15.py; needs 5 GB). Called directly, `--model DIR` takes another model, `--size WxH` another size
 * than its own, `--steps N` other steps than 2, `--tiles` decodes in tiles.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MEMORY_TIERS, Pipelines, type MemoryTier } from '../../src/diffusion';
import { embeddedModelFolder, readModelFolder } from '../../src/models';
import { TINY_ICON, tinyRequest } from '../../src/diffusion/test-support/tiny-request';

const { values } = parseArgs({ options: { tier: { type: 'string' }, model: { type: 'string' }, size: { type: 'string' }, steps: { type: 'string', default: '2' }, tiles: { type: 'boolean', default: false } } });
const large = join(process.env['EASEL_BENCH'] ?? join(tmpdir(), 'easel-bench'), 'sd15');
const models = values.model !== undefined ? [values.model] : [embeddedModelFolder() ?? TINY_ICON, ...(existsSync(join(large, 'model_index.json')) ? [large] : [])];
const MIB = 2 ** 20;

async function main(): Promise<void> {
  if (values.tier !== undefined) return measure(models[0]!, values.tier as MemoryTier);
  for (const model of models) await compareTiers(model);
}

async function compareTiers(model: string): Promise<void> {
  const folder = await readModelFolder(model);
  const weights = folder.files.filter(({ path }) => /\.(onnx|data|pb|bin)$|_data$/.test(path)).reduce((sum, { path }) => sum + statSync(join(folder.dir, path)).size, 0);
  console.log(`peak memory of two pictures, ${model} (graphs and weights ${(weights / MIB).toFixed(0)} MiB)`);
  for (const tier of MEMORY_TIERS) {
    const args = ['--import', 'tsx', __filename, '--tier', tier, '--model', model, ...process.argv.slice(2)];
    const { before, peak, resting } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, MALLOC_MMAP_THRESHOLD_: '65536' } })) as Record<'before' | 'peak' | 'resting', number>;
    console.log(`  ${tier.padEnd(18)} peak ${peak.toFixed(0).padStart(5)} MiB, ${(peak - before).toFixed(0).padStart(5)} above the empty process; between pictures ${resting.toFixed(0)} MiB`);
  }
}

async function measure(model: string, memoryTier: MemoryTier): Promise<void> {
  const before = process.memoryUsage.rss() / MIB;
  const { defaults } = await readModelFolder(model);
  const [width, height] = values.size?.split('x').map(Number) ?? [defaults.width, defaults.height];
  const pipelines = new Pipelines({ memoryTier, tiles: values.tiles ? 'always' : 'auto' });
  for (const seed of ['1', '2']) await pipelines.draw(tinyRequest({ model: { id: 'bench', path: model }, width, height, steps: Number(values.steps), seed }));
  const resting = process.memoryUsage.rss() / MIB;
  const peak = process.resourceUsage().maxRSS / 1024;
  await pipelines.dispose();
  console.log(JSON.stringify({ before, peak, resting }));
}

void main();
