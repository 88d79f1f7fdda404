import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { trainedAt } from '../test-support/trained-at';
import { AlphaScheduler } from './alpha-scheduler';
import { readFields } from './config';

/** Shows what schedulers of this kind are given. */
class Bare extends AlphaScheduler {
  override readonly className = 'Bare';
  override step = () => assert.fail('takes no steps');
  at = (timestep: number) => this.alphaBar(timestep);
  visited = (i: number) => this.alphaBarAt(i);
  noiseAt = (output: Float32Array, alphaBar: number, sample: Float32Array) => this.noiseOf(output, alphaBar, sample);
}

/** Signal and noise 0.8 and 0.6, then 0.6 and 0.8. */
const TABLE = trainedAt(0.75, 4 / 3);
const bare = (fields: object = {}, timesteps = [1, 0]) => new Bare(readFields('DDIMScheduler', { ...TABLE, ...fields }), timesteps, 0);
const [x0, noise] = [Float32Array.of(2, -3), Float32Array.of(0.5, 1)];
/** 0.6 x₀ + 0.8 ε. */
const latents = Float32Array.of(1.6, -1);

describe('schedulers on whole timesteps', () => {
  it('mix picture and noise by √ᾱ and √(1 − ᾱ) of the call', () => {
    near(bare().addNoise(x0, noise, 0), latents, 1e-6);
    near(bare().addNoise(x0, noise, 1), [0.8 * 2 + 0.6 * 0.5, 0.8 * -3 + 0.6], 1e-6);
    assert.equal(bare().addNoise(x0, noise, 2), x0, 'clean after the last');
  });

  it('read x₀ and ε in whatever the model says', () => {
    const velocity = Float32Array.of(0.6 * 0.5 - 0.8 * 2, 0.6 * 1 + 0.8 * 3); // α ε − σ x₀
    for (const [prediction_type, output] of Object.entries({ epsilon: noise, v_prediction: velocity, sample: x0 })) {
      near(bare({ prediction_type }).predictOriginal(output, 0, latents), x0, 1e-6);
      near(bare({ prediction_type }).noiseAt(output, 0.36, latents), noise, 1e-6);
    }
  });

  it('end at the picture, or at the first trained level where the file says so', () => {
    near(Float32Array.of(bare().at(1), bare().at(0), bare().at(-1), bare({ set_alpha_to_one: false }).at(-1)), [0.36, 0.64, 1, 0.64], 1e-6);
  });

  it("take the table's end for a visited timestep of −1", () => {
    near(Float32Array.of(bare({}, [0, -1]).visited(0), bare({}, [0, -1]).visited(1)), [0.64, 0.36], 1e-6);
  });

  it('see no end of x₀ in ε where nothing of it is left', () => {
    const dark = bare({ rescale_betas_zero_snr: true });
    assert.deepEqual([...dark.predictOriginal(Float32Array.of(1, 3), 0, Float32Array.of(2, 2))], [Infinity, -Infinity]);
    const velocity = bare({ rescale_betas_zero_snr: true, prediction_type: 'v_prediction' });
    assert.deepEqual([...velocity.predictOriginal(Float32Array.of(1, 3), 0, Float32Array.of(2, 2))], [-1, -3]); // v = −x₀
  });
});
