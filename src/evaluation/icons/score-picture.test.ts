import assert from 'node:assert/strict';
import type { Judge } from '../judge';
import { extract } from '../pixels/extract';
import { bitsOf, InkBits } from '../pixels/ink-bits';
import { PIXELS, SIDE } from '../pixels/mask';
import { normalised } from './glyph';
import type { AskedPicture } from './judge-files';
import { isCopy, MARKS, scorePicture } from './score-picture';

const ASKED: AskedPicture = { prompt: 'a filled red cross icon on white', concept: 'cross', style: 'filled', foreground: 'red', container: 'none', background: 'white', canvas: 'white', hasCeiling: true, wording: 'trained' };
const paint = (inked: (x: number, y: number) => boolean) => Uint8Array.from({ length: PIXELS * 3 }, (_, i) => (inked(Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)) ? [0xe5, 0x39, 0x35][i % 3]! : 255));
const CROSS = paint((x, y) => (Math.abs(x - 32) < 7 && Math.abs(y - 32) < 20) || (Math.abs(y - 32) < 7 && Math.abs(x - 32) < 20));
const NOTHING = paint(() => false);
/** Asked for `cross` it says that so many concepts are likelier. */
const judge = (rank: number): Pick<Judge, 'rank'> => ({
  rank: (_glyph, concept) => {
    assert.equal(concept, 'cross');
    return Promise.resolve({ rank, likeliest: rank === 0 ? 'cross' : 'heart' });
  },
});
const score = (rgb: Uint8Array, rank: number, asked: Partial<AskedPicture> = {}) => scorePicture(rgb, { ...ASKED, ...asked }, judge(rank));

describe('the score of a picture', () => {
  it('is one for everything that is as it was asked for', async () => {
    const { marks, glyph, likeliest } = await score(CROSS, 0);
    assert.deepEqual(marks, Object.fromEntries(MARKS.map((mark) => [mark, 1])));
    assert.deepEqual([glyph?.length, likeliest], [PIXELS, 'cross']);
  });

  it('is nought for what is not, and for what needs it', async () => {
    const wrong = async (asked: Partial<AskedPicture>, rank = 0) => Object.entries((await score(CROSS, rank, asked)).marks).filter(([, value]) => value === 0).map(([mark]) => mark);
    assert.deepEqual(await wrong({ canvas: 'black' }), ['canvas', 'allFour', 'joint']);
    assert.deepEqual(await wrong({ container: 'circle' }), ['container', 'allFour', 'joint']);
    assert.deepEqual(await wrong({ background: 'blue' }), ['background', 'allFour', 'joint']);
    assert.deepEqual(await wrong({ foreground: 'blue' }), ['foreground', 'allFour', 'joint']);
    assert.deepEqual(await wrong({ style: 'outline' }), ['style']);
    assert.deepEqual(await wrong({}, 1), ['top1', 'joint']);
    assert.deepEqual(await wrong({}, 4), ['top1', 'joint']);
    assert.deepEqual(await wrong({}, 5), ['top1', 'top5', 'joint']);
  });

  it('takes no glyph for a wrong one, without asking the judge', async () => {
    const { marks, glyph, likeliest } = await scorePicture(NOTHING, ASKED, { rank: () => assert.fail() } as Pick<Judge, 'rank'>);
    assert.deepEqual(marks, { canvas: 1, container: 1, background: 1, foreground: 0, allFour: 0, top1: 0, top5: 0, joint: 0, style: 0 });
    assert.deepEqual([glyph, likeliest], [null, null]);
  });
});

describe('a copy', () => {
  const bits = bitsOf(normalised(extract(CROSS).glyph!)!);
  /** The same drawing without so much of its ink. */
  const lacking = (share: number) => {
    const ink = [...bits.keys()].filter((i) => bits[i] === 1);
    const gone = new Set(ink.slice(0, Math.round(ink.length * share)));
    return new InkBits(bits.map((bit, i) => (gone.has(i) ? 0 : bit)));
  };

  it('is a training drawing but for a tenth of its ink', () => {
    assert.deepEqual([lacking(0), lacking(0.05), lacking(0.15)].map((reference) => isCopy(bits, [reference])), [true, true, false]);
    assert.equal(isCopy(bits, [lacking(0.5), lacking(0)]), true);
    assert.equal(isCopy(bits, []), false);
    assert.equal(isCopy(null, [lacking(0)]), false);
  });
});
