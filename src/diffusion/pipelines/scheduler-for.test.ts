import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readModelFolder, type ModelFolder, type SchedulerConfig } from '../../models';
import { createScheduler } from '../schedulers';
import { tinyRequest } from '../test-support/tiny-request';
import { schedulerFor } from './scheduler-for';

const MODELS = join(__dirname, '../../../test/fixtures/models');
const SHAPE = { channels: 4, height: 8, width: 8 };
const SD = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' };

describe('the scheduler of a folder and a request', () => {
  const folderWith = async (model: string, scheduler: SchedulerConfig, changes: Partial<ModelFolder> = {}): Promise<ModelFolder> => ({ ...(await readModelFolder(join(MODELS, model))), scheduler, ...changes });
  /** What one step makes of an answer that clipping at ±1 would change. */
  const step = (folder: ModelFolder, i = 0) => schedulerFor(folder, tinyRequest({ steps: 4 }), SHAPE).step({ modelOutput: Float32Array.of(9), i, sample: Float32Array.of(1), noise: () => Float32Array.of(0) })[0]!;
  const LCM = { _class_name: 'LCMScheduler', ...SD };

  it("takes an LCM's file as it is, where StableDiffusionPipeline would correct it", async () => {
    const [clips, does] = [{ ...LCM, clip_sample: true }, LCM];
    assert.notEqual(step(await folderWith('lcm', clips)), step(await folderWith('lcm', does)));
    assert.equal(step(await folderWith('sd15', clips)), step(await folderWith('sd15', does)));
  });

  it('knows an LCM by its UNet where no index says what it is', async () => {
    const index = { ...(await readModelFolder(join(MODELS, 'lcm'))).index, _class_name: undefined };
    assert.notEqual(step(await folderWith('lcm', { ...LCM, clip_sample: true }, { index })), step(await folderWith('lcm', LCM, { index })));
  });

  it("skips steps of an LCM schedule in SDXL's image-to-image, where LCM's own takes them from a shorter one", async () => {
    const request = tinyRequest({ steps: 8, init: { path: '/nowhere/init.png' }, denoisingStrength: 0.5 });
    const walked = async (model: string) => {
      const { timesteps, begin } = schedulerFor(await folderWith(model, LCM), request, SHAPE);
      return timesteps.slice(begin);
    };
    // diffusers: set_timesteps(8)[4:], and set_timesteps(8, original_inference_steps=50, strength=0.5)
    assert.deepEqual(await walked('sdxl'), [499, 379, 259, 139]);
    assert.deepEqual(await walked('lcm'), [499, 439, 379, 319, 259, 199, 139, 79]);
  });

  it("gives Flux's even levels to a scheduler that has none of its own (use_flow_sigmas)", async () => {
    const own = { _class_name: 'UniPCMultistepScheduler', use_flow_sigmas: true, prediction_type: 'flow_prediction', flow_shift: 3 };
    const even = { _class_name: 'FlowMatchEulerDiscreteScheduler' };
    const times = async (config: SchedulerConfig) => schedulerFor(await folderWith('flux', config), tinyRequest({ steps: 4 }), SHAPE).timesteps;
    assert.deepEqual(await times(own), createScheduler(own, { steps: 4, sampler: null, scheduleType: 'Automatic' }).timesteps);
    assert.deepEqual(await times(even), [1000, 750, 500, 250]);
  });
});
