/**
 * Draws on WebGPU with latents that stay on the device, with latents that come back at every step, and on the processor; tells, as
 * one JSON line per model, where the latents were between the steps and how far the pictures' latents are apart; with a LoRA too,
 * which changes denoiser and text encoder, where there is one for the model.
 * usage: node --import tsx test/end-to-end/webgpu-steps.ts MODEL_FOLDER...
 */
import { basename, join } from 'node:path';
import { Pipelines, type PipelinesOptions } from '../../src/diffusion';
import { tinyRequest } from '../../src/diffusion/test-support/tiny-request';
import { openSession } from '../../src/runtime';

const STEPS = 4;
const LORAS: Readonly<Record<string, string>> = { sd15: 'sd15-kohya' };

async function draw(path: string, options: PipelinesOptions, lora?: string): Promise<{ latents: Float32Array; locations: string[] }> {
  const locations: string[] = [];
  const open: PipelinesOptions['open'] = async (_part, file, given) => {
    const session = await openSession(file, given);
    const keeping = session.runKeeping!.bind(session);
    session.runKeeping = async (...run) => {
      const answer = await keeping(...run);
      locations.push(answer.kept.native.location);
      return answer;
    };
    return session;
  };
  const pipelines = new Pipelines({ threads: 1, open, ...options });
  try {
    const adapters = lora ? [{ id: lora, path: join(__dirname, `../fixtures/loras/${lora}.safetensors`), weight: 1 }] : [];
    const { latents } = await pipelines.draw(tinyRequest({ adapters, model: { id: basename(path), path }, steps: STEPS, sampler: /^sd|lcm/.test(basename(path)) && !basename(path).startsWith('sd3') ? 'Euler' : null }));
    return { latents, locations };
  } finally {
    await pipelines.dispose();
  }
}

function distance(a: Float32Array, b: Float32Array): number {
  const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return norm(a.map((value, i) => value - b[i]!)) / norm(b);
}

async function main(): Promise<void> {
  for (const path of process.argv.slice(2)) {
    const [inside, outside, processor] = [await draw(path, { provider: 'webgpu' }), await draw(path, { provider: 'webgpu', stepsInGraph: false }), await draw(path, { provider: 'cpu' })];
    const lora = LORAS[basename(path)];
    const changed = lora ? [(await draw(path, { provider: 'webgpu' }, lora)).latents, (await draw(path, { provider: 'cpu' }, lora)).latents] as const : undefined;
    const withLora = changed && { toProcessor: distance(...changed), toPlain: distance(changed[1], processor.latents) };
    console.log(JSON.stringify({ withLora, model: basename(path), locations: inside.locations, stepsOutside: outside.locations.length, toOutside: distance(inside.latents, outside.latents), toProcessor: distance(inside.latents, processor.latents) }));
  }
}

void main();
