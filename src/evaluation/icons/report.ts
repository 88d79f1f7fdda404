/** What an evaluation says, as data and as a page. */
import type { IconsRequest, Split } from '../../prompt';
import { interval, type Interval } from '../statistics';
import { shown, table } from '../table';
import type { Glyph } from './glyph';
import type { AskedPicture, Calibration, RealScores, Wording } from './judge-files';
import { CHOICES } from './own-embeddings';
import type { Settings } from './pictures';
import { MARKS, type Mark, type Marks } from './score-picture';

/** One prompt with everything that was drawn and seen of it. */
export interface DrawnPrompt {
  readonly asked: AskedPicture;
  /** One per picture. */
  readonly marks: readonly Marks[];
  readonly glyphs: readonly (Glyph | null)[];
  readonly copies: number;
  /** The first picture. */
  readonly first: Uint8Array;
  readonly likeliest: string | null;
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
  /** Over the prompts whose concepts those sets draw, divided by the ceiling; the ceiling's own error is not in the interval. */
  readonly ofCeiling: Readonly<Record<'top1' | 'top5' | 'joint', Interval>> | null;
  /** The split's kinds of wording, where it has several: words in a new order can be understood, a word never heard hardly. */
  readonly wordings: Readonly<Partial<Record<Wording, { readonly prompts: number } & Readonly<Record<PartMark, Interval>>>>> | null;
  /** The model's own embeddings; `null` for a model without an image encoder. */
  readonly rPrecision: Interval | null;
}

export type IconReport = {
  readonly suite: 'icons';
  readonly model: { readonly id: string; readonly sha256: string | null };
  readonly adapters: readonly { readonly id: string; readonly sha256: string | null; readonly weight: number }[];
  readonly settings: Settings & Pick<IconsRequest, 'prompts' | 'seeds' | 'distinct' | 'pooled'>;
  readonly splits: Readonly<Partial<Record<Split, SplitReport>>>;
  /** Share of 16 pictures of one prompt that repeat none before them; `null` if it was left out. */
  readonly distinctness: (Interval & { readonly prompts: number; readonly real: number }) | null;
  readonly rPrecisionAmong: number;
  readonly calibration: Calibration;
  readonly secondsPerPicture: number;
};

interface Measured {
  readonly request: IconsRequest;
  readonly settings: Settings;
  readonly splits: ReadonlyMap<Split, readonly DrawnPrompt[]>;
  readonly shares: readonly number[];
  readonly precision: ReadonlyMap<Split, readonly number[]>;
  readonly calibration: Calibration;
  readonly seconds: number;
}

export function iconReport({ request, settings, splits, shares, precision, calibration, seconds }: Measured): IconReport {
  const { model, adapters, prompts, seeds, distinct, pooled } = request;
  return {
    suite: 'icons',
    model: { id: model.id, sha256: model.sha256 ?? null },
    adapters: adapters.map(({ id, sha256, weight }) => ({ id, sha256: sha256 ?? null, weight })),
    settings: { ...settings, prompts, seeds, distinct, pooled },
    splits: Object.fromEntries([...splits].map(([split, drawn]) => [split, splitReport(drawn, calibration.ceiling[split], precision.get(split) ?? [])])),
    distinctness: shares.length === 0 ? null : { ...rounded(interval(shares)), prompts: shares.length, real: calibration.distinctness['distinct of 16'] },
    rPrecisionAmong: Math.min(CHOICES, prompts),
    calibration,
    secondsPerPicture: Number(seconds.toFixed(3)),
  };
}

function splitReport(drawn: readonly DrawnPrompt[], ceiling: RealScores, precision: readonly number[]): SplitReport {
  const share = (mark: Mark, of = drawn) => of.map(({ marks }) => marks.reduce((sum, one) => sum + one[mark], 0) / marks.length);
  const wordings = [...new Set(drawn.map(({ asked }) => asked.wording))].map((wording) => [wording, drawn.filter(({ asked }) => asked.wording === wording)] as const);
  const marksOf = <M extends Mark>(marks: readonly M[], of = drawn) => Object.fromEntries(marks.map((mark) => [mark, rounded(interval(share(mark, of)))])) as Record<M, Interval>;
  const covered = drawn.filter(({ asked }) => asked.hasCeiling);
  const divided = (mark: Mark, by: number) => scaled(interval(share(mark, covered)), 1 / by);
  return {
    prompts: drawn.length,
    pictures: drawn.reduce((sum, { marks }) => sum + marks.length, 0),
    ...marksOf(MARKS),
    copies: rounded(interval(drawn.map(({ copies, marks }) => copies / marks.length))),
    ceiling,
    ofCeiling: covered.length === 0 ? null : { top1: divided('top1', ceiling['concept top-1']), top5: divided('top5', ceiling['concept top-5']), joint: divided('joint', ceiling.joint) },
    wordings: wordings.length < 2 ? null : Object.fromEntries(wordings.map(([wording, of]) => [wording, { prompts: of.length, ...marksOf(PART_MARKS, of) }])),
    rPrecision: precision.length === 0 ? null : rounded(interval(precision)),
  };
}

/** The report as Markdown. */
export function reportText(report: IconReport): string {
  const { model, settings, splits, distinctness, calibration, adapters } = report;
  const entries = Object.entries(splits) as [Split, SplitReport][];
  const real = calibration.ceiling;
  const lines = [
    `# ${model.id}: what it was asked and what it drew`,
    '',
    `${settings.prompts} prompts × ${settings.seeds} seeds per split, ${settings.steps} steps, guidance ${settings.guidanceScale}, pooled vector ${settings.pooled === 'text' ? "of the prompt" : 'null'}${adapters.map(({ id, weight }) => `, <${id}:${weight}>`).join('')}; 95 % bootstrap intervals over prompts; ${report.secondsPerPicture} s a picture.`,
    'Attributes are exact pixel checks; the concept is judged by a classifier that never saw a training glyph; no glyph found counts as wrong.',
    '',
    ...table(
      ['split', 'pictures', 'canvas', 'container', 'background', 'foreground', 'all four', 'concept top-1', 'top-5', 'joint', 'style', 'copies'],
      entries.map(([split, one]) => [split, String(one.pictures), ...(['canvas', 'container', 'background', 'foreground', 'allFour', 'top1', 'top5', 'joint', 'style'] as const).map((mark) => shown(one[mark])), shown(one.copies)]),
    ),
    '',
    'Divided by what real pictures of unseen icon sets reach on the same prompts, where those sets draw the concept:',
    '',
    ...table(
      ['split', 'concept top-1 ÷ ceiling', 'top-5 ÷ ceiling', 'joint ÷ ceiling', 'ceiling top-1', 'top-5', 'joint', 'style', 'copies'],
      entries.map(([split, { ofCeiling, ceiling }]) => [split, ...(['top1', 'top5', 'joint'] as const).map((mark) => (ofCeiling ? shown(ofCeiling[mark]) : '–')), ...[ceiling['concept top-1'], ceiling['concept top-5'], ceiling.joint, ceiling.style, ceiling.copies].map((value) => value?.toFixed(2) ?? '–')]),
    ),
    '',
    distinctness ? `Distinct among 16 pictures of one prompt: ${shown(distinctness)} over ${distinctness.prompts} prompts; 16 human drawings of one concept: ${distinctness.real.toFixed(2)}.` : 'Distinctness was left out.',
    '',
    'The same checks on real pictures, to know what the numbers can mean:',
    '',
    ...table(
      ['real pictures', 'n', 'all four', 'concept top-1', 'top-5', 'joint'],
      Object.entries({ 'unseen sets': real.seen, 'with captions of others': calibration['mismatched captions'], 'blurred, σ 0.8': calibration['blur 0.8'], 'noisy, σ 12': calibration['noise 12'] })
        .map(([name, one]) => [name, String(one.n), ...[one['all four'], one['concept top-1'], one['concept top-5'], one.joint].map((value) => value.toFixed(2))]),
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

function scaled({ mean, low, high }: Interval, by: number): Interval {
  return rounded({ mean: mean * by, low: low * by, high: high * by });
}

function rounded({ mean, low, high }: Interval): Interval {
  const round = (value: number) => Number(value.toFixed(4));
  return { mean: round(mean), low: round(low), high: round(high) };
}
