import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { pngChunk, readPngChunks } from './png-chunks';
import { tinyPng } from './test-support/tiny-png';
import { readTextChunks, setTextChunks } from './text-chunks';

const read = (png: Uint8Array) => readTextChunks(readPngChunks(png).chunks);
const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe('text chunks', () => {
  it('read back what was set, whatever the text', () => {
    const png = tinyPng();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 300 }), (parameters, easel) => {
        const { texts, problems } = read(setTextChunks(png, { parameters, easel }));
        assert.equal(texts.get('parameters'), parameters.replaceAll('\0', '\ufffd'));
        assert.equal(texts.get('easel'), easel.replaceAll('\0', '\ufffd'));
        assert.equal(problems.size, 0);
      }),
    );
  });

  it('are latin-1 tEXt when every character has a place there, else UTF-8 iTXt, in front of the pixels', () => {
    const types = (text: string, png: Uint8Array) => readPngChunks(setTextChunks(png, { parameters: text })).chunks.map(({ type }) => type);
    const png = tinyPng();
    assert.deepEqual(types('café\nred', png).filter((type) => type.endsWith('Xt') || type.endsWith('XT') || type === 'IDAT'), ['tEXt', 'IDAT']);
    assert.deepEqual(types('日本', png).filter((type) => type.endsWith('Xt') || type.endsWith('XT') || type === 'IDAT'), ['iTXt', 'IDAT']);
  });

  it('leave every other chunk byte for byte and in order, and what follows IEND too', () => {
    const foreign = [pngChunk('prVt', Uint8Array.of(1, 2, 3)), pngChunk('tEXt', latin1('workflow\0{"nodes": []}'))];
    const damaged = pngChunk('abCd', Uint8Array.of(9));
    damaged.raw[damaged.raw.length - 1] = (damaged.raw.at(-1) ?? 0) ^ 0xff;
    const png = Buffer.concat([tinyPng([...foreign, damaged], [pngChunk('comf', Uint8Array.of(7))]), Buffer.from('tail')]);
    const written = setTextChunks(setTextChunks(png, { parameters: 'old', easel: '{}' }), { parameters: 'new', easel: '{}' });
    const others = (bytes: Uint8Array) =>
      readPngChunks(bytes).chunks.filter(({ data }) => !/^(parameters|easel)\0/.test(Buffer.from(data).toString('latin1'))).map(({ raw }) => Buffer.from(raw).toString('hex'));
    assert.deepEqual(others(written), others(png));
    assert.ok(Buffer.from(written).toString('latin1').endsWith('tail'));
    assert.equal(read(written).texts.get('parameters'), 'new');
    assert.equal(readPngChunks(written).chunks.filter(({ type }) => type === 'tEXt').length, 3);
  });

  it('are read from zTXt, compressed iTXt, and after the pixels', () => {
    const png = tinyPng(
      [pngChunk('zTXt', Buffer.concat([latin1('one\0\0'), deflateSync(latin1('é'))]))],
      [pngChunk('iTXt', Buffer.concat([latin1('two\0\x01\0en\0zwei\0'), deflateSync(Buffer.from('日本'))]))],
    );
    assert.deepEqual([...read(png).texts], [['one', 'é'], ['two', '日本']]);
  });

  it('that inflate past 1 MiB, are damaged or malformed are named, not read', () => {
    const bomb = pngChunk('zTXt', Buffer.concat([latin1('bomb\0\0'), deflateSync(Buffer.alloc(2 << 20))]));
    const flipped = pngChunk('tEXt', latin1('flipped\0text'));
    flipped.raw[12] = (flipped.raw[12] ?? 0) ^ 1;
    const short = pngChunk('iTXt', latin1('short\0\0'));
    const { texts, problems } = read(tinyPng([bomb, flipped, short]));
    assert.equal(texts.size, 0);
    assert.equal(problems.size, 3);
    assert.match(problems.get('bomb') ?? '', /over 1 MiB/);
  });

  it('past 64 MiB in all are named, not read', () => {
    const chunks = Array.from({ length: 66 }, (_, index) => pngChunk('tEXt', latin1(`k${index}\0${'x'.repeat(1 << 20)}`)));
    const { texts, problems } = read(tinyPng(chunks));
    assert.equal(texts.size, 64);
    assert.match(problems.get('k65') ?? '', /64 MiB/);
  });
});

describe('PNG chunks', () => {
  it('of a file cut short or with a length past its end are read as far as they are whole', () => {
    const png = tinyPng([pngChunk('tEXt', latin1('a\0b'))]);
    for (let length = 8; length < png.length; length++) assert.equal(readPngChunks(png.subarray(0, length)).complete, false);
    const huge = Buffer.from(png);
    huge.writeUInt32BE(0xffffffff, 8);
    assert.deepEqual(readPngChunks(huge).chunks, []);
  });
});
