import assert from 'node:assert/strict';
import { EngineError } from '../../engine/engine';
import { PanelState } from '../../messages';
import { parseT2i } from '../../prompt/test-support';
import { FakeDocument, replaced, vscode } from '../test-support/with-vscode';
import type { panelState } from './panel-state';

/** A place of a file, as a page may load it. */
class PageUri {
  constructor(readonly text: string) {}
  static file(path: string): PageUri { return new PageUri(`file://${path}`); }
  with({ query }: { query: string }): PageUri { return new PageUri(`${this.text}?${query}`); }
  toString(): string { return this.text; }
}

describe('what the picture panel is told of a block', () => {
  type Parts = Parameters<typeof panelState>[1];
  let restore: (() => void)[];
  let make: typeof panelState;
  const told = (text: string, more: Partial<Record<keyof Parts, unknown>> = {}) => {
    const parts = { document: new FakeDocument(text), block: parseT2i(text).blocks[0], identity: { uri: 'file:///work/icons.t2i', name: 'now', nth: 2 }, status: undefined, job: undefined, failure: undefined, candidates: [], announcement: '', ...more };
    const webview = { asWebviewUri: (uri: PageUri) => new PageUri(uri.text.replace('file://', 'page:/')) };
    return PanelState.parse(make(webview as never, parts as unknown as Parts));
  };
  const picture = (path: string, more: object = {}) => ({ path, version: 12.5, infotext: null, seed: null, ...more });
  beforeEach(async () => {
    restore = [
      replaced(vscode, { Uri: PageUri }),
      replaced(vscode.workspace, { asRelativePath: (uri: object, withFolder: boolean) => { assert.equal(withFolder, false); return String(uri).replace('file:///work/', ''); } }),
    ];
    make = (await import('./panel-state')).panelState;
  });
  afterEach(() => restore.forEach((one) => one()));

  it('is what there is, while its pictures are being read', () => {
    assert.deepEqual(told('# heart\na red\n  heart'), {
      memory: { uri: 'file:///work/icons.t2i', block: 'now', nth: 2 }, file: 'icons.t2i', block: 'heart', state: 'checking', stateLabel: 'checking', reasons: [],
      pictures: [], candidates: [], job: null, error: null, announcement: '',
    });
  });

  it('is its state with the reasons, and its pictures and candidates, each a new one when its file changes', () => {
    const status = { state: 'stale', modelVerified: true, reasons: ['another prompt'], pictures: [picture('/work/a.png', { infotext: 'heart' }), picture('/work/b b.png')] };
    const state = told('# heart\na red\n\n heart', { status, candidates: [picture('/work/h/1.png', { seed: '7' }), picture('/work/h/2.png', { version: 3 })], announcement: 'heart is drawn' });
    assert.deepEqual([state.state, state.stateLabel, state.reasons, state.announcement], ['stale', 'stale', ['another prompt'], 'heart is drawn']);
    assert.deepEqual(state.pictures, [
      { id: 'picture-0', uri: 'page://work/a.png?version=12.5', alt: 'a red heart', caption: 'a.png', infotext: 'heart' },
      { id: 'picture-1', uri: 'page://work/b b.png?version=12.5', alt: 'a red heart', caption: 'b b.png', infotext: null },
    ]);
    assert.deepEqual(state.candidates.map(({ id, uri, caption, alt }) => [id, uri, caption, alt]), [['candidate-0', 'page://work/h/1.png?version=12.5', 'seed {0}', 'a red heart'], ['candidate-1', 'page://work/h/2.png?version=3', 'seed {0}', 'a red heart']]);
    assert.equal(told('x', { status: { ...status, state: 'fresh', modelVerified: false } }).stateLabel, 'fresh (model not verified)');
  });

  it('calls a candidate by its seed, if it says one', () => {
    const said = replaced(vscode, { l10n: { t: (message: string, ...args: unknown[]) => message.replace('{0}', String(args[0])) } });
    assert.deepEqual(told('x', { candidates: [picture('/1.png', { seed: '7' }), picture('/2.png')] }).candidates.map(({ caption }) => caption), ['seed 7', 'seed ?']);
    said();
  });

  it('is a running job in place of the failure before it', () => {
    const failure = new EngineError('crashed', 'the engine ended');
    const job = (progress: object | null) => ({ total: 1, done: 0, progress, cancelling: true });
    assert.deepEqual(told('x', { job: job(null), failure }).job, { label: 'starting the engine', step: 0, steps: 0, cancelling: true });
    const running = told('x', { job: job({ phase: 'denoising', step: 3, steps: 20 }), failure });
    assert.deepEqual([running.job, running.error], [{ label: 'step {0} of {1}', step: 3, steps: 20, cancelling: true }, null]);
    assert.deepEqual(told('x', { failure }).error, { message: 'the engine ended', action: { id: 'retry', label: 'Generate Again' } });
  });

  it('describes a picture by its prompt on one line, not too long and never half a letter; by its name where there is no prompt', () => {
    const alt = (text: string) => told(text, { status: { state: 'fresh', modelVerified: true, reasons: [], pictures: [picture('/a.png')] } }).pictures[0]!.alt;
    const long = 'a'.repeat(160);
    assert.equal(alt(long), long);
    assert.equal(alt(`${long}b`), `${'a'.repeat(159)}…`);
    assert.equal(alt(`${'a'.repeat(158)}🐒🐒`), `${'a'.repeat(158)}…`);
    assert.equal(alt(`${'a'.repeat(157)}🐒🐒`), `${'a'.repeat(157)}🐒…`);
    assert.equal(alt('# heart\nNegative prompt: x'), 'heart');
  });
});
