import assert from 'node:assert/strict';
import { datasetFolders } from './dataset-folders';

describe('folders that look like datasets', () => {
  it('hold captions beside pictures, or metadata; what is above several of them comes first', () => {
    assert.deepEqual(datasetFolders(['set/a/x.png', 'set/a/x.txt', 'set/b/metadata.jsonl', 'one/deep/y.webp', 'one/deep/y.caption', 'docs/readme.txt', 'docs/logo.png', 'icons.t2i']), ['set', 'one/deep', 'set/a', 'set/b']);
  });

  it('are none where nothing captions anything', () => assert.deepEqual(datasetFolders(['a.png', 'b.txt', 'src/c.txt', 'src/d.png']), []));
});
