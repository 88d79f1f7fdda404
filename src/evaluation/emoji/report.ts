/** What an evaluation of emoji says, as data and as a page. */
import type { EmojiRequest, EmojiSplit } from '../../prompt';
import type { DrawnPrompt } from '../drawing/drawn-prompt';
import type { Settings } from '../drawing/pictures';
import { ceilingTable, distinctnessOf, headLines, headOf, meansOf, ofCeiling, realTable, splitTable, type Distinctness, type ReportHead } from '../drawing/report-parts';
import type { Interval } from '../statistics';
import { shown } from '../table';
import type { AskedEmoji, EmojiCalibration, RealEmoji } from './judge-files';
import { EMOJI_MARKS, type EmojiMark } from './score-emoji';

export type DrawnEmoji = DrawnPrompt<AskedEmoji, EmojiMark>;

interface SplitReport extends Readonly<Record<EmojiMark, Interval>> {
  readonly prompts: number;
  readonly pictures: number;
  /** Real pictures of the same prompts but for their style, by sets that neither generator nor judge has seen. */
  readonly ceiling: RealEmoji;
  /** Over the prompts whose labels those sets draw, divided by the ceiling. */
  readonly ofCeiling: Readonly<Record<'top1' | 'top5' | 'joint', Interval>> | null;
}

export type EmojiReport = ReportHead & {
  readonly suite: 'emoji';
  readonly splits: Readonly<Partial<Record<EmojiSplit, SplitReport>>>;
  /** Share of 16 pictures of one prompt that repeat none before them; `null` if it was left out. */
  readonly distinctness: Distinctness | null;
  readonly calibration: EmojiCalibration;
  readonly secondsPerPicture: number;
};

interface Measured {
  readonly request: EmojiRequest;
  readonly settings: Settings;
  readonly splits: ReadonlyMap<EmojiSplit, readonly DrawnEmoji[]>;
  readonly shares: readonly number[];
  readonly calibration: EmojiCalibration;
  readonly seconds: number;
}

export function emojiReport({ request, settings, splits, shares, calibration, seconds }: Measured): EmojiReport {
  return {
    suite: 'emoji',
    ...headOf(request, settings),
    splits: Object.fromEntries([...splits].map(([split, drawn]) => [split, splitReport(drawn, calibration.ceiling[split])])),
    distinctness: distinctnessOf(shares),
    calibration,
    secondsPerPicture: Number(seconds.toFixed(3)),
  };
}

function splitReport(drawn: readonly DrawnEmoji[], ceiling: RealEmoji): SplitReport {
  return {
    prompts: drawn.length,
    pictures: drawn.reduce((sum, { marks }) => sum + marks.length, 0),
    ...meansOf(EMOJI_MARKS, drawn),
    ceiling,
    ofCeiling: ofCeiling(drawn, { top1: ceiling['label top-1'], top5: ceiling['label top-5'], joint: ceiling.joint }),
  };
}

/** The report as Markdown. */
export function emojiText(report: EmojiReport): string {
  const { splits, distinctness, calibration } = report;
  const entries = Object.entries(splits) as [EmojiSplit, SplitReport][];
  const lines = [
    ...headLines(report),
    'Canvas, container and background are exact pixel checks; the label is judged by a classifier that never saw a training drawing; nothing drawn counts as wrong.',
    '',
    ...splitTable(entries, { canvas: 'canvas', container: 'container', background: 'background', allThree: 'all three', top1: 'label top-1', top5: 'top-5', joint: 'joint' }),
    '',
    'Divided by what real pictures of unseen emoji sets reach on the same prompts, where those sets draw the label:',
    '',
    ...ceilingTable(entries, { top1: 'label top-1', top5: 'top-5', joint: 'joint' }, { 'label top-1': 'ceiling top-1', 'label top-5': 'top-5', joint: 'joint' }),
    '',
    distinctness ? `Distinct among 16 pictures of one prompt: ${shown(distinctness)} over ${distinctness.prompts} prompts; a label in a style is one drawing, so a model that does as it is told draws little else.` : 'Distinctness was left out.',
    '',
    'The same checks on real pictures, to know what the numbers can mean:',
    '',
    ...realTable(
      {
        'unseen sets': calibration.ceiling.emoji, 'unseen sets, for emoji-style': calibration.ceiling['emoji-style'], 'the training drawings': calibration['training drawings'],
        'with captions of others': calibration['mismatched captions'], 'blurred, σ 0.8': calibration['blur 0.8'], 'noisy, σ 12': calibration['noise 12'],
      },
      { 'all three': 'all three', 'label top-1': 'label top-1', 'label top-5': 'top-5', joint: 'joint' },
    ),
  ];
  return `${lines.join('\n')}\n`;
}
