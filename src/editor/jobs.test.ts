import assert from 'node:assert/strict';
import { parse, type Block } from '../prompt';
import type { GenerateResult, JobOptions } from '../engine/engine';
import type { GenerateRequest } from '../prompt';
import { BlockIdentities } from './block-identity';
import type { Jobs } from './jobs';
import { FakeDocument } from './test-support/with-vscode';
import type { TextDocument } from 'vscode';

const block = (name: string) => ({ name, index: 0 }) as Block;
const document = new FakeDocument('heart') as unknown as TextDocument;
const request = (path: string, steps = 1) => ({ width: 64, height: 64, steps, init: null, mask: null, adapters: [], output: { path } }) as unknown as GenerateRequest;

/** An engine that draws at once, or when it is told to; aborted, it says so as the real one does. */
class FakeEngine {
  readonly asked: { paths: string[]; options: JobOptions }[] = [];
  hold: Promise<void> = Promise.resolve();

  async generateTogether(requests: readonly GenerateRequest[], options: JobOptions): Promise<GenerateResult[]> {
    this.asked.push({ paths: requests.map(({ output }) => output.path), options });
    await this.hold;
    if (options.signal?.aborted) throw Object.assign(new Error('cancelled; nothing was written'), { code: 'cancelled' });
    return requests.map(({ output }) => ({ path: output.path }) as GenerateResult);
  }
}

describe('the jobs of a window', () => {
  let engine: FakeEngine;
  let jobs: Jobs;
  let identities: BlockIdentities;
  beforeEach(async () => {
    const loaded = await import('./jobs');
    engine = new FakeEngine();
    identities = new BlockIdentities();
    jobs = new loaded.Jobs(engine, identities);
  });
  afterEach(() => jobs.dispose());

  it('draw a block\'s pictures in order and tell how far they are', async () => {
    const ended: string[] = [];
    jobs.onDidEnd(({ message }) => ended.push(message));
    let seen = 0;
    jobs.onDidChange(() => (seen = Math.max(seen, jobs.of(document, block('a'))?.total ?? 0)));
    assert.deepEqual(await jobs.draw(document, block('a'), [request('/1', 1), request('/2', 2)]), ['/1', '/2']);
    assert.deepEqual([engine.asked.map(({ paths }) => paths), seen, jobs.all(), ended.length], [[['/1'], ['/2']], 2, [], 1]);
  });

  it('are one for a block at a time', async () => {
    let go = () => {};
    engine.hold = new Promise((resolve) => (go = resolve));
    const first = jobs.draw(document, block('a'), [request('/1')]);
    await assert.rejects(jobs.draw(document, block('a'), [request('/1')]), /is being drawn already/);
    const other = jobs.draw(document, block('b'), [request('/2')]);
    assert.deepEqual(jobs.all().map(({ block: { name } }) => name), ['a', 'b']);
    go();
    assert.deepEqual([await first, await other], [['/1'], ['/2']]);
  });

  it('end with their first failure, which is kept until the next begins', async () => {
    const failure = Object.assign(new Error('no such model'), { code: 'bad-request' });
    engine.hold = Promise.reject(failure);
    engine.hold.catch(() => {});
    await assert.rejects(jobs.draw(document, block('a'), [request('/1', 1), request('/2', 2)]), failure);
    assert.deepEqual([engine.asked.length, jobs.failure(document, block('a'))?.error], [1, failure]);
    // Typing may have settled it.
    jobs.forgive(document.uri.toString());
    assert.equal(jobs.failure(document, block('a')), undefined);
  });

  it('are cancelled by block, or all', async () => {
    let go = () => {};
    engine.hold = new Promise((resolve) => (go = resolve));
    const drawing = ['a', 'b', 'c'].map((name) => jobs.draw(document, block(name), [request(`/${name}`)]).catch((error: Error) => error.message));
    assert.deepEqual([jobs.cancel(document.uri.toString(), identities.of(document, block('b'))), jobs.cancel('file:///other')], [1, 0]);
    assert.deepEqual(engine.asked.map(({ options }) => options.signal?.aborted), [false, true, false]);
    assert.equal(jobs.cancel(), 3);
    go();
    assert.deepEqual(new Set(await Promise.all(drawing)), new Set(['cancelled; nothing was written']));
    assert.equal(jobs.failure(document, block('a')), undefined); // cancelling is no failure
  });

  it('are cancelled by a signal, also by one that came while the block was only being looked up', async () => {
    const late = new AbortController();
    let go = () => {};
    engine.hold = new Promise((resolve) => (go = resolve));
    const drawing = jobs.draw(document, block('a'), [request('/1')], late.signal);
    late.abort();
    go();
    await assert.rejects(drawing, /cancelled/);
    await assert.rejects(jobs.draw(document, block('a'), [request('/1')], AbortSignal.abort()), /cancelled/);
    assert.deepEqual(engine.asked.map(({ options }) => options.signal?.aborted), [true, true]);
  });

  it('stay with their block when it is renamed, and are no namesake\'s', async () => {
    const typed = new FakeDocument('');
    const read = (text: string) => {
      const { blocks } = parse(text, { fileName: 'icons.t2i', language: 't2i' });
      identities.follow(typed.type(text) as unknown as TextDocument, blocks);
      return blocks as [Block, Block];
    };
    let go = () => {};
    engine.hold = new Promise((resolve) => (go = resolve));
    const [red, blue] = read('# star\nred\n# star\nblue');
    const drawing = jobs.draw(document, red, [request('/red')]);
    assert.deepEqual([jobs.of(document, red)?.total, jobs.of(document, blue)], [1, undefined]);
    const other = jobs.draw(document, blue, [request('/blue')]);
    const [moon, star] = read('# moon\nred\n# star\nblue');
    await assert.rejects(jobs.draw(document, moon, [request('/moon')]), /is being drawn already/);
    assert.equal(jobs.cancel(document.uri.toString(), identities.of(document, moon)), 1);
    assert.deepEqual([jobs.of(document, moon)?.cancelling, jobs.of(document, star)?.cancelling], [true, false]);
    go();
    await assert.rejects(drawing, /cancelled/);
    assert.deepEqual([await other, jobs.of(document, moon)], [['/blue'], undefined]);
  });
});
