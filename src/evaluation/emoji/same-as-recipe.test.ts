/** Every picture of test/fixtures/emoji-judge is seen as recipes/judge sees it; recipes/judge/emoji_cases.py made both. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Judge } from '../judge';
import { CONTAINERS } from '../pixels/extract';
import { PIXELS } from '../pixels/mask';
import { COLOURS } from '../pixels/palette';
import { picturesOf } from '../test-support/recipe-pictures';
import { cutOut } from './cut-out';
import { emojiJudgeFolder, openEmojiJudge } from './judge-files';
import { EMOJI_MARKS, scoreEmoji } from './score-emoji';

const FIXTURES = join(__dirname, '../../../test/fixtures/emoji-judge');
const Expected = z.array(z.object({
  name: z.string(), label: z.string(), container: z.enum(CONTAINERS), background: z.enum(COLOURS), canvas: z.enum(COLOURS),
  marks: z.array(z.int()), drawing: z.boolean(), top: z.array(z.int()).optional(),
}));

describe('pictures of emoji are seen as the recipe sees them', function () {
  this.timeout(60_000);
  const expected = Expected.parse(JSON.parse(readFileSync(join(FIXTURES, 'expected.json'), 'utf8')));
  const bytes = gunzipSync(readFileSync(join(FIXTURES, 'drawings.bin.gz')));
  /** In 65535ths, drawing by drawing. */
  const drawings = Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16LE(2 * i));
  let tiles: Uint8Array[];
  let judge: Judge;
  before(async () => {
    tiles = (await picturesOf(join(FIXTURES, 'pictures.png'))).slice(0, expected.length);
    judge = await openEmojiJudge(emojiJudgeFolder());
  });
  after(() => judge.release());

  it('what is cut out of them, to a 65535th, and what the judge takes it for', async () => {
    let found = 0;
    for (const [i, rgb] of tiles.entries()) {
      const { name, container, drawing: hasDrawing, top } = expected[i]!;
      const { drawing } = cutOut(rgb, container);
      assert.equal(drawing !== null, hasDrawing, name);
      if (!drawing) continue;
      const wanted = drawings.subarray(found * 4 * PIXELS, ++found * 4 * PIXELS);
      drawing.forEach((value, j) => assert.ok(Math.abs(value * 65535 - wanted[j]!) <= 0.51, `${name}, value ${j}`));
      const logits = await judge.logits(drawing);
      assert.deepEqual([...logits.keys()].sort((a, b) => logits[b]! - logits[a]!).slice(0, 5), top, name);
    }
    assert.equal(found * 4 * PIXELS, drawings.length);
  });

  it('canvas, container, background and label, right or wrong', async () => {
    for (const [i, rgb] of tiles.entries()) {
      const { name, marks, ...asked } = expected[i]!;
      const seen = (await scoreEmoji(rgb, { ...asked, prompt: name, hasCeiling: true }, judge)).marks;
      assert.deepEqual(EMOJI_MARKS.map((mark) => seen[mark]), marks, name);
    }
  });
});
