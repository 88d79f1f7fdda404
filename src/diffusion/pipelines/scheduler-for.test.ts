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
  const step = (folder: ModelFolder, more: Parameters<typeof tinyRequest>[0] = {}) => schedulerFor(folder, tinyRequest({ steps: 4, ...more }), SHAPE).step({ modelOutput: Float32Array.of(9), i: 0, sample: Float32Array.of(1), noise: () => Float32Array.of(0) })[0]!;
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

  it('walks from where a picture that goes in is left, and all of the way without one', async () => {
    const folder = await folderWith('sdxl', { _class_name: 'EulerDiscreteScheduler', ...SD });
    const begins = [{ init: { path: '/nowhere/init.png' } }, {}].map((more) => schedulerFor(folder, tinyRequest({ steps: 8, denoisingStrength: 0.25, ...more }), SHAPE).begin);
    assert.deepEqual(begins, [6, 0]);
  });

  it('is corrected for inpainting as StableDiffusionInpaintPipeline does, and otherwise as its sibling', async () => {
    const masked = { init: { path: '/nowhere/init.png' }, mask: { path: '/nowhere/mask.png' }, denoisingStrength: 1 };
    const times = async (model: string, more: Parameters<typeof tinyRequest>[0], config: SchedulerConfig = { _class_name: 'PNDMScheduler', skip_prk_steps: false, ...SD }) =>
      schedulerFor(await folderWith(model, config), tinyRequest({ steps: 5, ...more }), SHAPE).timesteps;
    const [plain, skipping] = [[801, 601, 601, 401, 201, 1], await times('sd15', masked)];
    assert.deepEqual(skipping, plain, 'steps_offset 1, skip_prk_steps true');
    const walked = await times('sd15', {});
    assert.ok(walked.length > plain.length && walked.at(-1) === 1, `steps_offset 1 alone: ${walked.join()}`);
    assert.equal((await times('sdxl', masked)).at(-1), 0, 'SDXL takes the file as it is');
    const [clips, does] = await Promise.all([true, false].map((clip_sample) => folderWith('sd15', { _class_name: 'DDIMScheduler', clip_sample, ...SD })));
    assert.notEqual(step(clips!, masked), step(does!, masked), 'clip_sample as the file says');
    assert.equal(step(clips!), step(does!));
    // A sampler of another class is corrected in what the file says.
    const offsets = { _class_name: 'PNDMScheduler', ...SD };
    assert.deepEqual(await times('sd15', { ...masked, sampler: 'DDIM' }, offsets), [800, 600, 400, 200, 0]);
    assert.deepEqual(await times('sd15', { ...masked, sampler: 'DDIM' }, { ...offsets, steps_offset: 0 }), [801, 601, 401, 201, 1]);
  });

  it("takes DPM++ SDE's noise from a Brownian path of the picture's seed, or of the file's", async () => {
    const drawn = async (seed: string, config: object = {}) => {
      const scheduler = schedulerFor(await folderWith('sdxl', { _class_name: 'DPMSolverSDEScheduler', ...SD, ...config }), tinyRequest({ steps: 4, seed }), SHAPE);
      return scheduler.step({ modelOutput: new Float32Array(256), i: 0, sample: new Float32Array(256), noise: () => assert.fail('no other noise') }).join();
    };
    assert.equal(await drawn('7'), await drawn('7'));
    assert.notEqual(await drawn('7'), await drawn('8'));
    assert.equal(await drawn('7', { noise_sampler_seed: 5 }), await drawn('5'));
  });

  it('is refused where the two cannot agree', async () => {
    const refused = async (changes: Parameters<typeof tinyRequest>[0], config: SchedulerConfig, message: RegExp) =>
      assert.rejects(async () => schedulerFor(await folderWith('sdxl', config), tinyRequest(changes), SHAPE), { name: 'DiffusionError', code: 'bad-request', message });
    await refused({ sampler: 'DDIM' }, { _class_name: 'FlowMatchEulerDiscreteScheduler' }, /^DDIM cannot walk a flow-matching model; choose one of /);
    await refused({}, { _class_name: 'NoScheduler' }, /NoScheduler of this model is not one that Easel knows/);
    await refused({ steps: 500 }, { _class_name: 'DDIMScheduler', ...SD, num_train_timesteps: 400 }, /^500 steps: use a whole number from 1 to 400/);
  });
});
