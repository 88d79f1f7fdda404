import assert from 'node:assert/strict';
import { mkdir, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootInAFolder } from '../../test/support/root-in-a-folder';
import { ModelError } from './error';
import { filesOf } from './inside';

describe('the files of a model folder', () => {
  const place = rootInAFolder();
  const paths = async (dir = place.root) => (await filesOf(dir)).map(({ path }) => path);
  const refuses = (start: () => string, message: RegExp) => assert.rejects(paths(), (error: Error) => {
    assert.ok(error instanceof ModelError && error.message.startsWith(start()) && !error.message.includes('\n'), error.message);
    assert.match(error.message, message);
    return true;
  });

  it('are all regular files below it, by path, size and time; hidden ones are none of it', async () => {
    await place.put('b', 'a/z.onnx', 'a/y/x', 'B', 'a.json', '.git/config', 'a/.cache/x', '.hidden');
    await mkdir(join(place.root, 'empty'));
    await writeFile(join(place.root, 'b'), '12345');
    await utimes(join(place.root, 'b'), 1000, 2000.5);
    const files = await filesOf(place.root);
    assert.deepEqual(files.map(({ path, size }) => [path, size]), [['B', 0], ['a.json', 0], ['a/y/x', 0], ['a/z.onnx', 0], ['b', 5]]);
    assert.equal(files.at(-1)!.modified, 2_000_500);
  });

  it('are those that links within it lead to, as large as what they lead to', async () => {
    await place.put('part/weights', '..data');
    await writeFile(join(place.root, 'part/weights'), '123');
    await symlink('weights', join(place.root, 'part/one'));
    await symlink('one', join(place.root, 'part/two'));
    await symlink(join(place.root, 'part/weights'), join(place.root, 'absolute'));
    await symlink('..data', join(place.root, 'dots')); // a volume of Kubernetes is full of these
    assert.deepEqual((await filesOf(place.root)).map(({ path, size }) => [path, size]), [['absolute', 3], ['dots', 0], ['part/one', 3], ['part/two', 3], ['part/weights', 3]]);
    await symlink(place.root, join(place.base, 'door'));
    assert.equal((await filesOf(join(place.base, 'door'))).length, 5, 'the folder itself may be reached by a link');
  });

  it('are never those that a link leads out to, by whatever way', async () => {
    await place.put('a/file');
    await mkdir(join(place.base, 'root-not'));
    for (const file of ['secret', 'root-not/secret']) await writeFile(join(place.base, file), '');
    await symlink('../secret', join(place.base, 'root-not/way'));
    for (const target of ['../secret', join(place.base, 'secret'), '../root-not/secret', '../root-not/way', 'a/../../secret', '..', '../root-not']) {
      await symlink(target, join(place.root, 'link'));
      await refuses(() => join(place.root, 'link'), /is a link out of the model folder \(to .+\); put the file itself there$/);
      await rename(join(place.root, 'link'), join(place.base, `was-${target.replaceAll('/', '-')}`));
    }
    assert.deepEqual(await paths(), ['a/file']);
  });

  it('are not looked for behind a link to a folder, nor in a circle, nor behind a link to nothing', async () => {
    await place.put('a/file');
    await symlink('a', join(place.root, 'b'));
    await refuses(() => join(place.root, 'b'), /is a link to a folder; put the folder itself there$/);
    await rename(join(place.root, 'b'), join(place.base, 'b'));
    for (const target of ['nowhere', 'c']) {
      await symlink(target, join(place.root, 'c'));
      await refuses(() => join(place.root, 'c'), /is a link to nothing; fetch the model again$/);
      await rename(join(place.root, 'c'), join(place.base, target));
    }
  });

  it("may lie among the blobs of its own repository in the hub's cache, and of no other", async () => {
    const [own, other] = ['models--a--b', 'models--a--c'].map((name) => join(place.base, name)) as [string, string];
    const snapshot = join(own, 'snapshots/1234');
    for (const folder of [snapshot, join(own, 'blobs'), join(other, 'blobs')]) await mkdir(folder, { recursive: true });
    for (const blob of [join(own, 'blobs/x'), join(other, 'blobs/x'), join(own, 'refs')]) await writeFile(blob, 'blob');
    await symlink('../../blobs/x', join(snapshot, 'model.onnx'));
    const { mtimeMs } = await stat(join(own, 'blobs/x'));
    assert.deepEqual(await filesOf(snapshot), [{ path: 'model.onnx', size: 4, modified: mtimeMs }]);
    for (const target of ['../../../models--a--c/blobs/x', '../../refs', '../../blobs']) {
      await symlink(target, join(snapshot, 'other'));
      await assert.rejects(filesOf(snapshot), (error: Error) => error instanceof ModelError && error.message.includes(join(snapshot, 'other')));
      await rename(join(snapshot, 'other'), join(place.base, target.replaceAll('/', '-')));
    }
  });

  it('lie at most six folders deep: what is nested further is no model', async () => {
    await place.put('1/2/3/4/5/6/file');
    assert.deepEqual(await paths(), ['1/2/3/4/5/6/file']);
    await place.put('1/2/3/4/5/6/7/file');
    await refuses(() => join(place.root, '1/2/3/4/5/6/7'), /nested too deeply for a model folder; point model: at the folder that holds model_index\.json$/);
  });
});
