import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeEaselRecord, readPictureMetadata, setTextChunks, type EaselRecord } from '.';
import { pngChunk } from './png-chunks';
import { tinyPng } from './test-support/tiny-png';

const RECORD: EaselRecord = { version: 1, request: { version: 1, prompt: 'caffè 日本 \ud83c\udf39', seed: '18446744073709551615', index: 2, model: { id: 'icon-64', sha256: null } }, engine: { easel: '0.1.0' } };
const A1111 = 'red heart\nNegative prompt: outline\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512';
const text = (keyword: string, value: string) => pngChunk('tEXt', Buffer.from(`${keyword}\0${value}`, 'latin1'));
const withText = (keyword: string, value: string) => readPictureMetadata(tinyPng([text(keyword, value)]));

/** A TIFF block with one directory and an EXIF directory behind it; offsets are those of this layout. */
function exif(comment: Uint8Array, little = false): Buffer {
  const header = Buffer.alloc(44);
  const u16 = (value: number, at: number) => (little ? header.writeUInt16LE(value, at) : header.writeUInt16BE(value, at));
  const u32 = (value: number, at: number) => (little ? header.writeUInt32LE(value, at) : header.writeUInt32BE(value, at));
  header.write(little ? 'II' : 'MM', 0, 'latin1');
  u16(42, 2);
  u32(8, 4);
  u16(1, 8); // IFD0 with one entry: where the EXIF directory is
  u16(0x8769, 10);
  u16(4, 12);
  u32(1, 14);
  u32(26, 18);
  u16(1, 26); // that directory, with UserComment
  u16(0x9286, 28);
  u16(7, 30);
  u32(comment.length, 32);
  u32(44, 36);
  return Buffer.concat([header, comment]);
}
const unicode = (value: string, little: boolean) => {
  const body = Buffer.from(value, 'utf16le');
  return Buffer.concat([Buffer.from('UNICODE\0', 'latin1'), little ? body : body.swap16()]);
};
function jpeg(block: Uint8Array): Buffer {
  const app1 = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), block]);
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(app1.length + 2, 4);
  return Buffer.concat([head, app1, Buffer.from([0xff, 0xc0, 0, 11, 8, 0, 3, 0, 5, 1, 1, 0x11, 0, 0xff, 0xda, 0, 2])]);
}
function webp(chunks: Record<string, Uint8Array>): Buffer {
  const parts = Object.entries(chunks).map(([type, data]) => {
    const head = Buffer.alloc(8);
    head.write(type, 0, 'latin1');
    head.writeUInt32LE(data.length, 4);
    return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
  });
  return Buffer.concat([Buffer.from('RIFF\0\0\0\0WEBP', 'latin1'), ...parts]);
}

describe("a picture's own words", () => {
  it('are read back from what Easel wrote, in ASCII alone', () => {
    const written = encodeEaselRecord(RECORD);
    assert.match(written, /^[\x20-\x7e]*$/);
    const read = readPictureMetadata(setTextChunks(tinyPng(), { parameters: A1111, easel: written }));
    assert.deepEqual([read.tool, read.easel, read.infotext, read.parameters, read.problem], ['easel', RECORD, A1111, A1111, null]);
    assert.deepEqual([read.format, read.width, read.height], ['png', 2, 2]);
  });

  it('are read from A1111, in PNG text, and in the EXIF of PNG, JPEG and WebP in either byte order', () => {
    assert.deepEqual([withText('parameters', A1111).tool, withText('parameters', A1111).infotext], ['a1111', A1111]);
    for (const little of [false, true]) {
      const block = exif(unicode(A1111, little), little);
      const picture = readPictureMetadata(jpeg(block));
      assert.deepEqual([picture.format, picture.width, picture.height, picture.tool, picture.infotext], ['jpeg', 5, 3, 'a1111', A1111]);
      const canvas = Uint8Array.of(0, 0, 0, 0, 4, 0, 0, 2, 0, 0);
      const other = readPictureMetadata(webp({ VP8X: canvas, EXIF: block }));
      assert.deepEqual([other.format, other.width, other.height, other.infotext], ['webp', 5, 3, A1111]);
      // EXIF beats the text chunk, as in A1111.
      assert.equal(readPictureMetadata(tinyPng([text('parameters', 'older'), pngChunk('eXIf', block)])).infotext, A1111);
    }
    assert.equal(readPictureMetadata(jpeg(exif(Buffer.from(`ASCII\0\0\0${A1111}`, 'latin1')))).infotext, A1111);
    // A1111 itself writes UTF-16BE whatever the block's order is.
    assert.equal(readPictureMetadata(jpeg(exif(unicode(A1111, false), true))).infotext, A1111);
  });

  it('are found in a ComfyUI graph by following the sampler upstream, with a seed past 2^53 exact', () => {
    const graph = `{"3": {"class_type": "KSampler", "inputs": {"seed": 18446744073709551615, "steps": 25, "cfg": 6.5, "sampler_name": "dpmpp_2m", "scheduler": "karras", "denoise": 1.0, "model": ["10", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}, "is_changed": [NaN]},
      "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15.safetensors"}},
      "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768, "batch_size": 1}},
      "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["20", 0], "clip": ["10", 1]}}, "20": {"class_type": "PrimitiveString", "inputs": {"value": "a red heart"}},
      "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "outline, blur", "clip": ["10", 1]}},
      "10": {"class_type": "LoraLoader", "inputs": {"lora_name": "icons.safetensors", "strength_model": 0.8, "model": ["4", 0], "clip": ["4", 1]}}}`.replace('[NaN]', 'NaN');
    const expected = 'a red heart <lora:icons:0.8>\nNegative prompt: outline, blur\nSteps: 25, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 18446744073709551615, Size: 512x768, Model: sd15, Version: ComfyUI';
    const read = withText('prompt', graph);
    assert.deepEqual([read.tool, read.infotext], ['comfyui', expected]);
    const model = Buffer.from(`prompt:${graph}\0`, 'latin1');
    const block = Buffer.alloc(26);
    block.write('MM\0*\0\0\0\x08\0\x01', 0, 'latin1');
    block.writeUInt16BE(0x0110, 10);
    block.writeUInt16BE(2, 12);
    block.writeUInt32BE(model.length, 14);
    block.writeUInt32BE(26, 18);
    assert.equal(readPictureMetadata(webp({ EXIF: Buffer.concat([block, model]) })).infotext, expected);
  });

  it('are found in a graph that runs in a circle, and not in one without a sampler', () => {
    const circle = { 1: { class_type: 'KSampler', inputs: { positive: ['2', 0], negative: ['2', 0], latent_image: ['2', 0], steps: 3 } }, 2: { class_type: 'Reroute', inputs: { any: ['2', 0], other: ['1', 0] } } };
    assert.match(withText('prompt', JSON.stringify(circle)).infotext ?? '', /Steps: 3/);
    assert.deepEqual([withText('workflow', '{}').tool, withText('workflow', '{}').infotext], ['comfyui', null]);
  });

  it('are read from InvokeAI, with keys it may add and names as A1111 has them', () => {
    const metadata = { positive_prompt: 'a red heart', negative_prompt: 'outline', width: 512, height: 640, seed: 7, cfg_scale: 7.5, steps: 30, scheduler: 'dpmpp_2m_k', clip_skip: 1, model: { name: 'sdxl', hash: 'x' }, loras: [{ model: { name: 'icons' }, weight: 0.5 }], strength: null, app_version: '5.0', something_new: [1] };
    const read = withText('invokeai_metadata', JSON.stringify(metadata));
    assert.equal(read.tool, 'invokeai');
    assert.equal(read.infotext, 'a red heart <lora:icons:0.5>\nNegative prompt: outline\nSteps: 30, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 7, Size: 512x640, Model: sdxl, Clip skip: 2, Version: InvokeAI 5.0');
  });

  it('of tools that Easel does not know are kept as they are and not taken for A1111', () => {
    const read = withText('parameters', '{"sui_image_params": {"prompt": "x"}}');
    assert.deepEqual([read.parameters, read.tool, read.infotext], ['{"sui_image_params": {"prompt": "x"}}', null, null]);
  });
});

describe('a file that is not a sound picture', () => {
  it('is described: empty, text, an LFS pointer, cut short, a damaged or newer record', () => {
    const problem = (bytes: Uint8Array) => readPictureMetadata(bytes).problem ?? '';
    assert.match(problem(Buffer.alloc(0)), /empty/);
    assert.match(problem(Buffer.from('some text')), /not a PNG, JPEG or WebP/);
    assert.ok(readPictureMetadata(Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n')).isLfsPointer);
    const ours = setTextChunks(tinyPng(), { easel: encodeEaselRecord(RECORD) });
    assert.match(problem(ours.subarray(0, -1)), /cut short/);
    assert.match(problem(setTextChunks(ours, { easel: '{"version": 1' })), /not JSON/);
    assert.match(problem(setTextChunks(ours, { easel: '{"version": 1, "request": {}}' })), /malformed at request/);
    assert.match(problem(setTextChunks(ours, { easel: '{"version": 2}' })), /version 2; this Easel reads version 1/);
    const flipped = Buffer.from(ours);
    const at = flipped.indexOf('icon-64');
    flipped[at] = flipped[at]! ^ 1;
    assert.match(problem(flipped), /damaged \(wrong checksum\)/);
    assert.equal(readPictureMetadata(flipped).easel, null);
  });

  it('never makes reading throw, however it is cut or changed', () => {
    const sound = [
      Buffer.from(setTextChunks(tinyPng([pngChunk('eXIf', exif(unicode(A1111, false)))]), { parameters: '日本', easel: encodeEaselRecord(RECORD) })),
      jpeg(exif(unicode(A1111, true), true)),
      webp({ VP8X: new Uint8Array(10), EXIF: exif(unicode(A1111, false)) }),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...sound), fc.nat(), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }), (bytes, cut, edits) => {
        const damaged = Buffer.from(bytes.subarray(0, cut % (bytes.length + 1)));
        for (const [at, value] of edits) if (damaged.length > 0) damaged[at % damaged.length] = value;
        readPictureMetadata(damaged);
      }),
      { numRuns: 3000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readPictureMetadata(bytes)));
  });
});
