import assert from 'node:assert/strict';
import { readFields } from './config';
import { consistencyTimesteps } from './consistency-timesteps';

const timesteps = (steps: number, strength = 1, fields: object = {}) => consistencyTimesteps(readFields('TCDScheduler', { ...fields }), steps, strength);

describe('the timesteps of a distilled model', () => {
  it('are an even choice among those of its distillation, from the top', () => {
    assert.deepEqual(timesteps(1), [999]);
    assert.deepEqual(timesteps(4), [999, 759, 499, 259]); // of 50, those 0, 12.5, 25 and 37.5 from the top, 20 apart
    assert.deepEqual(timesteps(50), Array.from({ length: 50 }, (_, i) => 999 - 20 * i));
    assert.deepEqual(timesteps(2, 1, { num_train_timesteps: 8, original_inference_steps: 4 }), [7, 3]);
  });

  it('are the lower ones of a schedule cut short by its strength', () => {
    assert.deepEqual(timesteps(5, 0.2), [199, 159, 119, 79, 39]);
  });

  it('are no more than the distillation knew', () => {
    assert.throws(() => timesteps(51), { name: 'SchedulerError', message: '51 steps are more than the 50 that this distilled model was trained for; use 1 to 50 steps' });
    assert.throws(() => timesteps(6, 0.1), { message: '6 steps are more than the 5 that this distilled model was trained for at strength 0.1; use 1 to 5 steps' });
    assert.throws(() => timesteps(2, 0.02), { message: '2 steps are more than the 1 that this distilled model was trained for at strength 0.02; use 1 to 1 steps' });
    assert.equal(timesteps(5, 0.1).length, 5);
    assert.throws(() => timesteps(1, 0.01), { message: '1 steps are more than the 0 that this distilled model was trained for at strength 0.01; raise the denoising strength' });
  });
});
