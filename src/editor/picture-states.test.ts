import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeEaselRecord, setTextChunks } from '../image/metadata';
import { tinyPng } from '../image/metadata/test-support/tiny-png';
import { canonicalRequest, expand } from '../prompt';
import { contextWith, parseT2i } from '../prompt/test-support';
import type { PictureStates, readShownPicture } from './picture-states';
import { FakeDocument, heard, replaced, vscode } from './test-support/with-vscode';

describe('the states of the blocks of open files', () => {
  let folder: string;
  let document: FakeDocument;
  let states: PictureStates;
  let readPicture: typeof readShownPicture;
  let warnings: string[];
  let restore: () => void;
  let get: () => Promise<unknown>;
  let onPicture: (() => void)[];
  let settled: InstanceType<typeof vscode.EventEmitter<FakeDocument>>;
  let changed: typeof settled;
  const context = () => contextWith({ root: folder, directory: folder });
  const prompt = () => parseT2i(document.getText());
  const found = () => ({ prompt: prompt(), context: context(), root: folder });
  const status = (index: number) => states.get(document as never, prompt().blocks[index]!);
  const refresh = () => states.refresh(document as never);
  /** Draws a block's picture, as the block is now. */
  const draw = async (index: number) => {
    const { requests } = expand(prompt(), prompt().blocks[index]!, context());
    const request = canonicalRequest(requests[0]!);
    const path = requests[0]!.output.path;
    await writeFile(path, setTextChunks(tinyPng(), { parameters: request.prompt, easel: encodeEaselRecord({ version: 1, request, engine: { easel: '0' } }) }));
    await utimes(path, 1, 1);
    return path;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-picture-states-'));
    document = new FakeDocument('---\nout: "{name}.png"\n---\n# red\nred\n# blue\nblue');
    [warnings, onPicture, get] = [[], [], () => Promise.resolve(found())];
    [settled, changed] = [new vscode.EventEmitter<FakeDocument>(), new vscode.EventEmitter<FakeDocument>()];
    const listen = (listener: () => void) => onPicture.push(listener);
    restore = replaced(vscode.workspace, { createFileSystemWatcher: (glob: string) => (assert.equal(glob, '**/*.png'), { onDidChange: listen, onDidCreate: listen, onDidDelete: listen, dispose: () => {} }) });
    const loaded = await import('./picture-states');
    readPicture = loaded.readShownPicture;
    const files = { open: () => [document], parse: prompt, onDidSettle: settled.event };
    states = new loaded.PictureStates(files as never, { get: () => get(), onDidChange: changed.event } as never, { warn: (line: string) => warnings.push(line) } as never);
  });
  afterEach(async () => {
    states.dispose();
    restore();
    await rm(folder, { recursive: true });
  });

  it('are not known before they are read, and then each block\'s own, with the pictures that are there', async () => {
    const path = await draw(0);
    assert.equal(status(0), undefined);
    await refresh();
    assert.deepEqual(status(0), { state: 'fresh', modelVerified: false, reasons: [], pictures: [{ path, version: 1000, infotext: 'red', seed: '1234' }] });
    assert.deepEqual([status(1)?.state, status(1)?.pictures], ['missing', []]);
    document.type(document.getText().replace('\nred', '\npink'));
    await refresh();
    assert.equal(status(0)?.state, 'stale');
  });

  it('are those of two blocks where two have one name', async () => {
    document.type('# a\nred\nSteps: 1, Out: 1.png\n# a\nblue\nSteps: 1, Out: 2.png');
    await draw(1);
    await refresh();
    assert.deepEqual([status(0)?.state, status(1)?.state], ['missing', 'fresh']);
  });

  it('are unknown, with the reason, where the disk cannot be asked, and known when it can', async () => {
    get = () => Promise.reject(new Error('no such disk'));
    await refresh();
    assert.deepEqual([status(0), status(1)?.state], [{ state: 'unknown', modelVerified: true, reasons: ['no such disk'], pictures: [] }, 'unknown']);
    assert.deepEqual(warnings, ['states of /work/icons.t2i: no such disk']);
    get = () => Promise.resolve(found());
    await refresh();
    assert.equal(status(0)?.state, 'missing');
    get = () => Promise.resolve(undefined); // it was saved to where there is no disk
    await refresh();
    assert.equal(status(0), undefined);
  });

  it('are those that were asked for last, and nobody\'s once the file is closed', async () => {
    let told = 0;
    states.onDidChange(() => (told += 1));
    const answers: (() => void)[] = [];
    get = () => new Promise((resolve) => answers.push(() => resolve(found())));
    const [first, second] = [refresh(), refresh()];
    answers[1]!();
    await second;
    await draw(0);
    answers[0]!();
    await first;
    assert.deepEqual([status(0)?.state, told], ['missing', 1]);
    const third = refresh();
    document.isClosed = true;
    answers[2]!();
    await third;
    assert.deepEqual([status(0)?.state, told], ['missing', 1]);
  });

  it('are read when a file is opened or settles, what it names changes, and once for pictures that change together', async () => {
    let asked = 0;
    get = () => Promise.resolve((asked += 1, found()));
    const next = () => heard(states.onDidChange as never, document);
    let heardOf = next();
    states.register({ subscriptions: [] } as never);
    await heardOf;
    for (const event of [settled, changed]) {
      heardOf = next();
      event.fire(document);
      await heardOf;
    }
    assert.deepEqual([asked, onPicture.length, status(0)?.state], [3, 3, 'missing']);
    await draw(0);
    heardOf = next();
    for (const listener of onPicture) listener();
    await heardOf;
    assert.deepEqual([asked, status(0)?.state], [4, 'fresh']);
    onPicture[0]!();
    states.dispose();
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(asked, 4);
  });

  it('show a picture file as it is, also one of another program, and none that is gone', async () => {
    const path = join(folder, 'other.png');
    await writeFile(path, setTextChunks(tinyPng(), { parameters: 'a cat' }));
    assert.deepEqual(await readPicture(path), { path, version: (await stat(path)).mtimeMs, infotext: 'a cat', seed: null });
    assert.equal(await readPicture(join(folder, 'gone.png')), undefined);
    assert.equal(await readPicture(folder), undefined);
  });
});
