import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readModelFolder } from '../models';
import { answerWanted, noised, noisingOf } from './noising';

const folder = (name: string) => readModelFolder(join(__dirname, '../../test/fixtures/models', name));
const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);
const TIMES = [0, 62, 500, 937, 999];
const [z, epsilon] = [Float32Array.of(0.3), Float32Array.of(-1.25)];

describe('noising', () => {
  it('is straight for flow models, and asks for ε − z', async () => {
    for (const name of ['tiny-icon', 'sd3', 'flux']) {
      for (const level of TIMES.map(noisingOf(await folder(name)))) {
        near(noised(level, z, epsilon)[0]!, (1 - level.timestep / 1000) * 0.3 + (level.timestep / 1000) * -1.25);
        near(answerWanted(level, z, epsilon)[0]!, -1.25 - 0.3);
      }
    }
  });

  it('keeps the variance for the others, and asks for ε or for v, from which z comes back', async () => {
    for (const level of TIMES.map(noisingOf(await folder('sd15')))) {
      near(level.signal ** 2 + level.deviation ** 2, 1);
      assert.deepEqual(answerWanted(level, z, epsilon), epsilon);
    }
    for (const level of TIMES.map(noisingOf(await folder('sd2-v')))) near(level.signal * noised(level, z, epsilon)[0]! - level.deviation * answerWanted(level, z, epsilon)[0]!, 0.3);
  });

  it('knows models that answer with the clean picture, and refuses what it does not know by name', async () => {
    const { dir, kind, scheduler } = await folder('sd15');
    const [level] = TIMES.map(noisingOf({ dir, kind, scheduler: { ...scheduler, prediction_type: 'sample' } }));
    assert.deepEqual(answerWanted(level!, z, epsilon), z);
    assert.throws(() => noisingOf({ dir, kind, scheduler: { ...scheduler, prediction_type: 'flow_prediction' } }), { code: 'bad-model', message: /predicts "flow_prediction"/ });
  });
});
