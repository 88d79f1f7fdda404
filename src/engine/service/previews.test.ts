import assert from 'node:assert/strict';
import type { Preview } from '../engine';
import { PREVIEW_LIMIT } from '../protocol';
import { Previews } from './previews';

const picture = () => new Uint8Array(3);
const encoded = (bytes: number) => async () => ({ mimeType: 'image/png' as const, data: new Uint8Array(bytes) });
const settle = () => new Promise((done) => setImmediate(done));

describe('previews', () => {
  it('show the newest of those that came while one was encoded', async () => {
    const shown: number[] = [];
    let time = 0;
    let release: () => void = () => {};
    const slow = async () => {
      await new Promise<void>((done) => (release = done));
      return { mimeType: 'image/png' as const, data: new Uint8Array(1) };
    };
    const previews = new Previews(slow, ({ step }) => shown.push(step), () => (time += 1000));
    for (const step of [1, 2, 3]) previews.offer(picture, 1, 1, step);
    release();
    await settle();
    release();
    await settle();
    assert.deepEqual(shown, [1, 3]);
  });

  it('come at most ten times a second', async () => {
    const shown: Preview[] = [];
    const asked: number[] = [];
    let time = 0;
    const previews = new Previews(encoded(1), (preview) => shown.push(preview), () => time);
    for (let step = 0; step < 30; step++, time += 20) {
      previews.offer(() => (asked.push(step), picture()), 1, 1, step);
      await settle();
    }
    assert.deepEqual(shown.map(({ step }) => step), [0, 5, 10, 15, 20, 25]);
    assert.deepEqual(asked, [0, 5, 10, 15, 20, 25], 'none is computed to be thrown away');
  });

  it('over 48 KiB, or after the end, are not shown', async () => {
    const shown: Preview[] = [];
    const large = new Previews(encoded(PREVIEW_LIMIT + 1), (preview) => shown.push(preview));
    large.offer(picture, 1, 1, 1);
    const ended = new Previews(encoded(1), (preview) => shown.push(preview));
    ended.stop();
    ended.offer(picture, 1, 1, 1);
    await settle();
    assert.deepEqual(shown, []);
  });
});
