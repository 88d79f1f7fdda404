import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openSession, type Session } from '../../runtime';
import { tinyRequest } from '../test-support/tiny-request';
import { Pipelines } from './pipelines';

const MODELS = join(__dirname, '../../../test/fixtures/models');

describe('pictures drawn together', function () {
  this.timeout(120_000);
  /** A pipeline that notes the rows of each call of the network. */
  const watched = () => {
    const calls: number[] = [];
    const pipelines = new Pipelines({
      threads: 1,
      open: async (part, file, options): Promise<Session> => {
        const session = await openSession(file, options);
        if (part !== 'unet' && part !== 'transformer') return session;
        const run = session.run.bind(session);
        session.run = async (feeds, wanted) => {
          calls.push((feeds['sample'] ?? feeds['hidden_states'])!.dims[0]!);
          return run(feeds, wanted);
        };
        return session;
      },
    });
    return { pipelines, calls };
  };
  const requests = (model: string, changes: Parameters<typeof tinyRequest>[0] = {}) =>
    ['7', '8', '9'].map((seed, index) => tinyRequest({ model: { id: model, path: join(MODELS, model) }, seed, index, prompt: ['red heart', 'blue star', 'red heart'][index], steps: 3, ...changes }));

  const CASES = {
    'tiny-icon': requests('tiny-icon'), 'sd15 by Euler a': requests('sd15', { sampler: 'Euler a' }), 'sd15 by DPM++ 2M': requests('sd15', { sampler: 'DPM++ 2M' }),
    sdxl: requests('sdxl'), sd3: requests('sd3'),
  };
  for (const [name, wanted] of Object.entries(CASES)) {
    it(`are to the byte what they are alone, in a batch: ${name}`, async () => {
      const { pipelines, calls } = watched();
      const together = await pipelines.drawTogether(wanted);
      const batched = Math.max(...calls);
      assert.equal(batched, 6, calls.join());
      calls.splice(0);
      await pipelines.drawTogether(wanted);
      assert.ok(calls.every((rows) => rows === batched), `compared once: ${calls.join()}`);
      for (const [place, request] of wanted.entries()) {
        const alone = await pipelines.draw(request);
        assert.deepEqual(together[place]!.latents, alone.latents);
        assert.deepEqual(together[place]!.rgb, alone.rgb);
      }
      await pipelines.dispose();
    });
  }
});
