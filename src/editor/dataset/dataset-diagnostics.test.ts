import assert from 'node:assert/strict';
import type { CodeAction, TextDocument } from 'vscode';
import { lintDataset, type Dataset, type Lint } from '../../dataset';
import { memoryDataset } from '../../dataset/test-support';
import { FakeFiles, FakeRange, type FakeWorkspaceEdit } from '../test-support/fake-files';
import { FakeUri, replaced, vscode } from '../test-support/with-vscode';
import type { LiveDataset } from './live-dataset';

interface Shown { range: FakeRange; message: string; severity: number; code: unknown; source: string; relatedInformation?: { message: string; location: { uri: FakeUri } }[] }

const [GONE, LOST, HERE] = ['gone.png', 'lost.png', 'a.png'].map((name) => `{"file_name": "${name}", "text": "a cat"}`);

describe('remarks on datasets in Problems', () => {
  let files: FakeFiles;
  let changed: InstanceType<typeof vscode.EventEmitter<LiveDataset>>;
  let left: typeof changed;
  let inUse: LiveDataset[];
  /** By path. */
  let problems: Map<string, Shown[]>;
  let isDisposed: boolean;
  let dispose: () => void;
  let restore: (() => void)[];
  let fixesAt: (document: TextDocument, range: FakeRange) => Promise<(Omit<CodeAction, 'edit' | 'diagnostics'> & { edit: FakeWorkspaceEdit; diagnostics: Shown[] })[]>;
  const lint = (file: string, more: Partial<Lint> = {}): Lint => ({ code: 'empty-caption', severity: 'warning', message: `${file} says nothing`, where: { file }, ...more });
  const dataset = (folder: string, lints: readonly Lint[] = [], read?: Dataset) => {
    const fileOf = ({ path }: FakeUri) => (path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined);
    const live = { folder, dataset: read, linted: read, lints, uriOf: (file: string) => new FakeUri(`${folder}/${file}`), fileOf } as unknown as LiveDataset;
    inUse.push(live);
    return live;
  };
  const messages = () => Object.fromEntries([...problems].map(([path, all]) => [path, all.map(({ message }) => message)]));
  beforeEach(async () => {
    files = new FakeFiles();
    [changed, left] = [new vscode.EventEmitter(), new vscode.EventEmitter()];
    [inUse, problems, isDisposed] = [[], new Map(), false];
    restore = [files.install(), replaced(vscode, {
      Uri: Object.assign(FakeUri, { parse: (text: string) => text }),
      Diagnostic: class { constructor(readonly range: FakeRange, readonly message: string, readonly severity: number) {} },
      DiagnosticRelatedInformation: class { constructor(readonly location: unknown, readonly message: string) {} },
      Location: class { constructor(readonly uri: FakeUri, readonly range: FakeRange) {} },
      CodeAction: class { constructor(readonly title: string, readonly kind: unknown) {} },
    }), replaced((vscode as unknown as { languages: object }).languages, {
      createDiagnosticCollection: () => ({
        set: ({ path }: FakeUri, all: Shown[]) => problems.set(path, all), delete: ({ path }: FakeUri) => problems.delete(path),
        get: ({ path }: FakeUri) => problems.get(path), dispose: () => { isDisposed = true; },
      }),
      registerCodeActionsProvider: (_selector: unknown, provider: { provideCodeActions: typeof fixesAt }) => (fixesAt = provider.provideCodeActions, { dispose: () => {} }),
    })];
    const { DatasetDiagnostics } = await import('./dataset-diagnostics');
    const holding = (uri: FakeUri) => inUse.filter((live) => live.fileOf(uri as never) !== undefined).sort((a, b) => b.folder.length - a.folder.length)[0];
    new DatasetDiagnostics({ onDidChange: changed.event, onDidLeave: left.event, holding } as never).register({ subscriptions: { push: (one: { dispose(): void }) => (dispose = () => one.dispose()) } } as never);
  });
  afterEach(() => restore.reverse().forEach((one) => one()));

  it('stand where they belong, with what they speak of, until they are settled or nobody uses the set', async () => {
    const range = { start: 4, end: 7, from: { line: 1, character: 2 }, to: { line: 1, character: 5 } };
    const live = dataset('/set', [lint('a.txt', { severity: 'error', where: { file: 'a.txt', range }, related: [{ file: 'b.txt' }] }), lint('a.txt', { message: 'more' }), lint('c.txt', { severity: 'information' }), lint('b.png', { severity: 'hint', code: 'tiny-picture' })], await memoryDataset({ 'b.png': null, 'a.txt': 'x' }));
    changed.fire(live);
    const [first, second] = problems.get('/set/a.txt')!;
    assert.deepEqual([first!.range, first!.severity, first!.source, first!.code, first!.relatedInformation?.map(({ message, location }) => [message, location.uri.path])], [new FakeRange(1, 2, 1, 5), 0, 'easel', 'empty-caption', [['b.txt', '/set/b.txt']]]);
    assert.deepEqual([second!.range, second!.severity, second!.message, second!.relatedInformation], [new FakeRange(0, 0), 1, 'more', undefined]);
    assert.equal(problems.get('/set/c.txt')?.[0]?.severity, 2);
    // At a picture there are no quick fixes: its code leads to the panel.
    const [picture] = problems.get('/set/b.png')!;
    assert.deepEqual([picture!.severity, picture!.code], [3, { value: 'tiny-picture', target: `command:easel.openDataset?${encodeURIComponent('["file:///set","b.png"]')}` }]);
    (live as { lints: readonly Lint[] }).lints = [lint('b.png')];
    changed.fire(live);
    assert.deepEqual(messages(), { '/set/b.png': ['b.png says nothing'] });
    left.fire(live);
    assert.deepEqual(messages(), {});
    dispose();
    assert.equal(isDisposed, true);
  });

  it('are no more than Problems can show', () => {
    changed.fire(dataset('/set', Array.from({ length: 2500 }, (_, index) => lint(`${index}.txt`))));
    assert.equal(problems.size, 2000);
  });

  it('of a set stay when those of another that holds the same files go', () => {
    const [outer, inner] = [dataset('/set', [lint('in/a.txt', { message: 'outer' })]), dataset('/set/in', [lint('a.txt', { message: 'inner' }), lint('b.txt')])];
    changed.fire(outer);
    changed.fire(inner);
    (inner as { lints: readonly Lint[] }).lints = [];
    changed.fire(inner);
    assert.deepEqual(messages(), { '/set/in/a.txt': ['outer'] });
    (inner as { lints: readonly Lint[] }).lints = [lint('a.txt', { message: 'inner' })];
    changed.fire(inner);
    left.fire(inner);
    assert.deepEqual(messages(), { '/set/in/a.txt': ['outer'] });
    left.fire(outer);
    assert.deepEqual(messages(), {});
  });

  it('have quick fixes where they stand, for the text they were made of', async () => {
    const text = `${GONE}\n${LOST}\n${HERE}\n`;
    files.disk.set('/set/metadata.jsonl', text);
    const document = (await files.open('/set/metadata.jsonl')) as unknown as TextDocument & { type(text: string): void };
    const read = await memoryDataset({ 'metadata.jsonl': text, 'a.png': null });
    const lints = await lintDataset(read);
    const { where, fix } = lints.find((one) => one.where.range?.from.line === 1) ?? assert.fail();
    // Another remark in the same place, and one in another file.
    const live = dataset('/set', [...lints, lint('metadata.jsonl', { where }), lint('x.txt', { where: { ...where, file: 'x.txt' }, fix })], read);
    changed.fire(live);
    const fixes = await fixesAt(document, new FakeRange(1, 20, 1, 20));
    assert.deepEqual(fixes.map(({ title, kind, isPreferred, diagnostics }) => [title, kind, isPreferred, diagnostics.map(({ range }) => Math.floor(range.start / 1000))]), [['Remove This Line', 'quickfix', false, [1]]]);
    const [{ uri, range, text: newText } = assert.fail()] = fixes[0]!.edit.edits;
    assert.deepEqual([uri.path, text.slice(0, range!.start) + newText + text.slice(range!.end)], ['/set/metadata.jsonl', `${GONE}\n${HERE}\n`]);
    assert.deepEqual(await fixesAt(document, new FakeRange(2, 0, 2, 5)), []);
    document.type(`\n${text}`); // remarks follow half a second later
    assert.deepEqual(await fixesAt(document, new FakeRange(1, 20, 1, 20)), []);
    document.type(text);
    inUse = [];
    assert.deepEqual(await fixesAt(document, new FakeRange(1, 20, 1, 20)), []);
  });

  it('prefer the fix of a typo', async () => {
    const texts = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`${index}.txt`, index === 0 ? 'a yelow bird' : 'a yellow bird']));
    const read = await memoryDataset({ ...texts, ...Object.fromEntries(Object.keys(texts).map((name) => [name.replace('txt', 'png'), null])) });
    files.disk.set('/set/0.txt', texts['0.txt']!);
    dataset('/set', await lintDataset(read), read);
    const [fix] = await fixesAt((await files.open('/set/0.txt')) as never, new FakeRange(0, 3, 0, 3));
    assert.deepEqual([fix?.isPreferred, fix?.edit.edits[0]?.text], [true, 'yellow']);
  });
});
