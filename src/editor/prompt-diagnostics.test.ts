import assert from 'node:assert/strict';
import { contextWith } from '../prompt/test-support';
import type { Diagnostic } from '../prompt';
import type { PromptDiagnostics } from './prompt-diagnostics';
import { FakeRange, FakeWorkspaceEdit } from './test-support/fake-files';
import { FakeDocument, fakeUri, replaced, vscode } from './test-support/with-vscode';

class FakeDiagnostic {
  source?: string;
  code?: string;
  tags?: number[];
  constructor(readonly range: FakeRange, readonly message: string, readonly severity: number) {}
}

class FakeAction {
  diagnostics: FakeDiagnostic[] = [];
  edit?: FakeWorkspaceEdit;
  constructor(readonly title: string, readonly kind: string) {}
}

describe('the remarks on a prompt file in Problems', () => {
  let shown: Map<string, FakeDiagnostic[]>;
  let restore: (() => void)[];
  let document: FakeDocument;
  let diagnostics: PromptDiagnostics;
  let settled: { event: (listener: (document: FakeDocument) => void) => { dispose(): void }; fire(document: FakeDocument): void };
  let changed: typeof settled;
  let closed: typeof settled;
  let warnings: string[];
  /** What models and adapters say; `slow` holds back the context until it is called. */
  let lints: Diagnostic[];
  let named: Diagnostic[];
  let checked: string[][];
  let slow: Promise<void>;
  let get: (document: FakeDocument) => Promise<unknown>;
  let actions: (document: FakeDocument, range: unknown, context: { diagnostics: FakeDiagnostic[] }) => FakeAction[];
  const at = (text: string, part: string, more: Partial<Diagnostic> = {}): Diagnostic => ({ span: { start: text.indexOf(part), end: text.indexOf(part) + part.length }, severity: 'warning', code: 'x', message: part, ...more });
  const said = (uri = document.uri) => shown.get(uri.toString())?.map(({ range, code }) => [code, document.getText().slice(range.start, range.end)]);
  const done = () => new Promise((resolve) => setImmediate(resolve));

  beforeEach(async () => {
    shown = new Map();
    const collection = { set: (uri: object, all: FakeDiagnostic[]) => shown.set(String(uri), all), get: (uri: object) => shown.get(String(uri)), delete: (uri: object) => shown.delete(String(uri)), dispose: () => shown.clear() };
    restore = [
      replaced(vscode, { Range: FakeRange, WorkspaceEdit: FakeWorkspaceEdit, Diagnostic: FakeDiagnostic, CodeAction: FakeAction, DiagnosticTag: { Unnecessary: 1 } }),
      replaced(vscode.languages, {
        createDiagnosticCollection: () => collection,
        registerCodeActionsProvider: (_selector: unknown, provider: { provideCodeActions: typeof actions }) => (actions = provider.provideCodeActions),
      }),
    ];
    document = new FakeDocument('heart');
    [settled, changed, closed] = [new vscode.EventEmitter<FakeDocument>(), new vscode.EventEmitter<FakeDocument>(), new vscode.EventEmitter<FakeDocument>()];
    [warnings, lints, named, checked, slow] = [[], [], [], [], Promise.resolve()];
    const real = new (await import('./prompt-files')).PromptFiles();
    const files = { parse: real.parse.bind(real), onDidSettle: settled.event, onDidClose: closed.event, open: () => [document] };
    get = async (asked) => {
      const prompt = real.parse(asked as never);
      await slow;
      return prompt && { prompt, context: contextWith(), root: '/' };
    };
    const lint = { check: (_found: unknown, expanded: { block: { name: string } }[]) => Promise.resolve((checked.push(expanded.map(({ block }) => block.name)), lints)) };
    const loaded = await import('./prompt-diagnostics');
    diagnostics = new loaded.PromptDiagnostics(files as never, { get: (asked: FakeDocument) => get(asked), onDidChange: changed.event } as never, lint as never, { check: () => Promise.resolve(named) } as never, { warn: (line: string) => warnings.push(line) } as never);
  });
  afterEach(() => restore.forEach((one) => one()));
  /** The editor with the file open in it. */
  const open = async (text: string) => {
    document.type(text);
    diagnostics.register({ subscriptions: [] } as never);
    await done();
  };

  it('are the language\'s, those of its expansion, the model\'s and the adapters\', each once', async () => {
    const text = 'a {red|blue} __gone__ <x>\nsteps: none, Model: missing, Seed: 1';
    lints = [at(text, 'red'), at(text, 'red', { message: 'another' }), at(text, 'red')];
    named = [at(text, '<x>', { code: 'unknown-tokens' }), at(text, 'red')];
    await open(text);
    assert.deepEqual(said()?.map(([code]) => code), ['invalid-value', 'unknown-wildcard', 'x', 'x', 'unknown-tokens']);
    assert.deepEqual([warnings, checked], [[], [['icons']]]);
  });

  it('are there at once as far as they need no disk, and go with the fence that held them', async () => {
    let answer = () => {};
    slow = new Promise((resolve) => (answer = resolve));
    document = new FakeDocument('', 'markdown', fakeUri('/work/notes.md'));
    const text = '```t2i\n{heart\n```\n';
    lints = [at(text, 'heart')];
    await open(text);
    assert.deepEqual(said()?.map(([code]) => code), ['unbalanced-brace']);
    answer();
    await done();
    assert.deepEqual(said()?.map(([code]) => code), ['unbalanced-brace', 'x']);
    settled.fire(document.type('no fence'));
    assert.equal(said(), undefined);
  });

  it('of a text that was typed over, or closed, meanwhile are not shown', async () => {
    let answer = () => {};
    slow = new Promise((resolve) => (answer = resolve));
    lints = [at('heart', 'heart')];
    await open('heart');
    document.type('star');
    answer();
    await done();
    assert.deepEqual([said(), checked], [[], []]);
    slow = Promise.resolve();
    settled.fire(document);
    document.isClosed = true;
    closed.fire(document);
    await done();
    assert.equal(said(), undefined);
    document.isClosed = false;
    changed.fire(document); // what it names has changed on the disk
    await done();
    assert.equal(said()?.length, 1);
    diagnostics.dispose();
    assert.equal(shown.size, 0);
  });

  it('keep those of the language where the disk cannot be asked, and say so in the log', async () => {
    get = () => Promise.reject(new Error('no disk'));
    await open('{heart');
    assert.deepEqual([said()?.map(([code]) => code), warnings], [['unbalanced-brace'], ['checking /work/icons.t2i: Error: no disk']]);
    get = () => Promise.resolve(undefined);
    settled.fire(document);
    await done();
    assert.deepEqual([said()?.length, warnings.length], [1, 1]);
  });

  it('are of no more blocks than can be expanded while one types', async () => {
    await open(Array.from({ length: 201 }, (_, i) => `# b${i}\nheart\n`).join(''));
    assert.deepEqual([checked[0]?.length, checked[0]?.at(-1)], [200, 'b199']);
  });

  it('say how grave they are, and grey out what is unused', async () => {
    const text = 'a b c d e';
    lints = (['error', 'warning', 'information', 'hint', 'hint'] as const).map((severity, i) => at(text, 'abcde'[i]!, { severity, code: i === 4 ? 'unused' : 'x' }));
    await open(text);
    assert.deepEqual(shown.get(String(document.uri))!.map(({ severity, source, tags }) => [severity, source, tags]), [[0, 'easel', undefined], [1, 'easel', undefined], [2, 'easel', undefined], [3, 'easel', undefined], [3, 'easel', [1]]]);
  });

  it('have their quick fixes where they stand: each its own, also where another says something of the same word', async () => {
    const text = 'haert haert';
    const fix = (newText: string, start = 0) => ({ title: `Change to “${newText}”`, span: { start, end: start + 5 }, newText });
    lints = [at(text, 'haert', { message: 'a', fix: fix('heart') }), at(text, 'haert', { message: 'b', fix: fix('hear') }), { ...at(text, 'haert', { message: 'a', fix: fix('heart', 6) }), span: { start: 6, end: 11 } }, at(text, 'haert', { code: 'other', message: 'a' })];
    await open(text);
    const copies = shown.get(String(document.uri))!.map(({ range, message, severity, code }) => Object.assign(new FakeDiagnostic(range, message, severity), { code }));
    const found = actions(document, null, { diagnostics: copies });
    assert.deepEqual(found.map(({ title, kind, diagnostics: [of], edit }) => [title, kind, of?.message, ...edit!.edits.map(({ range, text: put, uri }) => [range?.start, range?.end, put, String(uri)])]), [
      ['Change to “heart”', 'quickfix', 'a', [0, 5, 'heart', String(document.uri)]],
      ['Change to “hear”', 'quickfix', 'b', [0, 5, 'hear', String(document.uri)]],
      ['Change to “heart”', 'quickfix', 'a', [6, 11, 'heart', String(document.uri)]],
    ]);
    shown.clear();
    assert.deepEqual(actions(document, null, { diagnostics: copies }), []);
  });
});
