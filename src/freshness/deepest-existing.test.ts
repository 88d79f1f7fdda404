import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deepestExisting } from './deepest-existing';

describe('the deepest part of a path that exists', () => {
  let folder: string;
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'easel-deepest-')));
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('is the path itself, or a parent, without links', () => {
    assert.equal(deepestExisting(join(folder, 'real')), join(folder, 'real'));
    assert.equal(deepestExisting(join(folder, 'link', 'a', 'b.png')), join(folder, 'real'));
    assert.equal(deepestExisting(join(folder, 'dangling', 'b.png')), folder);
    assert.equal(deepestExisting('/'), '/');
  });
});
