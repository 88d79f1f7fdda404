import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seedsThere, STAND_IN } from './seeds-there';

describe('the seeds that names hold', () => {
  let root: string;
  beforeEach(async () => { root = await mkdtemp(join(tmpdir(), 'easel-seeds-')); });
  afterEach(() => rm(root, { recursive: true }));
  const put = async (...names: string[]) => { for (const name of names) await writeFile(join(root, name), ''); };
  const there = (template: string) => seedsThere(join(root, template.replaceAll('{seed}', STAND_IN)));

  it('are those of the files that fit the whole name', async () => {
    await put('heart-12.png', 'heart-7.png', 'heart-18446744073709551615.png', 'heart-.png', 'heart-1x.png', 'xheart-1.png', 'heart-1.png.bak', 'heart-123456789012345678901.png', 'heart.png');
    assert.deepEqual(await there('heart-{seed}.png'), ['12', '18446744073709551615', '7']);
    assert.deepEqual(await there('star-{seed}.png'), []);
    assert.deepEqual(await there('gone/heart-{seed}.png'), []);
  });

  it('are letter for letter: what is special in a pattern is not in a name', async () => {
    await put('a.(b)+[c] 1.png', 'aX(b)+[c] 2.png', 'abb[c] 3.png');
    assert.deepEqual(await there('a.(b)+[c] {seed}.png'), ['1']);
  });

  it('are one seed where a name holds it twice, also before a digit', async () => {
    await put('1-10.png', '1-20.png', '12-120.png');
    assert.deepEqual(await there('{seed}-{seed}0.png'), ['1', '12']);
  });

  it('are those of folders where these hold it', async () => {
    for (const name of ['11', '12', 'other']) await mkdir(join(root, 'x', name), { recursive: true });
    assert.deepEqual(await there('x/{seed}/heart-{seed}.png'), ['11', '12']);
  });

  it('are found in a name whose accents are apart', async () => {
    await put('cafe\u0301-5.png');
    assert.deepEqual(await there('caf\u00e9-{seed}.png'), ['5']);
  });
});
