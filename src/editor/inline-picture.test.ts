import assert from 'node:assert/strict';
import { crc32, deflateSync } from 'node:zlib';
import { inlinePicture } from './inline-picture';

function chunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([head, body, sum]);
}

/** A red picture of 64×64, with a text of so many bytes. */
function icon(text = 0): Buffer {
  const header = Buffer.from([0, 0, 0, 64, 0, 0, 0, 64, 8, 2, 0, 0, 0]);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(64 * 3, Buffer.from([200, 30, 40]))]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: 64 }, () => row)));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...(text > 0 ? [chunk('tEXt', Buffer.alloc(text, 'x'))] : []),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('a small picture inside a data URI', () => {
  it('keeps the pixels and leaves the text out', () => {
    const uri = inlinePicture(icon(50_000), 8192);
    assert.equal(uri, `data:image/png;base64,${icon().toString('base64')}`);
  });

  it('refuses what would be longer than the limit', () => {
    const { length } = inlinePicture(icon(), 8192) ?? '';
    assert.ok(length > 100);
    assert.ok(inlinePicture(icon(), length));
    assert.equal(inlinePicture(icon(), length - 1), undefined);
  });

  it('refuses what is no PNG and what ends inside a chunk', () => {
    const png = icon();
    assert.equal(inlinePicture(Buffer.from('version https://git-lfs.github.com/spec/v1'), 8192), undefined);
    for (let length = 0; length < png.length; length++) assert.equal(inlinePicture(png.subarray(0, length), 8192), undefined);
  });
});
