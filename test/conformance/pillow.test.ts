/** Pictures that go in are resized as Pillow resizes them; the reference is made by recipes/conformance/pillow_resize.py. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { resizeAsPillow } from '../../src/image';
import { Random } from './strings';

const Reference = z.object({ cases: z.array(z.object({ width: z.int(), height: z.int(), to: z.tuple([z.int(), z.int()]), crc32: z.int() })) });
const { cases } = Reference.parse(JSON.parse(readFileSync(join(__dirname, 'data/pillow.json'), 'utf8')));

describe('resizing agrees with Pillow to the last bit', () => {
  for (const { width, height, to, crc32: expected } of cases) {
    it(`from ${width}x${height} to ${to.join('x')}`, () => {
      const random = new Random(width * 1000 + height);
      const data = Uint8Array.from({ length: width * height * 3 }, () => random.below(256));
      const resized = resizeAsPillow({ data, width, height }, ...to);
      assert.deepEqual([resized.width, resized.height, resized.data.length], [...to, to[0] * to[1] * 3]);
      assert.equal(crc32(resized.data), expected);
    });
  }
});
