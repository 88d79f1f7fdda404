import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ownEaselHome } from '../../test/support/own-easel-home';
import { easelCache, easelHome } from '../models';
import { openSession, ProviderReports, RuntimeError } from '../runtime';
import { Pipelines, type PipelinesOptions } from './pipelines';
import { deviceOf, providerReports, settleProvider } from './providers';
import { tinyRequest } from './test-support/tiny-request';

const CARD = 'webgpu';
/** A driver that fails when a graph is opened. */
const open: PipelinesOptions['open'] = async (_part, file, options) => {
  if (options.provider === CARD) throw new RuntimeError('failed', 'the driver is gone');
  return openSession(file, options);
};

describe('the provider that auto means', () => {
  ownEaselHome();
  beforeEach(async () => {
    // A machine on which a probe went well, and whose driver has gone since.
    await new ProviderReports(easelCache(), async (provider) => ({ provider, works: provider === CARD, speed: 20 })).ask();
  });

  it('is the processor until one was seen drawing that kind of model', async () => {
    assert.deepEqual([await settleProvider('auto', 'icon'), await deviceOf('auto'), await deviceOf('cuda')], ['cpu', 'cpu', 'cuda']);
    await providerReports().learn(CARD, 'icon', { works: true, speed: 5 });
    assert.deepEqual([await settleProvider('auto', 'icon'), await settleProvider('auto', 'sd'), await deviceOf('auto')], [CARD, 'cpu', CARD]);
  });

  it('gives way to the processor when it fails, says so once, and is not taken again', async () => {
    const [plain, automatic] = [new Pipelines({ threads: 1 }), new Pipelines({ threads: 1, provider: 'auto', open })];
    const { rgb } = await plain.draw(tinyRequest());
    await providerReports().learn(CARD, 'icon', { works: true, speed: 5 });
    const first = await automatic.draw(tinyRequest());
    assert.deepEqual(first.rgb, rgb);
    assert.match(first.notes.join(), /^drawn on the processor, because webgpu failed: the driver is gone; .*providers --probe/);
    assert.equal(automatic.facts().provider, 'cpu');
    assert.equal(await settleProvider('auto', 'icon'), 'cpu');
    assert.deepEqual((await automatic.draw(tinyRequest())).notes, []);
    await Promise.all([plain.dispose(), automatic.dispose()]);
  });

  it('is not to blame for what the processor cannot draw either', async () => {
    const pipelines = new Pipelines({ threads: 1, provider: 'auto', open });
    await providerReports().learn(CARD, 'icon', { works: true, speed: 5 });
    const missing = tinyRequest({ adapters: [{ id: 'none', path: join(easelHome(), 'none.safetensors'), weight: 1 }] });
    await assert.rejects(pipelines.draw(missing));
    assert.equal(await settleProvider('auto', 'icon'), CARD);
    await pipelines.dispose();
  });
});
