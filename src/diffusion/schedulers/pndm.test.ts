import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { levelOf, trainedAt } from '../test-support/trained-at';
import { walk } from '../test-support/walk';
import { readFields } from './config';
import { PndmScheduler } from './pndm';

const SIGMAS = [0.5, 0.8, 1, 1.5, 2, 2.5, 3, 4];
const pndm = (fields: object = {}, steps = 4, begin = 0) => new PndmScheduler(readFields('PNDMScheduler', { ...trainedAt(...SIGMAS), skip_prk_steps: true, ...fields }), steps, begin);
/** x at one timestep seen from another, along an ε: DDIM's transfer. Before the first timestep is the first again. */
function moved(x: number, from: number, to: number, epsilon: number): number {
  const [a, b] = [levelOf(SIGMAS[from]!), levelOf(SIGMAS[Math.max(to, 0)]!)];
  return (b.signal * (x - a.noise * epsilon)) / a.signal + b.noise * epsilon;
}
const said = [1, -2, 3, 0.5, -1, 2, 4];
const after = (scheduler: PndmScheduler, calls: number) => walk(scheduler, Float32Array.of(1.5), (_, i) => Float32Array.of(said[i]!), calls);

describe('PNDM', () => {
  it('begins with an improved Euler step and goes on as Adams and Bashforth', () => {
    assert.deepEqual(pndm().timesteps, [6, 4, 4, 2, 0]);
    const [e0, e1, e2, e3, e4] = said as [number, number, number, number, number];
    near(after(pndm(), 1), [moved(1.5, 6, 4, e0)], 1e-5);
    let x = moved(1.5, 6, 4, (e0 + e1) / 2); // from the start again
    near(after(pndm(), 2), [x], 1e-5);
    near(after(pndm(), 3), [(x = moved(x, 4, 2, (3 * e2 - e0) / 2))], 1e-5);
    near(after(pndm(), 4), [(x = moved(x, 2, 0, (23 * e3 - 16 * e2 + 5 * e0) / 12))], 1e-5);
    near(after(pndm(), 5), [moved(x, 0, -2, (55 * e4 - 59 * e3 + 37 * e2 - 9 * e0) / 24)], 1e-5);
  });

  it('begins as classical Runge and Kutta where the file wants it', () => {
    const scheduler = () => pndm({ skip_prk_steps: false });
    assert.deepEqual(scheduler().timesteps, [6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0]);
    const [e0, e1, e2, e3] = said as [number, number, number, number];
    // Each of the four starts at the first's latents: half a step, half a step again, a whole one, and the weighted mean.
    const visited = [moved(1.5, 6, 5, e0), moved(1.5, 6, 5, e1), moved(1.5, 6, 4, e2), moved(1.5, 6, 4, (e0 + 2 * e1 + 2 * e2 + e3) / 6)];
    visited.forEach((x, k) => near(after(scheduler(), k + 1), [x], 1e-5));
    const [, , , , e4, e5] = said as [number, number, number, number, number, number];
    near(after(scheduler(), 5), [moved(visited[3]!, 4, 3, e4)], 1e-5);
    near(after(scheduler(), 6), [moved(visited[3]!, 4, 3, e5)], 1e-5);
  });

  it('keeps to the noise of a model that is certain of it', () => {
    const [x0, epsilon] = [2, -0.5];
    const at = (sigma: number) => levelOf(sigma).signal * x0 + levelOf(sigma).noise * epsilon;
    for (const skip_prk_steps of [true, false]) near(walk(pndm({ skip_prk_steps }), Float32Array.of(at(3)), () => Float32Array.of(epsilon)), [at(0.5)], 1e-5);
    near(walk(pndm({}, 8), Float32Array.of(at(4)), () => Float32Array.of(epsilon)), [at(0.5)], 1e-5); // more steps than outputs are kept
    near(walk(pndm({ set_alpha_to_one: true }), Float32Array.of(at(3)), () => Float32Array.of(epsilon)), [x0], 1e-5);
    const velocity = levelOf(3).signal * epsilon - levelOf(3).noise * x0;
    near(walk(pndm({ prediction_type: 'v_prediction' }), Float32Array.of(at(3)), () => Float32Array.of(velocity), 1), [at(2)], 1e-5);
  });

  it('starts anew wherever a picture goes in', () => {
    assert.equal(pndm({}, 4, 3).begin, 3);
    near(after(pndm({}, 4, 3), 4), [moved(1.5, 2, 0, said[3]!)], 1e-5);
  });

  it('needs four steps for those of Runge and Kutta', () => {
    assert.throws(() => pndm({ skip_prk_steps: false }, 3), { name: 'SchedulerError', message: /^PNDM needs at least 4 steps .*, got 3; use more steps or another sampler$/ });
    assert.throws(() => pndm({ prediction_type: 'sample' }), /PNDMScheduler cannot walk/);
  });
});
