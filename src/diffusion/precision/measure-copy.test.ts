import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModelFolder } from '../../models';
import { LoadedModel } from '../pipelines/loaded-model';
import { tinyRequest } from '../test-support/tiny-request';
import { measureCopy } from './measure-copy';

const SD15 = join(__dirname, '../../../test/fixtures/models/sd15');

describe('a copy against its original', () => {
  it('is measured with a scheduler that takes no fewer than four steps', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'easel-measure-'));
    await cp(SD15, dir, { recursive: true });
    const file = join(dir, 'scheduler/scheduler_config.json');
    await writeFile(file, JSON.stringify({ ...(JSON.parse(await readFile(file, 'utf8')) as object), skip_prk_steps: false }));
    const model = new LoadedModel(await readModelFolder(dir), { memoryTier: 'keep-all', threads: 1 });
    const { quality, speed } = await measureCopy(model, model, [tinyRequest({ model: { id: 'sd15', path: dir }, steps: 5 })], {}, () => undefined);
    await model.dispose();
    await rm(dir, { recursive: true });
    assert.deepEqual([quality.pictures, quality.steps, quality.latentMax, quality.pictureMax], [1, 5, 0, 0]);
    assert.ok(speed.original > 0 && speed.copy > 0);
  });
});
