import assert from 'node:assert/strict';
import { freeEditName } from './free-name';

const check = (path: string, taken: string[], expected: string) => assert.equal(freeEditName(path, (candidate) => taken.includes(candidate)), expected);

describe('the name of an edited picture', () => {
  it('lies beside the picture', () => check('/a/b/heart.png', [], '/a/b/heart-edit.png'));
  it('is a PNG whatever the picture is', () => check('/a/heart.jpeg', [], '/a/heart-edit.png'));
  it('counts on', () => check('/a/heart.png', ['/a/heart-edit.png', '/a/heart-edit-2.png'], '/a/heart-edit-3.png'));
  it('does not grow with edits of edits', () => check('/a/heart-edit-2.png', ['/a/heart-edit.png', '/a/heart-edit-2.png'], '/a/heart-edit-3.png'));
  it('works at the top', () => check('/heart.png', [], '/heart-edit.png'));
});
