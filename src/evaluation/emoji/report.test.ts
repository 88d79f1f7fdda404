import assert from 'node:assert/strict';
import type { EmojiSplit } from '../../prompt';
import type { EmojiCalibration, RealEmoji } from './judge-files';
import { emojiReport, emojiText, type DrawnEmoji } from './report';

const real = (top1: number): RealEmoji => ({ n: 10, canvas: 1, container: 1, bg: 1, 'all three': 1, 'label top-1': top1, 'label top-5': 0.8, joint: top1 });
const CALIBRATION: EmojiCalibration = { ceiling: { emoji: real(0.5), 'emoji-style': real(0.25) }, 'training drawings': real(0.7), 'mismatched captions': real(0.01), 'blur 0.8': real(0.6), 'noise 12': real(0.55) };

/** A prompt of which two pictures were drawn. */
function drawn(first: 0 | 1, second: 0 | 1, hasCeiling = true): DrawnEmoji {
  const marks = [first, second].map((right) => ({ canvas: 1, container: 1, background: right, allThree: right, top1: right, top5: 1, joint: right }));
  return { asked: { prompt: 'a', label: 'skull', container: 'none', background: 'white', canvas: 'white', hasCeiling }, marks, bits: [null, null], first: new Uint8Array(3), likeliest: null };
}

function reportOf(splits: Partial<Record<EmojiSplit, DrawnEmoji[]>>, shares: number[] = []) {
  const names = Object.keys(splits) as EmojiSplit[];
  return emojiReport({
    request: { suite: 'emoji', model: { id: 'icon-64', path: '/models/icon-64' }, adapters: [{ id: 'crisp', path: '/crisp', weight: 0.5 }], folder: null, splits: names, prompts: 2, seeds: 2, distinct: shares.length, steps: null, guidanceScale: null, side: null, pooled: 'text' },
    settings: { width: 64, height: 64, steps: 20, guidanceScale: 1.4 }, splits: new Map(names.map((name) => [name, splits[name]!])), shares, calibration: CALIBRATION, seconds: 0.28371,
  });
}

describe('the report of the emoji suite', () => {
  it('has a mean per prompt, over prompts, and divides by the split\'s own ceiling where that was measured', () => {
    const { splits, secondsPerPicture } = reportOf({ emoji: [drawn(1, 0), drawn(0, 0)], 'emoji-style': [drawn(1, 0), drawn(1, 1, false)] });
    assert.deepEqual([splits.emoji?.prompts, splits.emoji?.pictures, splits.emoji?.top1.mean, splits.emoji?.canvas.mean], [2, 4, 0.25, 1]);
    assert.deepEqual([splits.emoji?.ofCeiling?.top1.mean, splits.emoji?.ofCeiling?.top5.mean], [0.5, 1.25]);
    assert.deepEqual([splits['emoji-style']?.joint.mean, splits['emoji-style']?.ofCeiling?.joint.mean], [0.75, 2]);
    assert.equal(secondsPerPicture, 0.284);
    assert.equal(reportOf({ emoji: [drawn(1, 1, false)] }).splits.emoji?.ofCeiling, null);
  });

  it('says it on a page: marks, ceilings, real pictures, and what was left out', () => {
    const text = emojiText(reportOf({ emoji: [drawn(1, 1), drawn(1, 1)], 'emoji-style': [drawn(1, 1, false)] }));
    const sure = (value: string) => `${value} [${value}, ${value}]`;
    assert.match(text, /^# icon-64: what it was asked and what it drew\n\n2 prompts × 2 seeds per split, 20 steps, guidance 1\.4, pooled vector of the prompt, <crisp:0\.5>; .*; 0\.284 s a picture\.\n/);
    assert.ok(text.includes(`| emoji | 4 | ${Array.from({ length: 7 }, () => sure('1.00')).join(' | ')} |\n`), text);
    assert.ok(text.includes(`| emoji | ${sure('2.00')} | ${sure('1.25')} | ${sure('2.00')} | 0.50 | 0.80 | 0.50 |\n`), text);
    assert.ok(text.includes('| emoji-style | – | – | – | 0.25 | 0.80 | 0.25 |\n'), text);
    for (const row of ['| unseen sets | 10 | 1.00 | 0.50 |', '| unseen sets, for emoji-style | 10 | 1.00 | 0.25 |', '| the training drawings | 10 | 1.00 | 0.70 |', '| with captions of others | 10 | 1.00 | 0.01 |', '| blurred, σ 0.8 | 10 | 1.00 | 0.60 |', '| noisy, σ 12 | 10 | 1.00 | 0.55 |']) assert.ok(text.includes(row), row);
    assert.match(text, /Distinctness was left out\./);
  });

  it('tells how much pictures of one prompt differ, where that was asked', () => {
    const report = reportOf({ emoji: [drawn(1, 1)] }, [0.25, 0.5]);
    assert.deepEqual([report.distinctness?.mean, report.distinctness?.prompts], [0.375, 2]);
    assert.match(emojiText(report), /Distinct among 16 pictures of one prompt: 0\.38 \[0\.25, 0\.50\] over 2 prompts; /);
  });
});
