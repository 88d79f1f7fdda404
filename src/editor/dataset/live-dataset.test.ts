import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogOutputChannel } from 'vscode';
import { FakeDocument, fakeUri, heard, vscode } from '../test-support/with-vscode';
import type { LiveDataset } from './live-dataset';
import type { PictureInfos } from './picture-infos';

describe('a dataset that is kept up to date', () => {
  let folder: string;
  let live: LiveDataset;
  const changes = new vscode.EventEmitter<{ document: FakeDocument; contentChanges: unknown[] }>();
  const { onDidChangeTextDocument, textDocuments } = vscode.workspace;
  const open = (name: string, text: string, isDirty: boolean) => Object.assign(new FakeDocument(text, 'plaintext', fakeUri(join(folder, name))), { isDirty });
  const captions = () => Object.fromEntries(live.dataset?.entries.map(({ picture, caption }) => [picture, caption]) ?? []);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-live-'));
    for (const name of ['a.png', 'b.png']) await writeFile(join(folder, name), '');
    await writeFile(join(folder, 'a.txt'), Buffer.from('K\xe4se', 'latin1'));
    await writeFile(join(folder, 'b.txt'), 'a dog');
    Object.assign(vscode.workspace, { onDidChangeTextDocument: changes.event, textDocuments: [] });
    const loaded = await import('./live-dataset');
    live = new loaded.LiveDataset(folder, { forget: () => {} } as unknown as PictureInfos, () => Promise.resolve(undefined), { info: () => {}, warn: () => {} } as unknown as LogOutputChannel);
    await live.settled();
  });
  afterEach(async () => {
    live.dispose();
    Object.assign(vscode.workspace, { onDidChangeTextDocument, textDocuments });
    await rm(folder, { recursive: true });
  });

  it('takes what is typed, and what the disk has where nothing is: an editor shows no UTF-8 as something else', async () => {
    assert.deepEqual(captions(), { 'a.png': null, 'b.png': 'a dog' });
    const [a, b] = [open('a.txt', 'K\uFFFDse', false), open('b.txt', 'two dogs', true)];
    vscode.workspace.textDocuments = [a, b];
    for (const document of [a, b]) changes.fire({ document, contentChanges: [{}] });
    await live.settled();
    assert.deepEqual(captions(), { 'a.png': null, 'b.png': 'two dogs' });
    assert.match(live.dataset?.problems[0]?.message ?? '', /a.txt: it is not UTF-8/);
    await writeFile(join(folder, 'a.txt'), 'Käse');
    changes.fire({ document: a, contentChanges: [{}] });
    await live.settled();
    assert.deepEqual([captions(), live.dataset?.problems], [{ 'a.png': 'Käse', 'b.png': 'two dogs' }, []]);
  });

  it('knows which dataset its remarks were made of', async () => {
    await heard(live.onDidChange, 'lints');
    const before = live.dataset;
    assert.equal(live.linted, before);
    const b = open('b.txt', '', true);
    vscode.workspace.textDocuments = [b];
    changes.fire({ document: b, contentChanges: [{}] });
    await live.settled();
    assert.notEqual(live.dataset, before);
    assert.deepEqual([live.linted === before, live.lints.some(({ where }) => where.file === 'b.txt')], [true, false]);
    await heard(live.onDidChange, 'lints');
    assert.deepEqual([live.linted === live.dataset, live.lints.some(({ where }) => where.file === 'b.txt')], [true, true]);
  });
});
