import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTestTokens } from '../../adapters/test-support/soft-tokens';
import { encodePng } from '../../image';
import { EditRequest, type AdapterReference } from '../../prompt';
import { Pipelines } from '../pipelines';
import { TINY_ICON, tinyRequest } from '../test-support/tiny-request';

describe('FlowEdit', function () {
  this.timeout(30_000);
  const pipelines = new Pipelines({ threads: 1 });
  const rgb = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7) % 256);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-flow-edit-'));
    await writeFile(join(folder, 'a.png'), await encodePng(rgb, 64, 64));
    await writeTestTokens(join(folder, 'crisp.safetensors'));
  });
  after(async () => {
    await pipelines.dispose();
    await rm(folder, { recursive: true });
  });
  const edit = (from: string, to: string, { adapters = [] as AdapterReference[], nStart = 3, cfgTo = 3 } = {}) =>
    pipelines.edit(EditRequest.parse({
      target: tinyRequest({ prompt: to, model: { id: 'tiny-icon', path: TINY_ICON }, steps: 4, guidanceScale: cfgTo, sampler: 'Euler', init: { path: join(folder, 'a.png') }, adapters }),
      source: { prompt: from, guidanceScale: 3 },
      nStart,
    }));
  const crisp = (weight: number): AdapterReference[] => [{ id: 'crisp', path: join(folder, 'crisp.safetensors'), weight }];

  it('leaves a picture as it is where nothing is changed', async () => assert.deepEqual((await edit('red heart', 'red heart')).rgb, rgb));

  it('changes it where the words or the guidance change, and more over more steps', async () => {
    const change = async (...args: Parameters<typeof edit>) => Math.hypot(...(await edit(...args)).latents.map((value, i) => value - ((rgb[(i % 4096) * 3 + Math.floor(i / 4096)]! / 255) * 2 - 1)));
    const [few, many, guided] = [await change('red heart', 'blue star', { nStart: 1 }), await change('red heart', 'blue star', { nStart: 4 }), await change('red heart', 'red heart', { cfgTo: 6 })];
    assert.ok(few > 0 && many > few && guided > 0, `${few}, ${many}, ${guided}`);
  });

  it('reads soft tokens on the side that names them, and on both where neither does', async () => {
    const plain = (await edit('red heart', 'blue star')).latents;
    assert.deepEqual((await edit('red heart', 'blue star', { adapters: crisp(0) })).latents, plain);
    const both = (await edit('red heart', 'blue star', { adapters: crisp(1) })).latents;
    const target = (await edit('red heart', 'blue star <crisp>', { adapters: crisp(1) })).latents;
    assert.deepEqual((await edit('red heart <crisp>', 'blue star <crisp>', { adapters: crisp(1) })).latents, both);
    assert.equal(new Set([plain, both, target].map((latents) => latents.join())).size, 3);
  });
});
