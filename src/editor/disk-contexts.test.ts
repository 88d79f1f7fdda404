import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogOutputChannel, TextDocument } from 'vscode';
import type { DiskContexts } from './disk-contexts';
import type { PromptFiles } from './prompt-files';
import { FakeDocument, FakeUri, replaced, vscode } from './test-support/with-vscode';

describe('what the names of an open prompt file mean', () => {
  const { workspace } = vscode;
  let root: string;
  let restore: () => void;
  let files: PromptFiles;
  let contexts: DiskContexts;
  let watched: string[];
  let listeners: number;
  const disk = { Change: new vscode.EventEmitter<void>(), Create: new vscode.EventEmitter<void>(), Delete: new vscode.EventEmitter<void>() };
  const listen = (event: (listener: () => void) => { dispose(): void }) => (listener: () => void) => {
    listeners += 1;
    const listening = event(listener);
    return { dispose: () => { listeners -= 1; listening.dispose(); } };
  };
  const open = (name: string, text: string, language = 't2i') => {
    const document = new FakeDocument(text, language, new FakeUri(join(root, name))) as unknown as TextDocument & FakeDocument;
    workspace.textDocuments = [...(workspace.textDocuments as TextDocument[]), document];
    return document;
  };
  const colours = async (document: TextDocument) => (await contexts.get(document))?.context.wildcards('colour');
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'easel-contexts-')));
    await mkdir(join(root, 'art', 'wildcards'), { recursive: true });
    await writeFile(join(root, 'art', 'wildcards', 'colour.txt'), 'red\nblue\n');
    [watched, listeners] = [[], 0];
    restore = replaced(workspace, {
      textDocuments: [], getWorkspaceFolder: () => undefined,
      createFileSystemWatcher: (glob: string) => (watched.push(glob), { onDidChange: listen(disk.Change.event), onDidCreate: listen(disk.Create.event), onDidDelete: listen(disk.Delete.event), dispose: () => { listeners -= 1; } }),
    });
    const { PromptFiles: Files } = await import('./prompt-files');
    const { DiskContexts: Contexts } = await import('./disk-contexts');
    files = new Files();
    contexts = new Contexts(files, { debug: () => {} } as unknown as LogOutputChannel);
  });
  afterEach(async () => {
    contexts.dispose();
    files.dispose();
    restore();
    await rm(root, { recursive: true });
  });

  it('is gathered once for each version', async () => {
    const document = open('art/icons.t2i', '# heart\nred');
    const first = contexts.get(document);
    assert.equal(contexts.get(document), first);
    document.type('# star\nblue');
    assert.notEqual(contexts.get(document), first);
    assert.deepEqual([(await first)?.prompt.blocks[0]?.name, (await contexts.get(document))?.prompt.blocks[0]?.name], ['heart', 'star']);
  });

  it('is looked for in the workspace folder, else in the file\'s own', async () => {
    const document = open('art/icons.t2i', 'a __colour__ heart');
    const loose = await contexts.get(document);
    assert.deepEqual([loose?.root, loose?.context.root, loose?.context.directory, loose?.context.wildcardNames], [join(root, 'art'), join(root, 'art'), join(root, 'art'), ['colour']]);
    workspace.getWorkspaceFolder = () => ({ uri: new FakeUri(root) });
    const held = await contexts.get(document.type('a heart'));
    assert.deepEqual([held?.root, held?.context.directory], [root, join(root, 'art')]);
    workspace.getWorkspaceFolder = () => ({ uri: Object.assign(new FakeUri('/virtual'), { scheme: 'vscode-vfs' }) });
    assert.equal((await contexts.get(document.type('a star')))?.root, join(root, 'art'));
  });

  it('is nothing for what holds no prompts, or lies on no disk', async () => {
    assert.equal(await contexts.get(open('notes.md', '# Notes', 'markdown')), undefined);
    const untitled = new FakeDocument('a heart', 't2i', { ...new FakeUri('/x'), scheme: 'untitled', fsPath: '/x' });
    assert.equal(await contexts.get(untitled as unknown as TextDocument), undefined);
  });

  it('is gathered anew when what files name has changed, also while it is gathered, and is told of every open one', async () => {
    const [document, notes, other] = [open('art/icons.t2i', 'a __colour__ heart'), open('notes.md', '# Notes', 'markdown'), open('art/b.t2i', 'x')];
    const told: TextDocument[] = [];
    contexts.onDidChange((changed) => told.push(changed));
    assert.deepEqual(await colours(document), ['red', 'blue']);
    for (const [event, line] of [['Change', 'green'], ['Create', 'pink'], ['Delete', 'gold']] as const) {
      await writeFile(join(root, 'art', 'wildcards', 'colour.txt'), line);
      const [before, gathering] = [contexts.get(document), contexts.get(other)];
      disk[event].fire();
      assert.notEqual(contexts.get(other), gathering);
      assert.notEqual(contexts.get(document), before);
      assert.deepEqual(await colours(document), [line]);
    }
    assert.deepEqual([told.length, told.includes(notes), told.filter((one) => one === other).length], [6, false, 3]);
    assert.deepEqual(watched, ['**/{wildcards/**/*.txt,model_index.json,adapters/*.safetensors}']);
    contexts.dispose();
    disk.Change.fire();
    assert.deepEqual([told.length, listeners], [6, -1]); // the watcher too
  });

  it('is tried again after a failure, by who asks next, but not after it was typed away', async () => {
    const document = open('art/icons.t2i', 'a heart');
    const parse = files.parse.bind(files);
    files.parse = () => { throw new Error('the disk is gone'); };
    const failed = contexts.get(document);
    assert.equal(contexts.get(document), failed);
    await assert.rejects(failed, /the disk is gone/);
    const again = contexts.get(document);
    assert.notEqual(again, failed);
    document.type('a star');
    files.parse = parse;
    const typed = contexts.get(document); // the older one fails only now
    await assert.rejects(again);
    assert.equal(contexts.get(document), typed);
    assert.equal((await typed)?.prompt.blocks[0]?.prompt, 'a star');
  });
});
