/** Every picture of test/fixtures/judge is seen as recipes/judge sees it; recipes/judge/extract_cases.py made both. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Judge } from '../judge';
import { extract } from '../pixels/extract';
import { bitsOf, InkBits } from '../pixels/ink-bits';
import { PIXELS } from '../pixels/mask';
import { COLOURS } from '../pixels/palette';
import { picturesOf } from '../test-support/recipe-pictures';
import { measuredStyle, normalised } from './glyph';
import { judgeFolder, openJudge, readReferences } from './judge-files';

const FIXTURES = join(__dirname, '../../../test/fixtures/judge');
const Expected = z.array(z.object({
  name: z.string(), canvas: z.int(), container: z.string(), bg: z.int(), fg: z.int().nullable(),
  glyph: z.boolean(), style: z.string().optional(), top: z.array(z.int()).optional(), overlap: z.number().optional(),
}));

describe('pictures are seen as the recipe sees them', function () {
  this.timeout(60_000);
  const expected = Expected.parse(JSON.parse(readFileSync(join(FIXTURES, 'expected.json'), 'utf8')));
  const glyphBytes = gunzipSync(readFileSync(join(FIXTURES, 'glyphs.bin.gz')));
  let tiles: Uint8Array[];
  let judge: Judge;
  let references: InkBits[];
  before(async () => {
    tiles = (await picturesOf(join(FIXTURES, 'pictures.png'))).slice(0, expected.length);
    judge = await openJudge(judgeFolder());
    references = await readReferences(judgeFolder());
  });
  after(() => judge.release());

  it('attributes, of clean, blurred, noisy, shrunk and empty pictures', () => {
    const colour = (name: string | null) => (name === null ? null : COLOURS.indexOf(name as (typeof COLOURS)[number]));
    tiles.forEach((rgb, i) => {
      const { canvas, container, background, foreground } = extract(rgb);
      const { name, canvas: c, container: k, bg, fg } = expected[i]!;
      assert.deepEqual([name, colour(canvas), container, colour(background), colour(foreground)], [name, c, k, bg, fg]);
    });
  });

  it('glyphs, their styles, concepts and overlaps with training drawings', async () => {
    let found = 0;
    for (const [i, rgb] of tiles.entries()) {
      const { name, glyph: hasGlyph, style, top, overlap } = expected[i]!;
      const seen = extract(rgb).glyph;
      const glyph = seen && normalised(seen);
      assert.equal(glyph !== null, hasGlyph, name);
      if (!glyph) continue;
      const bytes = glyphBytes.subarray(found * PIXELS, ++found * PIXELS);
      glyph.forEach((value, j) => assert.ok(Math.abs(value * 255 - bytes[j]!) <= 0.51, `${name}, pixel ${j}`));
      assert.equal(measuredStyle(glyph), style, name);
      const logits = await judge.logits(glyph);
      assert.deepEqual([...logits.keys()].sort((a, b) => logits[b]! - logits[a]!).slice(0, 5), top, name);
      const bits = new InkBits(bitsOf(glyph));
      assert.ok(Math.abs(Math.max(...references.map((other) => bits.overlap(other))) - overlap!) < 1e-6, name);
    }
    assert.equal(found * PIXELS, glyphBytes.length);
  });
});
