import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { TextDocument } from 'vscode';
import { memoryDataset } from '../../dataset/test-support';
import { FakeDocument, FakeUri, replaced, vscode } from '../test-support/with-vscode';
import type { CaptionFiles } from './caption-files';
import type { LiveDataset } from './live-dataset';

describe('caption files that are open', () => {
  const events = { Open: new vscode.EventEmitter<FakeDocument>(), Close: new vscode.EventEmitter<FakeDocument>() };
  const datasets = { Change: new vscode.EventEmitter<LiveDataset>(), Remember: new vscode.EventEmitter<void>() };
  let folder: string;
  let files: CaptionFiles;
  /** Folders in use, as often as they are. */
  let used: string[];
  let live: { dataset: LiveDataset['dataset']; lints: LiveDataset['lints']; fileOf: (uri: FakeUri) => string | undefined };
  let folderOf: () => string | undefined;
  let fired: number;
  let restore: () => void;
  const document = (name: string, text = '', scheme = 'file') => Object.assign(new FakeDocument(text, 'plaintext', Object.assign(new FakeUri(join(folder, name)), { scheme })), { isClosed: false });
  const get = (one: FakeDocument) => files.get(one as unknown as TextDocument);
  /** What lies beside files has been looked up: there are so many uses, and no more come. */
  const settled = async (uses: number) => {
    while (used.length < uses) await wait(2);
    await wait(20);
    assert.equal(used.length, uses);
  };
  const open = (uses: number, ...documents: FakeDocument[]) => {
    for (const one of documents) events.Open.fire(one);
    return settled(uses);
  };
  const start = async () => {
    const { CaptionFiles: Files } = await import('./caption-files');
    const use = (path: string) => {
      used.push(path);
      return { live: Object.create(live, { folder: { value: path } }) as typeof live, dispose: () => { used = used.toSpliced(used.includes(path) ? used.indexOf(path) : Infinity, 1); } };
    };
    files = new Files({ onDidChange: datasets.Change.event, onDidRemember: datasets.Remember.event, folderOf: () => folderOf(), use } as never);
    files.onDidChange(() => (fired += 1));
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-captions-'));
    for (const name of ['a.png', 'b.jpg']) await writeFile(join(folder, name), '');
    restore = replaced(vscode.workspace, { onDidOpenTextDocument: events.Open.event, onDidCloseTextDocument: events.Close.event, textDocuments: [] });
    live = { dataset: undefined, lints: [], fileOf: ({ path }) => (path.startsWith(folder) ? path.slice(folder.length + 1) : undefined) };
    [used, fired, folderOf] = [[], 0, () => folder];
    await start();
  });
  afterEach(async () => {
    files.dispose();
    restore();
    await rm(folder, { recursive: true });
  });

  it('are those with a picture beside them, and metadata of pictures; nothing else is looked at as a dataset', async () => {
    await open(3, document('a.txt'), document('b.caption'), document('metadata.jsonl'));
    assert.deepEqual([used, fired], [[folder, folder, folder], 3]);
    await open(3, document('notes.txt'), document('a.md'), document('a.txt', '', 'git'), document('none/metadata.jsonl'));
    assert.equal(fired, 3);
    await open(4, document('none/metadata.jsonl', '{"file_name": "x.png"}'));
    folderOf = () => undefined;
    await open(4, document('b.txt'));
  });

  it('are found also where they were open before', async () => {
    files.dispose();
    Object.assign(vscode.workspace, { textDocuments: [document('a.txt')] });
    await start();
    await settled(1);
    assert.deepEqual([used, fired], [[folder], 1]);
  });

  it('use their dataset once, until they are closed, or were before it was known what they are', async () => {
    const [a, b] = [document('a.txt'), document('b.txt')];
    await open(1, a, a);
    await open(1, a);
    events.Open.fire(b);
    b.isClosed = true;
    events.Close.fire(b);
    await settled(1);
    events.Close.fire(a);
    events.Close.fire(a);
    assert.deepEqual(used, []);
    await open(1, a); // as when its language is changed
  });

  it('say what their lines caption, once the dataset is read', async () => {
    const [a, notes] = [document('a.txt'), document('notes.txt')];
    await open(1, a, notes);
    assert.equal(get(a), undefined);
    live.dataset = await memoryDataset({ 'a.txt': 'a cat', 'a.png': null, 'b.jpg': null });
    live.lints = [{ code: 'tiny-picture', severity: 'hint', message: 'small', where: { file: 'a.png' } }];
    datasets.Change.fire(live as unknown as LiveDataset);
    assert.deepEqual([get(a)?.live.folder, get(a)?.lines, get(notes), fired], [folder, [{ line: 0, picture: 'a.png', remarks: live.lints }], undefined, 2]);
    live.fileOf = () => undefined;
    assert.equal(get(a), undefined);
  });

  it('move to the dataset that they belong to now', async () => {
    const [a, b] = [document('a.txt'), document('b.txt')];
    await open(2, a, b);
    live.dataset = await memoryDataset({});
    folderOf = () => '/set';
    datasets.Remember.fire();
    const moved = get(a)?.live;
    assert.deepEqual([used, moved?.folder, fired], [['/set', '/set'], '/set', 3]);
    datasets.Remember.fire();
    assert.equal(get(a)?.live, moved);
    folderOf = () => undefined;
    datasets.Remember.fire();
    assert.deepEqual([used, fired], [['/set', '/set'], 5]);
    events.Close.fire(b);
    assert.deepEqual(used, ['/set']);
  });

  it('let everything go at the end, also what was being looked up', async () => {
    const [a, b] = [document('a.txt'), document('b.txt')];
    await open(1, a);
    events.Open.fire(b);
    files.dispose();
    await open(0, document('b.caption'));
    assert.equal(fired, 1);
  });
});
