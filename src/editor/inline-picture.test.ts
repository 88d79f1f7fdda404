import assert from 'node:assert/strict';
import sharp from 'sharp';
import { inlinePicture } from './inline-picture';

/** 64×64 of noise-free colours, as the icon model draws. */
const icon = (pixels = 64) => sharp({ create: { width: pixels, height: pixels, channels: 3, background: { r: 200, g: 30, b: 40 } } }).png().toBuffer();

/** Adds a tEXt chunk after IHDR; its checksum is not looked at. */
function withText(png: Buffer, bytes: number): Buffer {
  const chunk = Buffer.alloc(12 + bytes, 'x');
  chunk.writeUInt32BE(bytes, 0);
  chunk.write('tEXt', 4, 'latin1');
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}

describe('a small picture inside a data URI', () => {
  it('keeps the pixels and leaves the text out', async () => {
    const uri = inlinePicture(withText(await icon(), 50_000), 8192);
    assert.ok(uri?.startsWith('data:image/png;base64,'));
    const shown = Buffer.from(uri.split(',')[1] ?? '', 'base64');
    assert.ok(!shown.includes('tEXt'));
    const { info } = await sharp(shown).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [64, 64]);
  });

  it('refuses what would be longer than the limit', async () => {
    const uri = inlinePicture(await icon(), 8192) ?? '';
    assert.equal(inlinePicture(await icon(), uri.length - 1), undefined);
  });

  it('refuses what is no PNG and what ends inside a chunk', async () => {
    const png = await icon();
    assert.equal(inlinePicture(Buffer.from('version https://git-lfs.github.com/spec/v1'), 8192), undefined);
    for (const length of [0, 7, 8, 20, png.length - 13, png.length - 1]) assert.equal(inlinePicture(png.subarray(0, length), 8192), undefined);
  });
});
