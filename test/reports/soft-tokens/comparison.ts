/** From measurements to what is told: means per arm and gains, paired by prompt or picture. Nothing here draws or trains. */
import { distinctShare } from '../../../src/evaluation/pixels/ink-bits';
import { interval, type Interval } from '../../../src/evaluation/statistics';
import { BASE, CONTROL, type Arm } from './arms';
import type { TrainingRecord } from './banks';
import { unpacked, type PictureScore, type Ranks } from './measurements';

/** What one bank (or the bare model) did; the places of prompts and questions are the same for all. */
export interface BankMeasured {
  /** Of each prompt, its pictures. */
  readonly pictures: readonly (readonly PictureScore[])[];
  /** Of each prompt of which many pictures were drawn. */
  readonly many: readonly (readonly PictureScore[])[];
  readonly ranks: readonly Ranks[];
}

export interface ArmMeasured {
  readonly arm: Arm;
  /** Joint success on the validation prompts by guidance, and what was chosen by it. */
  readonly validation: readonly { readonly guidance: number; readonly joint: number }[];
  readonly guidance: number;
  readonly training: readonly TrainingRecord[];
  readonly banks: readonly BankMeasured[];
}

interface Metric {
  readonly name: string;
  readonly label: string;
  /** Whether more of it is better. */
  readonly more: boolean;
  readonly primary?: boolean;
  /** One number per prompt or picture. */
  of(bank: BankMeasured): number[];
}

const share = (of: (score: PictureScore) => number) => ({ pictures }: BankMeasured) => pictures.map((scores) => mean(scores.map(of)));

export const METRICS: readonly Metric[] = [
  { name: 'hardRetrieval', label: 'retrieval, hard negatives', more: true, primary: true, of: ({ ranks }) => ranks.map(({ hard }) => Number(hard === 0)) },
  { name: 'joint', label: 'joint success', more: true, primary: true, of: share(({ marks }) => marks.joint) },
  { name: 'randomRetrieval', label: 'retrieval, random negatives', more: true, of: ({ ranks }) => ranks.map(({ random }) => Number(random === 0)) },
  { name: 'concept', label: 'concept, first', more: true, of: share(({ marks }) => marks.top1) },
  { name: 'conceptFive', label: 'concept, among five', more: true, of: share(({ marks }) => marks.top5) },
  { name: 'attributes', label: 'colours and container', more: true, of: share(({ marks }) => marks.allFour) },
  { name: 'style', label: 'style', more: true, of: share(({ marks }) => marks.style) },
  { name: 'distinct', label: 'distinct drawings of a prompt', more: true, of: ({ many }) => many.map((scores) => distinctShare(scores.map(({ glyph }) => (glyph === null ? null : unpacked(glyph))))) },
  { name: 'pieces', label: 'pieces of ink', more: false, of: share((score) => score.pieces) },
];

export interface Compared {
  /** Prompts or pictures that the intervals are over. */
  readonly units: number;
  readonly value: Interval;
  readonly overBase: Interval | null;
  readonly overControl: Interval | null;
  /** The mean of each seed's bank, for whoever wants to see how much the seed decides. */
  readonly bySeed: number[];
}

/** Metric → arm → numbers. */
export function compare(arms: readonly ArmMeasured[]): Record<string, Record<string, Compared>> {
  return Object.fromEntries(METRICS.flatMap((metric) => {
    const series = new Map(arms.map(({ arm, banks }) => [arm.name, banks.map((bank) => metric.of(bank))]));
    if ((series.get(BASE)?.[0] ?? []).length === 0) return [];
    const overSeeds = (name: string) => averaged(series.get(name)!);
    const gain = (name: string, over: string) => (name === over || name === BASE ? null : interval(overSeeds(name).map((value, i) => value - overSeeds(over)[i]!)));
    return [[metric.name, Object.fromEntries(arms.map(({ arm: { name } }): [string, Compared] => [name, {
      units: overSeeds(name).length, value: interval(overSeeds(name)), overBase: gain(name, BASE), overControl: gain(name, CONTROL), bySeed: series.get(name)!.map(mean),
    }]))]];
  }));
}

export interface Changes {
  readonly pictures: number;
  readonly won: number;
  readonly lost: number;
}

/** Pictures that are right with the tokens and wrong without, and the reverse, from the same prompt and noise. */
export function changes(arms: readonly ArmMeasured[], mark: 'joint' | 'top1'): Record<string, Changes> {
  const base = arms.find(({ arm }) => arm.name === BASE)!.banks[0]!.pictures;
  return Object.fromEntries(arms.filter(({ arm }) => arm.name !== BASE).map(({ arm, banks }) => {
    const pairs = banks.flatMap(({ pictures }) => pictures.flatMap((scores, prompt) => scores.map((score, turn) => [score.marks[mark], base[prompt]![turn]!.marks[mark]] as const)));
    const count = (test: (now: number, before: number) => boolean) => pairs.filter(([now, before]) => test(now, before)).length;
    return [arm.name, { pictures: pairs.length, won: count((now, before) => now > before), lost: count((now, before) => now < before) }];
  }));
}

/** The guidance with the most joint success; of equals the one nearest to the model's own. */
export function bestGuidance(validation: readonly { readonly guidance: number; readonly joint: number }[], own: number): number {
  return [...validation].sort((a, b) => b.joint - a.joint || Math.abs(a.guidance - own) - Math.abs(b.guidance - own))[0]!.guidance;
}

/** Fewer prompts than this make an interval that means nothing. */
const FEW = 10;

/** In words, whether a gain's interval over so many prompts says anything. */
export function verdict({ low, high }: Interval, units: number, more = true): 'a gain' | 'worse' | 'none shown, the interval includes 0' | 'too few to say' {
  if (units < FEW) return 'too few to say';
  if (low > 0) return more ? 'a gain' : 'worse';
  if (high < 0) return more ? 'worse' : 'a gain';
  return 'none shown, the interval includes 0';
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function averaged(series: readonly (readonly number[])[]): number[] {
  return series[0]!.map((_, i) => mean(series.map((values) => values[i]!)));
}
