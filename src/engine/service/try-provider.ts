/**
 * Does an execution provider draw what the processor draws, and how fast? Two engines in processes of their own draw the same
 * picture, so that a driver that ends its process ends nothing else.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Trial } from '../../diffusion';
import { readPixels } from '../../image';
import type { ModelFolder } from '../../models';
import { completeSettings, GenerateRequest, REQUEST_VERSION } from '../../prompt';
import { connectEngine } from '../client';
import { EngineError } from '../engine';
import type { EngineSettings } from '../protocol';

/** Enough to see whether steps build on each other; a picture of any use takes more. */
const STEPS = 2;
/** Mean difference of two pictures in eighths of a byte's range that half floats explain; what computes nonsense is far above. */
const TOLERANCE = 4;

export interface TrialOptions {
  readonly folder: ModelFolder;
  readonly provider: NonNullable<EngineSettings['provider']>;
  /** `dist/engine-child.cjs`. */
  readonly childPath: string;
  readonly signal: AbortSignal;
}

/** Rejects only when aborted: whatever else goes wrong is the answer. */
export async function tryProvider({ folder, provider, childPath, signal }: TrialOptions): Promise<Trial> {
  const directory = await mkdtemp(join(tmpdir(), 'easel-trial-'));
  const drawWith = async (name: typeof provider) => {
    // The device is ours already: these engines ask for it in a place of their own.
    const engine = connectEngine({ childPath, requireTrust: () => {}, settings: () => ({ label: 'a probe', provider: name, cacheDirectory: directory }) });
    try {
      const request = picture(folder, join(directory, `${name}.png`));
      await engine.generate(request, { signal }); // opens graphs, compiles shaders
      const { path, timings } = await engine.generate(request, { signal });
      return { pixels: (await readPixels(path)).data, time: timings.denoise };
    } finally {
      await engine.dispose();
    }
  };
  try {
    const own = await drawWith(provider);
    const processor = await drawWith('cpu');
    const difference = own.pixels.reduce((sum, value, i) => sum + Math.abs(value - processor.pixels[i]!), 0) / own.pixels.length;
    if (difference > TOLERANCE) return { works: false, reason: `its pictures differ from the processor's by ${difference.toFixed(1)} of 255` };
    return { works: true, speed: Number((processor.time / own.time).toPrecision(2)) };
  } catch (error) {
    if (signal.aborted) throw error;
    return { works: false, reason: error instanceof EngineError ? error.message : String(error) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function picture(folder: ModelFolder, path: string): GenerateRequest {
  return GenerateRequest.parse({
    version: REQUEST_VERSION, prompt: 'red heart', negativePrompt: '', ...completeSettings({ steps: STEPS }, folder.defaults),
    model: { id: folder.id, path: folder.dir }, adapters: [], seed: '1', init: null, mask: null, denoisingStrength: 1, index: 0,
    output: { path, root: null, source: null, noise: null, saveLatents: null },
  });
}
