/** What an evaluation says, as data and as a page. */
import type { IconsRequest, Split } from '../../prompt';
import type { DrawnPrompt } from '../drawing/drawn-prompt';
import type { Settings } from '../drawing/pictures';
import { ceilingTable, distinctnessOf, headLines, headOf, meansOf, ofCeiling, realTable, rounded, splitTable, type Distinctness, type ReportHead } from '../drawing/report-parts';
import { interval, type Interval } from '../statistics';
import { shown } from '../table';
import type { AskedPicture, Calibration, RealScores, Wording } from './judge-files';
import { CHOICES } from './own-embeddings';
import { MARKS, type Mark } from './score-picture';

export interface DrawnIcon extends DrawnPrompt<AskedPicture, Mark> {
  /** How many of the pictures are training drawings. */
  readonly copies: number;
  /** Of the first picture, by the model's own encoder. */
  readonly embedding: Float32Array | null;
}

const PART_MARKS = ['allFour', 'top1', 'top5', 'joint'] as const satisfies readonly Mark[];
type PartMark = (typeof PART_MARKS)[number];

interface SplitReport extends Readonly<Record<Mark, Interval>> {
  readonly prompts: number;
  readonly pictures: number;
  readonly copies: Interval;
  /** Real pictures of the same prompts, by sets that neither generator nor judge has seen. */
  readonly ceiling: RealScores;
  /** Over the prompts whose concepts those sets draw, divided by the ceiling. */
  readonly ofCeiling: Readonly<Record<'top1' | 'top5' | 'joint', Interval>> | null;
  /** The split's kinds of wording, where it has several: words in a new order can be understood, a word never heard hardly. */
  readonly wordings: Readonly<Partial<Record<Wording, { readonly prompts: number } & Readonly<Record<PartMark, Interval>>>>> | null;
  /** The model's own embeddings; `null` for a model without an image encoder. */
  readonly rPrecision: Interval | null;
}

export type IconReport = ReportHead & {
  readonly suite: 'icons';
  readonly splits: Readonly<Partial<Record<Split, SplitReport>>>;
  /** Share of 16 pictures of one prompt that repeat none before them; `null` if it was left out. */
  readonly distinctness: (Distinctness & { readonly real: number }) | null;
  readonly rPrecisionAmong: number;
  readonly calibration: Calibration;
  readonly secondsPerPicture: number;
};

interface Measured {
  readonly request: IconsRequest;
  readonly settings: Settings;
  readonly splits: ReadonlyMap<Split, readonly DrawnIcon[]>;
  readonly shares: readonly number[];
  readonly precision: ReadonlyMap<Split, readonly number[]>;
  readonly calibration: Calibration;
  readonly seconds: number;
}

export function iconReport({ request, settings, splits, shares, precision, calibration, seconds }: Measured): IconReport {
  const distinctness = distinctnessOf(shares);
  return {
    suite: 'icons',
    ...headOf(request, settings),
    splits: Object.fromEntries([...splits].map(([split, drawn]) => [split, splitReport(drawn, calibration.ceiling[split], precision.get(split) ?? [])])),
    distinctness: distinctness && { ...distinctness, real: calibration.distinctness['distinct of 16'] },
    rPrecisionAmong: Math.min(CHOICES, request.prompts),
    calibration,
    secondsPerPicture: Number(seconds.toFixed(3)),
  };
}

function splitReport(drawn: readonly DrawnIcon[], ceiling: RealScores, precision: readonly number[]): SplitReport {
  const wordings = [...new Set(drawn.map(({ asked }) => asked.wording))].map((wording) => [wording, drawn.filter(({ asked }) => asked.wording === wording)] as const);
  return {
    prompts: drawn.length,
    pictures: drawn.reduce((sum, { marks }) => sum + marks.length, 0),
    ...meansOf(MARKS, drawn),
    copies: rounded(interval(drawn.map(({ copies, marks }) => copies / marks.length))),
    ceiling,
    ofCeiling: ofCeiling(drawn, { top1: ceiling['concept top-1'], top5: ceiling['concept top-5'], joint: ceiling.joint }),
    wordings: wordings.length < 2 ? null : Object.fromEntries(wordings.map(([wording, of]) => [wording, { prompts: of.length, ...meansOf(PART_MARKS, of) }])),
    rPrecision: precision.length === 0 ? null : rounded(interval(precision)),
  };
}

/** The report as Markdown. */
export function reportText(report: IconReport): string {
  const { splits, distinctness, calibration } = report;
  const entries = Object.entries(splits) as [Split, SplitReport][];
  const lines = [
    ...headLines(report),
    'Attributes are exact pixel checks; the concept is judged by a classifier that never saw a training glyph; no glyph found counts as wrong.',
    '',
    ...splitTable(entries, { canvas: 'canvas', container: 'container', background: 'background', foreground: 'foreground', allFour: 'all four', top1: 'concept top-1', top5: 'top-5', joint: 'joint', style: 'style', copies: 'copies' }),
    '',
    'Divided by what real pictures of unseen icon sets reach on the same prompts, where those sets draw the concept:',
    '',
    ...ceilingTable(entries, { top1: 'concept top-1', top5: 'top-5', joint: 'joint' }, { 'concept top-1': 'ceiling top-1', 'concept top-5': 'top-5', joint: 'joint', style: 'style', copies: 'copies' }),
    '',
    distinctness ? `Distinct among 16 pictures of one prompt: ${shown(distinctness)} over ${distinctness.prompts} prompts; 16 human drawings of one concept: ${distinctness.real.toFixed(2)}.` : 'Distinctness was left out.',
    '',
    'The same checks on real pictures, to know what the numbers can mean:',
    '',
    ...realTable(
      { 'unseen sets': calibration.ceiling.seen, 'with captions of others': calibration['mismatched captions'], 'blurred, σ 0.8': calibration['blur 0.8'], 'noisy, σ 12': calibration['noise 12'] },
      { 'all four': 'all four', 'concept top-1': 'concept top-1', 'concept top-5': 'top-5', joint: 'joint' },
    ),
  ];
  for (const [split, { wordings }] of entries) {
    const parts = Object.entries(wordings ?? {}).map(([wording, one]) => `${wording} (${one.prompts} prompts): all four ${shown(one.allFour)}, concept top-1 ${shown(one.top1)}, top-5 ${shown(one.top5)}, joint ${shown(one.joint)}`);
    if (parts.length > 0) lines.push('', `Of ${split}: ${parts.join('; ')}.`);
  }
  const precision = entries.flatMap(([split, { rPrecision }]) => (rPrecision ? [`${split} ${shown(rPrecision)}`] : []));
  if (precision.length > 0) lines.push('', `R-precision with the model's own embeddings, its caption among ${report.rPrecisionAmong} (not an independent judge): ${precision.join('; ')}.`);
  return `${lines.join('\n')}\n`;
}
