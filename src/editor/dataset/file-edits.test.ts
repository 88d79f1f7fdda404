import assert from 'node:assert/strict';
import { lintDataset, type Dataset, type Lint } from '../../dataset';
import { memoryDataset } from '../../dataset/test-support';
import { FakeFiles, type OpenFile } from '../test-support/fake-files';
import { FakeUri } from '../test-support/with-vscode';
import type { FileEdits } from './file-edits';

const LINE = (name: string, text: string) => `{"file_name": "${name}", "text": "${text}"}`;

describe('changes made in a dataset panel', () => {
  let files: FakeFiles;
  let live: { dataset: Dataset | undefined; linted: Dataset | undefined; lints: readonly Lint[]; uriOf: (file: string) => FakeUri };
  let edits: FileEdits;
  let restore: () => void;
  /** A set of pictures and texts on the disk, read and linted. */
  const has = async (texts: Record<string, string>, ...pictures: string[]) => {
    for (const [name, text] of Object.entries(texts)) files.disk.set(`/set/${name}`, text);
    live.dataset = live.linted = await memoryDataset({ ...texts, ...Object.fromEntries(pictures.map((name) => [name, null])) });
    live.lints = await lintDataset(live.dataset);
  };
  const caption = (picture: string, text: string) => edits.setCaption(live.dataset!.entries.find((one) => one.picture === picture)!, text);
  const fix = (file: string) => edits.fix(live.lints.find(({ where, fix }) => fix && where.file === file)!.fix!.edits);
  const typeOnceRead = (document: OpenFile, text: string) => {
    const read = document.getText.bind(document);
    document.getText = () => {
      document.getText = read;
      queueMicrotask(() => document.type(text));
      return read();
    };
  };
  const disk = (name: string) => files.disk.get(`/set/${name}`);
  beforeEach(async () => {
    files = new FakeFiles();
    restore = files.install();
    live = { dataset: undefined, linted: undefined, lints: [], uriOf: (file) => new FakeUri(`/set/${file}`) };
    const { FileEdits: Edits } = await import('./file-edits');
    edits = new Edits(live as never);
  });
  afterEach(() => restore());

  it('replace the caption and nothing else, are saved, and are taken back in turn', async () => {
    await has({ 'a.txt': '  a cat\n', 'metadata.jsonl': `${LINE('b.png', 'one')}\n` }, 'a.png', 'b.png');
    await caption('a.png', 'a dog');
    await caption('b.png', 'tw"o');
    assert.deepEqual([disk('a.txt'), disk('metadata.jsonl')], ['  a dog\n', `${LINE('b.png', 'tw\\"o')}\n`]);
    await edits.undo();
    assert.deepEqual([disk('a.txt'), disk('metadata.jsonl'), edits.canUndo], ['  a dog\n', `${LINE('b.png', 'one')}\n`, true]);
    await edits.undo();
    assert.deepEqual([disk('a.txt'), edits.canUndo], ['  a cat\n', false]);
    await edits.undo(); // there is nothing left
    await caption('a.png', ' a cat ');
    assert.equal(edits.canUndo, false); // that is what it says
  });

  it('stay unsaved where somebody sees the file: in a tab, or typed into', async () => {
    await has({ 'a.txt': 'a cat', 'b.txt': 'one' }, 'a.png', 'b.png');
    files.tabs.add('/set/a.txt');
    (await files.open('/set/b.txt')).type('one ');
    await caption('a.png', 'a dog');
    await caption('b.png', 'two');
    assert.deepEqual([disk('a.txt'), disk('b.txt')], ['a cat', 'one']);
    assert.deepEqual([...files.documents.values()].map((document) => [document.getText(), document.isDirty]), [['two ', true], ['a dog', true]]);
    await edits.undo();
    await edits.undo();
    assert.deepEqual([...files.documents.values()].map((document) => document.getText()), ['one ', 'a cat']);
    assert.deepEqual([disk('a.txt'), disk('b.txt')], ['a cat', 'one']);
  });

  it('make a file, or a line, for a picture without a caption, and take it away again', async () => {
    await has({ 'meta/metadata.jsonl': LINE('x.png', 'x') }, 'a.png', 'meta/x.png', 'meta/y.png');
    live.linted = undefined; // remarks are slower than a person
    await caption('a.png', 'a cat ');
    await caption('meta/y.png', 'y');
    assert.deepEqual([disk('a.txt'), disk('meta/metadata.jsonl')], ['a cat\n', `${LINE('x.png', 'x')}\n${LINE('y.png', 'y')}\n`]);
    await edits.undo();
    await edits.undo();
    assert.deepEqual([disk('a.txt'), disk('meta/metadata.jsonl')], [undefined, LINE('x.png', 'x')]);
  });

  it('are taken back also where lines end in CR LF', async () => {
    const before = `${LINE('a.png', 'x')}\r\n`;
    await has({ 'metadata.jsonl': before }, 'a.png', 'b.png');
    await caption('b.png', 'y');
    assert.equal(disk('metadata.jsonl'), `${before}${LINE('b.png', 'y')}\r\n`);
    await edits.undo();
    assert.equal(disk('metadata.jsonl'), before);
  });

  it('never write over a file that came meanwhile, nor take back what was changed since', async () => {
    await has({ 'b.txt': 'one' }, 'a.png', 'b.png');
    files.disk.set('/set/a.txt', 'by another program');
    await assert.rejects(caption('a.png', 'a cat'), /could not be changed/);
    assert.deepEqual([disk('a.txt'), edits.canUndo], ['by another program', false]);
    files.disk.delete('/set/a.txt');
    await caption('a.png', 'a cat');
    await caption('b.png', 'two');
    for (const name of ['a', 'b']) (await files.open(`/set/${name}.txt`)).type('typed');
    for (const _name of ['b', 'a']) await assert.rejects(edits.undo(), /has changed since/);
    assert.deepEqual([[...files.documents.values()].map((document) => document.getText()), disk('a.txt'), edits.canUndo], [['typed', 'typed'], 'a cat\n', false]);
  });

  it('are refused where lines have moved, or are typed while they are read', async () => {
    await has({ 'metadata.jsonl': `${LINE('a.png', 'x')}\n${LINE('b.png', 'y')}\n` }, 'a.png', 'b.png');
    const document = await files.open('/set/metadata.jsonl');
    const text = document.getText();
    document.type(`\n${text}`);
    await assert.rejects(caption('a.png', 'z'), /has changed meanwhile/);
    document.type(text);
    typeOnceRead(document, text.replace('"x"', '"xx"'));
    await assert.rejects(caption('b.png', 'z'), /has changed meanwhile/);
    assert.deepEqual([document.getText(), disk('metadata.jsonl'), edits.canUndo], [text.replace('"x"', '"xx"'), text, false]);
    live.dataset = undefined; // it is being read for the first time
    await edits.setCaption({ picture: 'a.png', source: null }, 'z');
    assert.equal(edits.canUndo, false);
  });

  it('that settle a remark are made in the text it was made of, or not at all', async () => {
    const [gone, lost, kept] = [LINE('gone.png', 'x'), LINE('lost.png', 'x'), LINE('a.png', 'y')];
    await has({ 'metadata.jsonl': `${gone}\n${lost}\n${kept}\n` }, 'a.png');
    const before = disk('metadata.jsonl')!;
    const document = await files.open('/set/metadata.jsonl');
    typeOnceRead(document, `\n${before}`);
    await assert.rejects(fix('metadata.jsonl'), /is not as it was read/);
    assert.equal(document.getText(), `\n${before}`);
    document.type(before);
    document.isDirty = false;
    const second = live.lints.filter(({ fix }) => fix)[1]!.fix!.edits;
    await fix('metadata.jsonl');
    const left = `${lost}\n${kept}\n`;
    assert.equal(disk('metadata.jsonl'), left);
    // The next remark is from before; so it is when the dataset alone has been read again.
    await assert.rejects(edits.fix(second), /is not as it was read/);
    live.dataset = await memoryDataset({ 'metadata.jsonl': left, 'a.png': null });
    await assert.rejects(edits.fix(second), /is not as it was read/);
    assert.equal(disk('metadata.jsonl'), left);
    await has({ 'metadata.jsonl': `${kept}\r\n${gone}\n${lost}\n` }, 'a.png'); // an editor opens it with one kind of line end
    files.documents.clear();
    await assert.rejects(fix('metadata.jsonl'), /is not as it was read/);
    await assert.rejects(caption('a.png', 'z').then(() => edits.setCaption({ picture: 'b.png', source: null }, 'z')), /is not as it was read/);
  });

  it('of several places are taken back together, each where the others have moved it', async () => {
    const before = 'one two\nthree four\n';
    const replace = (file: string, start: number, end: number, newText: string) => ({ kind: 'replace', file, span: { start, end }, newText }) as const;
    const change = () => edits.fix([replace('a.txt', 8, 13, '3'), replace('b.txt', 0, 3, 'eins\nzwei'), replace('b.txt', 5, 8, 'drei'), replace('a.txt', 0, 3, 'eleven'), replace('a.txt', 14, 14, '+'), replace('a.txt', 14, 18, '-'), replace('a.txt', 4, 8, '')]);
    await has({ 'a.txt': before, 'b.txt': 'one\r\ntwo\r\n' }, 'a.png', 'b.png');
    await change();
    assert.deepEqual([disk('a.txt'), disk('b.txt')], ['eleven 3 +-\n', 'eins\r\nzwei\r\ndrei\r\n']);
    await edits.undo();
    assert.deepEqual([disk('a.txt'), disk('b.txt'), edits.canUndo], [before, 'one\r\ntwo\r\n', false]);
    // One of them typed over since: nothing of that file is taken back.
    await change();
    (await files.open('/set/a.txt')).type('eleven 4 +-\n');
    await assert.rejects(edits.undo(), /has changed since/);
    assert.equal((await files.open('/set/a.txt')).getText(), 'eleven 4 +-\n');
  });

  it('may move a file, and move it back, but over no other', async () => {
    await has({ 'captions/a.txt': 'a cat', 'captions/b.txt': 'one' }, 'images/a.png', 'images/b.png');
    await fix('captions/a.txt');
    assert.deepEqual([disk('captions/a.txt'), disk('images/a.txt')], [undefined, 'a cat']);
    files.disk.set('/set/images/b.txt', 'there');
    await assert.rejects(fix('captions/b.txt'), /could not be changed/);
    files.disk.set('/set/captions/a.txt', 'there');
    await assert.rejects(edits.undo(), /could not be changed/);
    assert.deepEqual([disk('captions/a.txt'), disk('images/a.txt'), disk('images/b.txt')], ['there', 'a cat', 'there']);
    files.disk.delete('/set/images/b.txt');
    await fix('captions/b.txt');
    await edits.undo();
    assert.deepEqual([disk('captions/b.txt'), disk('images/b.txt')], ['one', undefined]);
  });

  it('say so where the editor refuses them, or the disk', async () => {
    await has({ 'a.txt': 'a cat' }, 'a.png');
    files.readOnly.add('/set/a.txt');
    await assert.rejects(caption('a.png', 'a dog'), /could not be changed/);
    assert.equal(edits.canUndo, false);
    files.readOnly.clear();
    files.unsaveable.add('/set/a.txt');
    await assert.rejects(caption('a.png', 'a dog'), /could not be saved/);
    assert.deepEqual([disk('a.txt'), edits.canUndo], ['a cat', true]);
    files.readOnly.add('/set/a.txt');
    await assert.rejects(edits.undo(), /could not be changed/);
    await has({ 'b.txt': 'one' }, 'b.png');
    await caption('b.png', 'two');
    files.unsaveable.add('/set/b.txt');
    await assert.rejects(edits.undo(), /could not be saved/);
    assert.equal(disk('b.txt'), 'two');
  });
});
