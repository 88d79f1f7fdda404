import assert from 'node:assert/strict';
import { providerAnswers } from './provider-answers';

const say = (message: string, ...args: (string | number)[]) => message.replace(/\{(\d)\}/g, (_, place: string) => String(args[Number(place)]));

describe('what a probe found, told in the editor', () => {
  it('says what auto means, what is fast at what, and why the rest is no use', () => {
    const answers = providerAnswers(
      {
        findings: [
          { provider: 'cuda', works: true, speed: 40, trials: { sd: { works: true, speed: 12 }, sdxl: { works: false, reason: 'unet gave NaN' } } },
          { provider: 'webgpu', works: false, reason: 'no adapter' },
        ],
        automatic: { sd: 'cuda', sdxl: 'cpu' },
      },
      say,
    );
    assert.deepEqual(answers.map(({ provider, works, said }) => [provider, works, said]), [
      ['auto', true, 'sd: cuda, sdxl: cpu'],
      ['cpu', true, 'the same bytes on every run'],
      ['cuda', true, 'multiplies matrices 40 times as fast as the processor; draws sd 12 times as fast as the processor; does not draw sdxl: unet gave NaN'],
      ['webgpu', false, 'no adapter'],
    ]);
  });

  it('calls auto the processor where no model was tried', () => {
    assert.equal(providerAnswers({ findings: [], automatic: {} }, say)[0]?.said, 'the processor');
  });
});
