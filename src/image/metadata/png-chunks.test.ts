import assert from 'node:assert/strict';
import { isIntact, isPng, pngChunk, readPngChunks, writePngChunks } from './png-chunks';
import { tinyPng } from './test-support/tiny-png';

const types = (bytes: Uint8Array) => readPngChunks(bytes).chunks.map(({ type }) => type);

describe('PNG chunks', () => {
  it('are known by the signature of their file', () => {
    const png = tinyPng();
    assert.equal(isPng(png), true);
    for (const bytes of [png.subarray(0, 7), Uint8Array.of(0x88, ...png.subarray(1)), png.subarray(1), new Uint8Array()]) assert.equal(isPng(bytes), false);
  });

  it('have length, type, data and a checksum over both', () => {
    const { raw, data, type } = pngChunk('IEND', new Uint8Array());
    assert.equal(Buffer.from(raw).toString('hex'), '0000000049454e44ae426082'); // the end of every PNG there is
    assert.deepEqual([data.length, type], [0, 'IEND']);
    const text = pngChunk('tEXt', Buffer.from('a\0b'));
    assert.deepEqual([text.raw.length, Buffer.from(text.raw.subarray(0, 4)).readUInt32BE(), Buffer.from(text.data).toString('latin1')], [15, 3, 'a\0b']);
  });

  it('come back in their order, byte for byte, with what follows the end', () => {
    const png = Buffer.concat([tinyPng([pngChunk('prVt', Uint8Array.of(1, 2))], [pngChunk('tEXt', Buffer.from('a\0b'))]), Buffer.from('tail')]);
    const file = readPngChunks(png);
    assert.deepEqual(file.chunks.map(({ type }) => type), ['IHDR', 'prVt', 'IDAT', 'tEXt', 'IEND']);
    assert.deepEqual([file.complete, Buffer.from(file.rest).toString()], [true, 'tail']);
    assert.deepEqual(Buffer.from(writePngChunks(file)), png);
    assert.deepEqual([...(file.chunks[1]?.data ?? [])], [1, 2]);
    assert.deepEqual([readPngChunks(tinyPng()).complete, types(tinyPng())], [true, ['IHDR', 'IDAT', 'IEND']]);
    // Views, not copies.
    assert.equal(file.chunks[0]?.raw.buffer, png.buffer);
  });

  it('behind the end are none, however they look', () => {
    assert.deepEqual(types(Buffer.concat([tinyPng(), pngChunk('tEXt', Buffer.from('a\0b')).raw])), ['IHDR', 'IDAT', 'IEND']);
  });

  it('of a file that is cut short are those that are whole', () => {
    const png = tinyPng();
    for (const [cut, expected] of [[1, ['IHDR', 'IDAT']], [13, ['IHDR']], [png.length - 8, []]] as const) {
      const { chunks, complete, rest } = readPngChunks(png.subarray(0, png.length - cut));
      assert.deepEqual([chunks.map(({ type }) => type), complete], [expected, false]);
      assert.equal(8 + chunks.reduce((sum, { raw }) => sum + raw.length, 0) + rest.length, png.length - cut);
    }
    const lying = Buffer.from(png);
    lying.writeUInt32BE(0xffffffff, 8);
    assert.deepEqual([types(lying), readPngChunks(lying).complete], [[], false]);
  });

  it('are intact until a bit of type, data or checksum flips', () => {
    const { raw } = pngChunk('tEXt', Buffer.from('a\0b'));
    const chunk = (bytes: Uint8Array) => ({ type: 'tEXt', data: bytes.subarray(8, -4), raw: bytes });
    assert.equal(isIntact(chunk(raw)), true);
    for (let at = 4; at < raw.length; at++) assert.equal(isIntact(chunk(raw.map((byte, i) => (i === at ? byte ^ 1 : byte)))), false, String(at));
  });
});
