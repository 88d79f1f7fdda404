import assert from 'node:assert/strict';
import { tinyRequest } from '../test-support/tiny-request';
import { Pipelines } from './pipelines';

describe('a step that is one sum', function () {
  this.timeout(60_000);

  for (const [name, changes] of Object.entries({ 'as the model says': {}, 'eight steps of weak guidance': { steps: 8, guidanceScale: 1.5 } } as const)) {
    it(`agrees with the same taken by parts: ${name}`, async () => {
      const pipelines = new Pipelines({ threads: 1 });
      const sum = await pipelines.draw(tinyRequest(changes));
      // A rescale too small to be seen in float32 takes the other way.
      const parts = await pipelines.draw(tinyRequest({ ...changes, guidanceRescale: 1e-12 }));
      await pipelines.dispose();
      const off = Math.max(...sum.latents.map((value, i) => Math.abs(value - parts.latents[i]!)));
      assert.ok(off > 0 && off < 1e-4, `differs by ${off}`);
    });
  }
});
