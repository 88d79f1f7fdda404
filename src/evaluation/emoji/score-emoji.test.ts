import assert from 'node:assert/strict';
import type { Judge } from '../judge';
import { InkBits } from '../pixels/ink-bits';
import { count, PIXELS, SIDE } from '../pixels/mask';
import type { AskedEmoji } from './judge-files';
import { EMOJI_MARKS, SAME_EMOJI, scoreEmoji } from './score-emoji';

const ASKED: AskedEmoji = { prompt: 'noto skull emoji', label: 'skull', container: 'none', background: 'white', canvas: 'white', hasCeiling: true };
const paint = (inked: (x: number, y: number) => boolean, colour = [0xe5, 0x39, 0x35]) => Uint8Array.from({ length: PIXELS * 3 }, (_, i) => (inked(Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)) ? colour[i % 3]! : 255));
const square = (x: number, y: number) => Math.abs(x - 32) < 15 && Math.abs(y - 32) < 12;
const SQUARE = paint(square);
/** Asked for `skull` it says that so many labels are likelier. */
const judge = (rank: number): Pick<Judge, 'rank'> => ({
  rank: (drawing, label) => {
    assert.deepEqual([drawing.length, label], [4 * PIXELS, 'skull']);
    return Promise.resolve({ rank, likeliest: rank === 0 ? 'skull' : 'ghost' });
  },
});
const score = (rgb: Uint8Array, rank: number, asked: Partial<AskedEmoji> = {}) => scoreEmoji(rgb, { ...ASKED, ...asked }, judge(rank));

describe('the score of an emoji\'s picture', () => {
  it('is one for everything that is as it was asked for', async () => {
    const { marks, likeliest } = await score(SQUARE, 0);
    assert.deepEqual([marks, likeliest], [Object.fromEntries(EMOJI_MARKS.map((mark) => [mark, 1])), 'skull']);
  });

  it('is nought for what is not, and for what needs it', async () => {
    const wrong = async (asked: Partial<AskedEmoji>, rank = 0) => Object.entries((await score(SQUARE, rank, asked)).marks).filter(([, value]) => value === 0).map(([mark]) => mark);
    assert.deepEqual(await wrong({ canvas: 'black' }), ['canvas', 'allThree', 'joint']);
    assert.deepEqual(await wrong({ container: 'circle' }), ['container', 'allThree', 'joint']);
    assert.deepEqual(await wrong({ background: 'blue' }), ['background', 'allThree', 'joint']);
    assert.deepEqual(await wrong({}, 1), ['top1', 'joint']);
    assert.deepEqual(await wrong({}, 4), ['top1', 'joint']);
    assert.deepEqual(await wrong({}, 5), ['top1', 'top5', 'joint']);
    assert.equal((await score(SQUARE, 5)).likeliest, 'ghost');
  });

  it('takes nothing drawn for a wrong drawing, without asking the judge', async () => {
    const { marks, bits, likeliest } = await scoreEmoji(paint(() => false), ASKED, { rank: () => assert.fail() } as Pick<Judge, 'rank'>);
    assert.deepEqual(marks, { canvas: 1, container: 1, background: 1, allThree: 1, top1: 0, top5: 0, joint: 0 });
    assert.deepEqual([bits, likeliest], [null, null]);
  });

  it('tells a repetition, elsewhere and in another size, from another outline and from other colours', async () => {
    const inked = (await score(SQUARE, 0)).bits!;
    const planes = [0, 1, 2, 3].map((plane) => count(inked.subarray(plane * 1024, (plane + 1) * 1024)));
    assert.deepEqual(planes, [0, planes[3], planes[3], planes[3]]); // a red square lacks green and blue, and white is no ink
    const bits = async (rgb: Uint8Array) => new InkBits((await score(rgb, 0)).bits!);
    const first = await bits(SQUARE);
    const overlap = async (rgb: Uint8Array) => first.overlap(await bits(rgb));
    assert.ok((await overlap(paint((x, y) => square(2 * x - 20, 2 * y - 50)))) > SAME_EMOJI);
    assert.ok((await overlap(paint((x, y) => square(x, y) && x < 32))) < SAME_EMOJI);
    assert.ok((await overlap(paint(square, [0x1e, 0x62, 0xe0]))) < SAME_EMOJI);
  });
});
