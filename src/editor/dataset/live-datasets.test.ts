import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TextDocument, Uri } from 'vscode';
import { FakeDocument, FakeUri, heard, replaced, vscode } from '../test-support/with-vscode';
import type { LiveDataset } from './live-dataset';
import type { LiveDatasets } from './live-datasets';

describe('datasets in use', () => {
  const typed = new vscode.EventEmitter<{ document: FakeDocument; contentChanges: unknown[] }>();
  let folder: string;
  let kept: unknown;
  let warned: string[];
  let datasets: LiveDatasets;
  let restore: (() => void)[];
  const document = (path: string, scheme = 'file') => new FakeDocument('', 'plaintext', Object.assign(new FakeUri(path), { scheme })) as unknown as TextDocument;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-datasets-'));
    await writeFile(join(folder, 'a.png'), '');
    await writeFile(join(folder, 'a.txt'), 'a cat');
    [kept, warned] = [undefined, []];
    restore = [
      replaced(vscode, { Uri: FakeUri }),
      // As VS Code has it: by the parts of a path, whatever they mean.
      replaced(vscode.workspace, { getWorkspaceFolder: ({ path }: FakeUri) => (`${path}/`.startsWith('/work/') ? {} : undefined), onDidChangeTextDocument: typed.event, textDocuments: [], isTrusted: false }),
    ];
    const { LiveDatasets: Datasets } = await import('./live-datasets');
    const memory = { get: () => kept, update: (_key: string, value: unknown) => Promise.resolve(void (kept = value)) };
    datasets = new Datasets('/no/helper', memory as never, { info: () => {}, warn: (line: string) => void warned.push(line) } as never);
  });
  afterEach(async () => {
    datasets.dispose();
    restore.reverse().forEach((one) => one());
    await rm(folder, { recursive: true });
  });

  it('are read once for all who use them, and left by the last', async () => {
    const left: LiveDataset[] = [];
    datasets.onDidLeave((live) => left.push(live));
    const [first, second] = [datasets.use(folder), datasets.use(folder)];
    assert.deepEqual([first.live === second.live, datasets.all().length], [true, 1]);
    first.dispose();
    first.dispose();
    assert.deepEqual([datasets.all(), left], [[first.live], []]);
    await first.live.settled();
    assert.equal(first.live.dataset?.entries[0]?.caption, 'a cat');
    let told = 0;
    first.live.onDidChange(() => (told += 1));
    second.dispose();
    second.dispose();
    assert.deepEqual([datasets.all(), left], [[], [first.live]]);
    typed.fire({ document: new FakeDocument('', 'plaintext', new FakeUri(join(folder, 'a.txt'))), contentChanges: [{}] });
    await first.live.settled(); // nothing is kept up to date any more
    assert.equal(told, 0);
    const again = datasets.use(folder);
    assert.notEqual(again.live, first.live);
    second.dispose();
    assert.deepEqual(datasets.all(), [again.live]);
  });

  it('tell of what they hold and of remarks, not of every step of their work', async () => {
    const { live } = datasets.use(folder);
    const told: unknown[] = [];
    datasets.onDidChange((changed) => told.push(changed));
    const say = live as unknown as { say(what: string): void };
    await live.settled();
    const before = told.length;
    for (const what of ['work', 'dataset', 'lints']) say.say(what);
    assert.deepEqual([before, told], [1, [live, live, live]]);
  });

  it('hold a file: the innermost does', () => {
    const [outer, inner] = ['/set', '/set/in/deep'].map((path) => datasets.use(path).live);
    const holding = (path: string) => datasets.holding(new FakeUri(path) as unknown as Uri);
    assert.deepEqual([holding('/set/in/deep/a.txt') === inner, holding('/set/in/a.txt') === outer, holding('/settings/a.txt'), holding('/set')], [true, true, undefined, undefined]);
  });

  it('that were opened before hold the files below them, the innermost first; other files belong to their own folder', async () => {
    let told = 0;
    datasets.onDidRemember(() => (told += 1));
    for (const path of ['/set/in', '/set']) await datasets.remember(path);
    const of = (path: string, scheme?: string) => datasets.folderOf(document(path, scheme));
    assert.deepEqual([of('/set/in/deep/a.txt'), of('/set/x/a.txt'), of('/settings/a.txt'), of('/set'), of('/set/a.txt', 'git')], ['/set/in', '/set', '/settings', '/', undefined]);
    assert.equal(told, 2);
  });

  it('are remembered, the last fifty, whatever else is found in the memory', async () => {
    kept = { not: 'ours' };
    for (let index = 0; index < 50; index++) await datasets.remember(`/${index}`);
    await datasets.remember('/25');
    await datasets.remember('/new');
    assert.deepEqual([(kept as string[]).length, (kept as string[])[0], (kept as string[]).slice(-3)], [50, '/1', ['/49', '/25', '/new']]);
  });

  it('come back with a panel only where a person opened them, or in the workspace', async () => {
    await datasets.remember('/set');
    const folders = ['/set', '/set/in', '/work/set', '/work', '/etc', '/work/../etc', '/work/set/../../etc'];
    assert.deepEqual(folders.filter((path) => datasets.mayRestore(path)), ['/set', '/work/set', '/work']);
  });

  it('are linted without a limit while the model cannot be read, and with it once it is mended', async () => {
    const home = process.env['EASEL_HOME'];
    process.env['EASEL_HOME'] = folder;
    try {
      await writeFile(join(folder, 'models.json'), 'not JSON');
      const { live } = datasets.use(folder);
      await heard(live.onDidChange, 'lints');
      assert.equal(warned.length, 1);
      assert.match(warned[0]!, /^the limit of captions: /);
      await writeFile(join(folder, 'models.json'), '{"models": {}}');
      await writeFile(join(folder, 'a.txt'), 'word '.repeat(100));
      typed.fire({ document: new FakeDocument('', 'plaintext', new FakeUri(join(folder, 'a.txt'))), contentChanges: [{}] });
      await heard(live.onDidChange, 'lints');
      assert.deepEqual([warned.length, live.lints.map(({ code }) => code)], [1, ['caption-too-long']]);
    } finally {
      if (home === undefined) delete process.env['EASEL_HOME'];
      else process.env['EASEL_HOME'] = home;
    }
  });

  it('end with the window', () => {
    const { live } = datasets.use(folder);
    let told = 0;
    live.onDidChange(() => (told += 1));
    datasets.dispose();
    (live as unknown as { say(what: string): void }).say('dataset');
    assert.deepEqual([datasets.all(), told], [[], 0]);
  });
});
