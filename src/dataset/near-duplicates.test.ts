import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { DatasetError } from './index';
import { nearDuplicates, type Look } from './near-duplicates';
import { hashDistance, sampleDistance } from './perceptual-hash';
import { readPictureInfo } from './pictures';
import { TimeSlice } from './time-slice';

const EXAMPLES = join(__dirname, '../../examples/icons-dataset/shapes');
const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('pictures that look alike', () => {
  it('are the same groups as comparing every pair gives', async () => {
    // Few bits and few brightnesses, so that many are near; bits anywhere, so that any band may be the one that agrees.
    const look = fc.record({ bits: fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { maxLength: 4 }), grey: fc.integer({ min: 0, max: 30 }) });
    const half = (bits: number[], from: number) => bits.reduce((sum, bit) => (bit >= from && bit < from + 32 ? (sum | (1 << (bit - from))) >>> 0 : sum), 0);
    await fc.assert(fc.asyncProperty(fc.array(look, { maxLength: 30 }), async (parts) => {
      const looks: Look[] = parts.map(({ bits, grey }) => ({ hash: { high: half(bits, 32), low: half(bits, 0) }, sample: new Uint8Array(192).fill(grey) }));
      const group = looks.map((_, index) => index);
      looks.forEach((a, i) => looks.forEach((b, j) => {
        if (hashDistance(a.hash, b.hash) > 4 || sampleDistance(a.sample, b.sample) > 6) return;
        const [from, to] = [Math.max(group[i]!, group[j]!), Math.min(group[i]!, group[j]!)];
        group.forEach((name, index) => { if (name === from) group[index] = to; });
      }));
      const expected = [...new Set(group)].map((name) => group.flatMap((other, index) => (other === name ? [index] : []))).filter(({ length }) => length > 1);
      assert.deepEqual(await nearDuplicates(looks, new TimeSlice()), expected);
    }));
  });

  it('have hashes that differ in as many bits as binary digits say', () => {
    fc.assert(fc.property(word, word, word, word, (a, b, c, d) => {
      const digits = (x: number) => x.toString(2).padStart(32, '0');
      const expected = [...(digits(a) + digits(b))].filter((digit, index) => digit !== (digits(c) + digits(d))[index]).length;
      assert.equal(hashDistance({ high: a, low: b }, { high: c, low: d }), expected);
    }));
  });

  it('are found among 20,000 plain pictures that share most of their bits', async () => {
    const looks: Look[] = Array.from({ length: 20_000 }, (_, index) => ({ hash: { high: 0, low: Math.imul(index, 2654435761) >>> 12 }, sample: new Uint8Array(192).fill(index % 250).fill(index >> 8, 0, 96) }));
    looks.push({ hash: { high: 0xffff0000, low: 0xf }, sample: new Uint8Array(192).fill(9) }, { hash: { high: 0xffff0001, low: 0xe }, sample: new Uint8Array(192).fill(10) });
    const groups = await nearDuplicates(looks, new TimeSlice());
    assert.deepEqual(groups.find((group) => group.includes(20_000)), [20_000, 20_001]);
  });

  describe('as files', () => {
    let dir: string;
    beforeEach(async () => { dir = await mkdtemp(join(tmpdir(), 'easel-looks-')); });
    afterEach(() => rm(dir, { recursive: true }));

    it('are a picture, its larger and its compressed copy, but not the same drawing in another colour', async () => {
      const svg = (colour: string) => Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><rect width="256" height="256" fill="#ddd"/><circle cx="120" cy="140" r="70" fill="${colour}"/></svg>`);
      await sharp(svg('#e53935')).png().toFile(join(dir, 'red.png'));
      await sharp(svg('#e53935')).resize(640, 640).jpeg({ quality: 60 }).toFile(join(dir, 'copy.jpg'));
      await sharp(svg('#e53935')).resize(100, 100).webp({ quality: 70 }).toFile(join(dir, 'small.webp'));
      await sharp(svg('#1e62e0')).png().toFile(join(dir, 'blue.png'));
      const infos = await Promise.all(['red.png', 'blue.png', 'copy.jpg', 'small.webp'].map((name) => readPictureInfo(join(dir, name))));
      assert.deepEqual(infos.map(({ width, height }) => [width, height]), [[256, 256], [256, 256], [640, 640], [100, 100]]);
      assert.deepEqual(await nearDuplicates(infos, new TimeSlice()), [[0, 2, 3]]);
    });

    it('are told from what is no picture, with one line', async () => {
      await writeFile(join(dir, 'broken.png'), 'no picture');
      await writeFile(join(dir, 'pointer.png'), 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n');
      const refuses = (name: string, message: RegExp) => assert.rejects(readPictureInfo(join(dir, name)), (error: Error) => error instanceof DatasetError && message.test(error.message) && !error.message.includes('\n'));
      await refuses('broken.png', /cannot read the picture .*broken\.png/);
      await refuses('pointer.png', /Git LFS pointer.*git lfs pull/);
      await refuses('gone.png', /gone\.png/);
    });

    it('have the size they are shown in', async () => {
      await sharp({ create: { width: 30, height: 20, channels: 3, background: '#123456' } }).jpeg().withMetadata({ orientation: 6 }).toFile(join(dir, 'turned.jpg'));
      const { width, height } = await readPictureInfo(join(dir, 'turned.jpg'));
      assert.deepEqual([width, height], [20, 30]);
      assert.equal((await readPictureInfo(join(EXAMPLES, 'star-1.png'))).width, 64);
    });
  });
});
