import assert from 'node:assert/strict';
import type { TextDocument } from 'vscode';
import { parse } from '../prompt';
import { FakeDocument, FakeUri, vscode } from './test-support/with-vscode';

const TEXT = '# a\nred\n# b\nblue\n# c\ngreen';
const open = new FakeDocument(TEXT);
const other = new FakeDocument('# x\nred\n# y\nblue', 't2i', new FakeUri('/work/other.t2i'));
const files = {
  parse: (document: TextDocument) => parse(document.getText(), { fileName: document.fileName, language: 't2i' }),
  blockAt: (document: TextDocument) => files.parse(document).blocks[1],
};

describe('the block that a command means', () => {
  const found = async (uri?: unknown, index?: unknown) => {
    const { findBlock } = await import('./find-block');
    return (await findBlock(files, uri, index))?.block.name;
  };
  before(() => {
    Object.assign(vscode, { Uri: FakeUri });
    vscode.workspace.openTextDocument = (uri: FakeUri) => Promise.resolve(uri.path === other.uri.path ? other : open);
  });
  beforeEach(() => { vscode.window.activeTextEditor = { document: open, selection: { active: TEXT.indexOf('blue') } }; });

  it('is the lens\'s, by its place in whichever file', async () => {
    assert.deepEqual([await found(open.uri, 2), await found(other.uri, 0), await found(other.uri, 1)], ['c', 'x', 'y']);
  });

  it('is the one at the cursor, from the palette and from a menu of the same file', async () => {
    assert.equal(await found(), 'b');
    assert.equal(await found(open.uri), 'b');
    assert.equal(await found(open.uri, { groupId: 0 }), 'b'); // what a menu in the editor's title gives
    assert.equal(await found(new FakeUri(open.uri.path), undefined), 'b');
  });

  it('is the first of a file that is not the active one', async () => {
    assert.equal(await found(other.uri), 'x');
  });

  it('is never another one than was asked for', async () => {
    assert.equal(await found(open.uri, 3), undefined);
    vscode.window.activeTextEditor = undefined;
    assert.equal(await found(), undefined);
    assert.equal(await found('file:///work/icons.t2i'), undefined);
  });
});
