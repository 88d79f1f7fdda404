/**
 * Easel's side of the comparison with PyTorch: one process, one model, a drawing per line of standard input.
 * `tsx test/bench/sides/easel-side.ts MODEL_FOLDER THREADS [MEMORY_TIER]`. Lines as recipes/bench/torch_side.py has them; `dtype` is the
 * model's own business here and is not looked at.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { MEMORY_TIERS, Pipelines } from '../../../src/diffusion';
import { tinyRequest } from '../../../src/diffusion/test-support/tiny-request';

const Order = z.object({ prompt: z.string(), steps: z.number(), cfg: z.number(), seed: z.number(), width: z.number(), height: z.number(), latents: z.string().nullable() });

async function main(): Promise<void> {
  const [path = '', threads = '2', tier = 'keep-all'] = process.argv.slice(2);
  const pipelines = new Pipelines({ threads: Number(threads), memoryTier: z.enum(MEMORY_TIERS).parse(tier) });
  const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
  say({ ready: process.uptime() });
  for await (const line of createInterface({ input: process.stdin })) {
    const { prompt, steps, cfg, seed, width, height, latents } = Order.parse(JSON.parse(line));
    const request = tinyRequest({ prompt, steps, guidanceScale: cfg, seed: String(seed), width, height, promptSyntax: 'plain', longPrompt: 'truncate', model: { id: 'bench', path } });
    const [started, used] = [performance.now(), process.cpuUsage()];
    const drawing = await pipelines.draw(request, { yieldNow: () => new Promise((resolve) => setImmediate(resolve)) });
    const ms = performance.now() - started;
    const { user, system } = process.cpuUsage(used);
    if (latents !== null) writeFileSync(latents, Buffer.from(drawing.latents.buffer, drawing.latents.byteOffset, drawing.latents.byteLength));
    say({ ms, cpu: (user + system) / 1000, peak: peak() });
  }
  await pipelines.dispose();
}

/** Largest resident size so far, bytes; 0 where the system does not tell. */
function peak(): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

void main();
