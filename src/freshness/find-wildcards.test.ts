import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findWildcards } from './find-wildcards';

describe('wildcard files', () => {
  let base: string;
  let root: string;
  beforeEach(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'easel-wildcards-')));
    root = join(base, 'root');
    await mkdir(root);
  });
  afterEach(() => rm(base, { recursive: true }));
  const put = async (...names: string[]) => {
    for (const name of names) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), '');
    }
  };
  const find = async (directory = '.', from = root) => Object.fromEntries([...(await findWildcards(from, join(from, directory)))].sort().map(([name, path]) => [name, path.startsWith(root) ? path.slice(root.length + 1).replaceAll('\\', '/') : path]));

  it('are named by their path under wildcards/, in NFC', async () => {
    await put('wildcards/colour.txt', 'wildcards/shapes/round.txt', 'wildcards/cafe\u0301.txt', 'wildcards/a.b.txt', 'wildcards/list.csv', 'other/wildcards/no.txt', 'wildcards.txt');
    await mkdir(join(root, 'wildcards', 'folder.txt'));
    assert.deepEqual(await find(), { 'a.b': 'wildcards/a.b.txt', 'caf\u00e9': 'wildcards/cafe\u0301.txt', 'colour': 'wildcards/colour.txt', 'shapes/round': 'wildcards/shapes/round.txt' });
  });

  it('are those of the nearest folder up to the root, and none above it or beside it', async () => {
    await put('wildcards/colour.txt', 'wildcards/far.txt', 'a/wildcards/colour.txt', 'a/b/wildcards/near.txt', 'c/wildcards/beside.txt');
    await mkdir(join(base, 'wildcards'));
    await writeFile(join(base, 'wildcards', 'above.txt'), '');
    assert.deepEqual(await find('a/b'), { colour: 'a/wildcards/colour.txt', far: 'wildcards/far.txt', near: 'a/b/wildcards/near.txt' });
    assert.deepEqual(Object.keys(await find()), ['colour', 'far']);
    assert.deepEqual(await find('..'), {});
    assert.deepEqual(await find('gone'), { colour: 'wildcards/colour.txt', far: 'wildcards/far.txt' });
  });

  it('may be links inside of the root, and lead nowhere else', async () => {
    await put('lists/shared.txt', 'wildcards/own.txt');
    await writeFile(join(base, 'secret.txt'), '');
    await mkdir(join(base, 'root-2'));
    await writeFile(join(base, 'root-2', 'near.txt'), '');
    for (const [name, target] of Object.entries({ 'in.txt': '../lists/shared.txt', 'out.txt': '../../secret.txt', 'near.txt': '../../root-2/near.txt', 'gone.txt': 'nothing' })) await symlink(target, join(root, 'wildcards', name));
    assert.deepEqual(await find(), { in: 'lists/shared.txt', own: 'wildcards/own.txt' });
    // The root itself may be reached by a link.
    await symlink(root, join(base, 'link'));
    assert.deepEqual(await find('.', join(base, 'link')), { in: 'lists/shared.txt', own: 'wildcards/own.txt' });
  });

  it('are not hidden ones, such as macOS leaves on other disks', async () => {
    await put('wildcards/colour.txt', 'wildcards/._colour.txt', 'wildcards/.old/colour.txt', 'wildcards/shapes/.txt');
    assert.deepEqual(await find(), { colour: 'wildcards/colour.txt' });
  });
});
