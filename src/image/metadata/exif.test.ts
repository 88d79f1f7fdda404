import assert from 'node:assert/strict';
import { readExifTexts } from './exif';

interface Entry {
  tag: number;
  /** The entry's type; its bytes are what is read. */
  type: number;
  bytes: Uint8Array;
}

/** A TIFF block: Make, Model and others in the first directory, UserComment in EXIF's own. Values of more than four bytes lie behind. */
function tiff({ main = [], comment, little = false }: { main?: Entry[]; comment?: Uint8Array; little?: boolean }): Buffer {
  const own = comment === undefined ? [] : [{ tag: 0x9286, type: 7, bytes: comment }];
  const size = (entries: number) => 2 + entries * 12 + 4;
  const exifAt = 8 + size(main.length + 1);
  let next = exifAt + size(own.length);
  const block = Buffer.alloc(next + [...main, ...own].reduce((sum, { bytes }) => sum + bytes.length, 0));
  const u16 = (value: number, at: number) => (little ? block.writeUInt16LE(value, at) : block.writeUInt16BE(value, at));
  const u32 = (value: number, at: number) => (little ? block.writeUInt32LE(value, at) : block.writeUInt32BE(value, at));
  const directory = (entries: Entry[], at: number) => {
    u16(entries.length, at);
    for (const [i, { tag, type, bytes }] of entries.entries()) {
      const place = at + 2 + i * 12;
      u16(tag, place);
      u16(type, place + 2);
      u32(bytes.length, place + 4);
      if (bytes.length <= 4) block.set(bytes, place + 8);
      else {
        u32(next, place + 8);
        block.set(bytes, next);
        next += bytes.length;
      }
    }
  };
  block.write(little ? 'II' : 'MM', 0, 'latin1');
  u16(42, 2);
  u32(8, 4);
  directory([...main, { tag: 0x8769, type: 4, bytes: new Uint8Array(0) }], 8);
  u32(1, 8 + 2 + main.length * 12 + 4);
  u32(exifAt, 8 + 2 + main.length * 12 + 8);
  directory(own, exifAt);
  return block;
}
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const commentOf = (comment: Uint8Array, little = false) => readExifTexts(tiff({ comment, little })).userComment;
const utf16 = (text: string, little: boolean) => (little ? Buffer.from(text, 'utf16le') : Buffer.from(text, 'utf16le').swap16());

describe('EXIF', () => {
  it('tells Make, Model and UserComment in either byte order, with or without its own head', () => {
    for (const little of [false, true]) {
      const block = tiff({ little, main: [{ tag: 0x010f, type: 2, bytes: latin1('workflow:{}\0') }, { tag: 0x0112, type: 3, bytes: Uint8Array.of(0, 1) }, { tag: 0x0110, type: 2, bytes: latin1('abc\0') }], comment: latin1('ASCII\0\0\0a red heart') });
      const expected = { make: 'workflow:{}', model: 'abc', userComment: 'a red heart' };
      assert.deepEqual(readExifTexts(block), expected);
      assert.deepEqual(readExifTexts(Buffer.concat([latin1('Exif\0\0'), block])), expected);
      // The bytes may be a part of a larger buffer.
      assert.deepEqual(readExifTexts(Buffer.concat([latin1('xxx'), block, latin1('yyy')]).subarray(3, 3 + block.length)), expected);
    }
  });

  it('reads a comment by its character code', () => {
    assert.equal(commentOf(latin1('ASCII\0\0\0a\0\0')), 'a');
    assert.equal(commentOf(Buffer.concat([Buffer.alloc(8), Buffer.from('日本')])), '日本');
    assert.equal(commentOf(Buffer.from('no code at all')), 'no code at all');
    for (const order of [false, true]) for (const little of [false, true]) assert.equal(commentOf(Buffer.concat([latin1('UNICODE\0'), utf16('a red 日本 heart\0', order)]), little), 'a red 日本 heart');
  });

  it('takes an empty comment for none: cameras leave room for one', () => {
    for (const comment of [latin1('ASCII\0\0\0'), latin1('ASCII\0\0\0     \0\0\0'), Buffer.alloc(64), Buffer.concat([latin1('UNICODE\0'), utf16('  \0', false)])]) assert.deepEqual(readExifTexts(tiff({ comment })), {});
  });

  it('says nothing of what is none, or ends before it says anything', () => {
    for (const bytes of [Buffer.alloc(0), latin1('II'), latin1('XX*\0\x08\0\0\0'), latin1('Exif\0\0'), latin1('MM\0*\xff\xff\xff\xff')]) assert.deepEqual(readExifTexts(bytes), {});
    const whole = tiff({ comment: latin1('ASCII\0\0\0a red heart') });
    for (let end = 0; end < whole.length; end++) assert.doesNotThrow(() => readExifTexts(whole.subarray(0, end)));
    assert.equal(readExifTexts(whole.subarray(0, -1)).userComment, 'a red hear');
  });
});
