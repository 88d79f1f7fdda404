import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';

describe('the thumbnail process', () => {
  let folder: string;
  let child: ChildProcess;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'easel-thumbnails-'));
    // Noise, which compresses worst of all.
    const noise = { create: { width: 900, height: 600, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 60 } } } as const;
    await sharp(noise).png().toFile(join(folder, 'noise.png'));
    writeFileSync(join(folder, 'text.png'), 'no picture');
    child = fork(join(__dirname, 'thumbnail-child.ts'), [], { execArgv: ['--import', 'tsx'], serialization: 'advanced' });
  });
  after(() => {
    if (child.exitCode === null) child.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (question: { id: number; path: string; side: number; limit: number }) => {
    const answered = once(child, 'message');
    child.send(question);
    const [answer] = (await answered) as [{ id: number; data: Uint8Array | null }];
    assert.equal(answer.id, question.id);
    return answer.data;
  };

  it('scales the worst picture into the bytes and the side it is given', async () => {
    for (const [side, limit] of [[48, 6000], [256, 60_000]] as const) {
      const data = await ask({ id: side, path: join(folder, 'noise.png'), side, limit });
      assert.ok(data && data.length <= limit, `${data?.length} bytes`);
      const { width, height } = await sharp(data).metadata();
      assert.deepEqual([width, height], [side, Math.round((side * 2) / 3)]);
    }
  });

  it('answers null for what is no picture, is not there, or does not fit', async () => {
    assert.equal(await ask({ id: 1, path: join(folder, 'text.png'), side: 48, limit: 6000 }), null);
    assert.equal(await ask({ id: 2, path: join(folder, 'gone.png'), side: 48, limit: 6000 }), null);
    assert.equal(await ask({ id: 3, path: join(folder, 'noise.png'), side: 256, limit: 256 }), null);
  });

  it('lives on after a message that is not a question', async () => {
    child.send({ path: 7 });
    assert.ok(await ask({ id: 4, path: join(folder, 'noise.png'), side: 48, limit: 6000 }));
  });

  it('ends with its parent', async () => {
    const ended = once(child, 'exit');
    child.disconnect();
    assert.deepEqual(await ended, [0, null]);
  });
});
