import assert from 'node:assert/strict';
import type { GenerateLens } from './generate-lens';
import { FakeRange } from './test-support/fake-files';
import { FakeDocument, fakeUri, replaced, vscode } from './test-support/with-vscode';

class FakeLens { constructor(readonly range: FakeRange, readonly command: { command: string; title: string; tooltip: string; arguments: unknown[] }) {} }

describe('the lenses above blocks', () => {
  let restore: (() => void)[];
  let settings: Record<string, unknown>;
  let lens: GenerateLens;
  let status: Record<string, object>;
  let jobs: Record<string, object>;
  let states: InstanceType<typeof vscode.EventEmitter<void>>;
  let moved: typeof states;
  let configured: InstanceType<typeof vscode.EventEmitter<{ affectsConfiguration: (section: string) => boolean }>>;
  let trusted: typeof states;
  const lenses = (document: FakeDocument) => lens.provideCodeLenses(document as never) as unknown as FakeLens[];
  /** Where, what it says without its icon, and what it does. */
  const said = (document: FakeDocument) => lenses(document).map(({ range, command: { command, title } }) => [range.start, title.replace(/^\$\(.*\)\u00a0/, ''), command.replace('easel.', '')]);
  beforeEach(async () => {
    [status, jobs, settings] = [{}, {}, { 'codeLens.enabled': true }];
    [states, moved, trusted] = [new vscode.EventEmitter<void>(), new vscode.EventEmitter<void>(), new vscode.EventEmitter<void>()];
    configured = new vscode.EventEmitter();
    restore = [
      replaced(vscode, { Range: FakeRange, CodeLens: FakeLens }),
      replaced(vscode.workspace, { getConfiguration: () => ({ get: (key: string) => settings[key] }), onDidChangeConfiguration: configured.event, onDidGrantWorkspaceTrust: trusted.event }),
    ];
    const loaded = await import('./generate-lens');
    const files = new (await import('./prompt-files')).PromptFiles();
    const of = (by: Record<string, object>) => (_document: unknown, block: { name: string }) => by[block.name];
    lens = new loaded.GenerateLens(files, { get: of(status), onDidChange: states.event } as never, { of: of(jobs), onDidChange: moved.event } as never);
  });
  afterEach(() => {
    lens.dispose();
    restore.forEach((one) => one());
  });

  it('stand at each block\'s heading, or where it begins, and know which block they mean', () => {
    const document = new FakeDocument('// of\n# a\nred\n## b\nblue');
    status['a'] = { state: 'stale', modelVerified: true, reasons: ['another prompt', 'another seed'] };
    status['b'] = { state: 'fresh', modelVerified: false, reasons: [] };
    const [a, b] = [document.getText().indexOf('# a'), document.getText().indexOf('## b')];
    assert.deepEqual(said(document).slice(-6), [[a, 'Generate', 'generate'], [a, 'Generate 4', 'generateFour'], [a, 'stale', 'explainState'], [b, 'Generate', 'generate'], [b, 'Generate 4', 'generateFour'], [b, 'fresh (model not verified)', 'explainState']]);
    const all = lenses(document);
    assert.deepEqual(all.map(({ command }) => command.arguments[1]), all.map((_, i) => Math.floor(i / 3)));
    assert.ok(all.every(({ range, command }) => range.start === range.end && command.arguments[0] === document.uri));
    assert.deepEqual(all.find(({ command }) => command.title.endsWith('stale'))?.command.tooltip, 'another prompt\nanother seed');
    assert.deepEqual(said(new FakeDocument('red')), [[0, 'Generate', 'generate'], [0, 'Generate 4', 'generateFour'], [0, 'checking', 'explainState']]);
  });

  it('are a running job\'s while there is one', () => {
    jobs['a'] = { total: 1, done: 0, cancelling: false, progress: { phase: 'decoding' } };
    jobs['b'] = { total: 1, done: 0, cancelling: true, progress: null };
    assert.deepEqual(said(new FakeDocument('# a\nred\n# b\nblue')).map(([, ...rest]) => rest), [['Cancel', 'cancel'], ['decoding', 'openPanel'], ['Cancelling', 'cancel'], ['starting the engine', 'openPanel']]);
  });

  it('are there where a picture has a place, in files that hold prompts, unless they are switched off', () => {
    const at = (scheme: string, isUntitled = false) => Object.assign(new FakeDocument('red', 't2i', Object.assign(fakeUri('/work/icons.t2i'), { scheme })), { isUntitled });
    assert.deepEqual([at('file'), at('vscode-vfs'), at('untitled', true)].map((document) => lenses(document).length), [3, 0, 3]);
    assert.deepEqual(lenses(new FakeDocument('no fence', 'markdown')), []);
    settings['codeLens.enabled'] = false;
    assert.deepEqual(lenses(at('file')), []);
  });

  it('are asked for again when states, jobs, the setting or trust change, no oftener than the editor can follow', () => {
    let told = 0;
    const subscriptions: { dispose(): void }[] = [];
    lens.onDidChangeCodeLenses(() => (told += 1));
    for (const fire of [() => states.fire(), () => moved.fire(), () => trusted.fire(), () => configured.fire({ affectsConfiguration: (section) => section === 'easel.codeLens' })]) {
      lens.register({ subscriptions } as never);
      const before = told;
      configured.fire({ affectsConfiguration: (section) => section === 'easel.engine' });
      assert.equal(told, before);
      fire();
      fire();
      assert.equal(told, before + 1);
      // Each with a pace of its own, so that it is seen alone.
      for (const one of subscriptions.splice(0)) if (one !== lens) one.dispose();
    }
  });
});
