import assert from 'node:assert/strict';
import { noiseReading, originalReading, requirePrediction, type Reading } from './prediction';

const [x0, noise] = [2, -0.5];
/** What a model says that knows both, of x = α x₀ + σ ε. */
const said = (alpha: number, sigma: number) => ({ epsilon: noise, v_prediction: alpha * noise - sigma * x0, flow_prediction: noise - x0, sample: x0, original_sample: x0 });

describe('the reading of a model output', () => {
  for (const [type, [alpha, sigma]] of Object.entries({ epsilon: [0.6, 0.8], v_prediction: [0.6, 0.8], sample: [0.6, 0.8], original_sample: [0.6, 0.8], flow_prediction: [0.3, 0.7] } as const)) {
    it(`${type} gives x₀ and ε back`, () => {
      const key = type as keyof ReturnType<typeof said>;
      const read = ({ sample, output }: Reading) => sample * (alpha * x0 + sigma * noise) + output * said(alpha, sigma)[key];
      assert.ok(Math.abs(read(originalReading(key, alpha, sigma)) - x0) < 1e-12);
      assert.ok(Math.abs(read(noiseReading(key, alpha, sigma)) - noise) < 1e-12);
    });
  }

  it('is refused where a class does not know it', () => {
    requirePrediction('Euler', 'sample', ['epsilon', 'sample']);
    assert.throws(() => requirePrediction('Euler', 'flow_prediction', ['epsilon', 'sample']), { name: 'SchedulerError', message: 'Euler cannot walk a model with prediction_type "flow_prediction" (it takes epsilon, sample); choose another sampler' });
  });
});
