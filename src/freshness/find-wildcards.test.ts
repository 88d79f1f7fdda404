import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootInAFolder } from '../../test/support/root-in-a-folder';
import { findWildcards } from './find-wildcards';

describe('wildcard files', () => {
  const folder = rootInAFolder();
  const { put } = folder;
  const find = async (directory = '.', from = folder.root) => Object.fromEntries([...(await findWildcards(from, join(from, directory)))].sort().map(([name, path]) => [name, path.startsWith(folder.root) ? path.slice(folder.root.length + 1).replaceAll('\\', '/') : path]));

  it('are named by their path under wildcards/, in NFC', async () => {
    await put('wildcards/colour.txt', 'wildcards/shapes/round.txt', 'wildcards/cafe\u0301.txt', 'wildcards/a.b.txt', 'wildcards/list.csv', 'other/wildcards/no.txt', 'wildcards.txt');
    await mkdir(join(folder.root, 'wildcards', 'folder.txt'));
    assert.deepEqual(await find(), { 'a.b': 'wildcards/a.b.txt', 'caf\u00e9': 'wildcards/cafe\u0301.txt', 'colour': 'wildcards/colour.txt', 'shapes/round': 'wildcards/shapes/round.txt' });
  });

  it('are those of the nearest folder up to the root, and none above it or beside it', async () => {
    await put('wildcards/colour.txt', 'wildcards/far.txt', 'a/wildcards/colour.txt', 'a/b/wildcards/near.txt', 'c/wildcards/beside.txt');
    await mkdir(join(folder.base, 'wildcards'));
    await writeFile(join(folder.base, 'wildcards', 'above.txt'), '');
    assert.deepEqual(await find('a/b'), { colour: 'a/wildcards/colour.txt', far: 'wildcards/far.txt', near: 'a/b/wildcards/near.txt' });
    assert.deepEqual(Object.keys(await find()), ['colour', 'far']);
    assert.deepEqual(await find('..'), {});
    assert.deepEqual(await find('gone'), { colour: 'wildcards/colour.txt', far: 'wildcards/far.txt' });
  });

  it('may be links inside of the root, and lead nowhere else', async () => {
    await put('lists/shared.txt', 'wildcards/own.txt');
    await writeFile(join(folder.base, 'secret.txt'), '');
    await mkdir(join(folder.base, 'root-2'));
    await writeFile(join(folder.base, 'root-2', 'near.txt'), '');
    for (const [name, target] of Object.entries({ 'in.txt': '../lists/shared.txt', 'out.txt': '../../secret.txt', 'near.txt': '../../root-2/near.txt', 'gone.txt': 'nothing' })) await symlink(target, join(folder.root, 'wildcards', name));
    assert.deepEqual(await find(), { in: 'lists/shared.txt', own: 'wildcards/own.txt' });
    // The root itself may be reached by a link.
    await symlink(folder.root, join(folder.base, 'link'));
    assert.deepEqual(await find('.', join(folder.base, 'link')), { in: 'lists/shared.txt', own: 'wildcards/own.txt' });
  });

  it('are not hidden ones, such as macOS leaves on other disks', async () => {
    await put('wildcards/colour.txt', 'wildcards/._colour.txt', 'wildcards/.old/colour.txt', 'wildcards/shapes/.txt');
    assert.deepEqual(await find(), { colour: 'wildcards/colour.txt' });
  });
});
