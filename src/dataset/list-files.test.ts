import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootInAFolder } from '../../test/support/root-in-a-folder';
import { DatasetError } from './error';
import { listFiles } from './list-files';
import { TimeSlice } from './time-slice';

describe('the files of a dataset\'s folder', () => {
  const folder = rootInAFolder();
  const { put } = folder;
  const list = (onFile = () => {}, slice = new TimeSlice()) => listFiles(folder.root, slice, onFile);

  it('are relative, with forward slashes, in order of code units, whatever folders they lie in', async () => {
    await put('b.png', 'a/z.png', 'a.png', 'a-b.png', 'B.png', 'a/b/c.png', 'é.png', '🎨.png', 'ﬀ.png', 'plain');
    assert.deepEqual(await list(), { files: ['B.png', 'a-b.png', 'a.png', 'a/b/c.png', 'a/z.png', 'b.png', 'plain', 'é.png', '🎨.png', 'ﬀ.png'], refused: [] });
  });

  it('are none of an empty folder, and none that are hidden', async () => {
    assert.deepEqual(await list(), { files: [], refused: [] });
    await put('.hidden.png', '.git/a.png', 's/.DS_Store', 's/.x/b.png', 's/c.png');
    assert.deepEqual(await list(), { files: ['s/c.png'], refused: [] });
  });

  it('are sorted and complete where there are thousands', async () => {
    const names = Array.from({ length: 5000 }, (_, index) => `${(index * 7919) % 5000}.png`);
    await Promise.all(names.map((name) => writeFile(join(folder.root, name), '')));
    let heard = 0;
    assert.deepEqual((await list(() => heard++)).files, names.sort());
    assert.equal(heard, 5000);
  });

  it('are not read through links that lead out, to a folder, to hidden files or to nothing; each is told', async () => {
    await put('real/a.png', '.hidden/b.png');
    await mkdir(join(folder.base, 'root-2'));
    await writeFile(join(folder.base, 'root-2', 'c.png'), '');
    for (const [name, target] of Object.entries({ 'inside.png': 'real/a.png', 'out.png': '../root-2/c.png', 'folder': 'real', 'self': '.', 'hidden.png': '.hidden/b.png', 'nothing.png': 'gone', 'circle.png': 'circle.png', '.secret.png': '../root-2/c.png' })) await symlink(target, join(folder.root, name));
    const { files, refused } = await list();
    assert.deepEqual(files, ['inside.png', 'real/a.png']);
    assert.deepEqual(refused.map(({ message }) => message).sort(), [
      'circle.png is a link to nothing; fetch the file, or delete the link',
      'folder is a link to a folder and is not followed; put the folder itself there',
      'hidden.png is a link to a hidden file and is not read; put the file itself there',
      'nothing.png is a link to nothing; fetch the file, or delete the link',
      `out.png is a link out of the dataset's folder (to ${join(folder.base, 'root-2', 'c.png')}) and is not read; put the file itself there`,
      'self is a link to a folder and is not followed; put the folder itself there',
    ]);
    assert.ok(refused.every(({ code, severity, where, message }) => code === 'outside-folder' && severity === 'error' && message.startsWith(`${where.file} `)));
  });

  it('are those that remain when a folder is taken away meanwhile; but the root has to be there', async () => {
    await put('a.png', 's/b.png', 'z/c.png');
    let once = false;
    const { files } = await list(() => {
      if (!once) rmSync(join(folder.root, 's'), { recursive: true });
      once = true;
    });
    assert.deepEqual(files, ['a.png', 'z/c.png']);
    await assert.rejects(listFiles(join(folder.base, 'gone'), new TimeSlice(), () => {}), { code: 'ENOENT' });
  });

  it('may lie thirty-two folders deep, and no deeper', async () => {
    const deep = Array.from({ length: 32 }, () => 'd').join('/');
    await put(`${deep}/a.png`);
    assert.deepEqual((await list()).files, [`${deep}/a.png`]);
    await put(`${deep}/d/a.png`);
    await assert.rejects(list(), (error: Error) => error instanceof DatasetError && /nested more than 32 folders deep/.test(error.message));
  });

  it('are not listed on when aborted', async () => {
    await put(...Array.from({ length: 300 }, (_, index) => `${index}.png`));
    let heard = 0;
    const slow = () => { heard++; const until = performance.now() + 2; while (performance.now() < until); };
    await assert.rejects(list(slow, new TimeSlice(AbortSignal.abort())), { name: 'AbortError' });
    assert.ok(heard < 300, `${heard} files`);
  });
});
