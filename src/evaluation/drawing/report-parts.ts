/** What the reports of all suites of pictures say alike. */
import type { PicturesRequest } from '../../prompt';
import { interval, type Interval } from '../statistics';
import { SIDE } from '../pixels/mask';
import { shown, table } from '../table';
import type { Asked, DrawnPrompt } from './drawn-prompt';
import type { Settings } from './pictures';

export type ReportHead = {
  readonly model: { readonly id: string; readonly sha256: string | null };
  readonly adapters: readonly { readonly id: string; readonly sha256: string | null; readonly weight: number }[];
  readonly settings: Settings & Pick<PicturesRequest, 'prompts' | 'seeds' | 'distinct' | 'pooled'>;
};

/** Several drawings of one prompt compared. */
export type Distinctness = Interval & { readonly prompts: number };

export function headOf({ model, adapters, prompts, seeds, distinct, pooled }: PicturesRequest, settings: Settings): ReportHead {
  return {
    model: { id: model.id, sha256: model.sha256 ?? null },
    adapters: adapters.map(({ id, sha256, weight }) => ({ id, sha256: sha256 ?? null, weight })),
    settings: { ...settings, prompts, seeds, distinct, pooled },
  };
}

/** `null` if it was left out. */
export function distinctnessOf(shares: readonly number[]): Distinctness | null {
  return shares.length === 0 ? null : { ...rounded(interval(shares)), prompts: shares.length };
}

/** A prompt counts once, with the mean of its pictures. */
export function meansOf<Mark extends string, Part extends Mark>(marks: readonly Part[], drawn: readonly DrawnPrompt<Asked, Mark>[]): Record<Part, Interval> {
  return Object.fromEntries(marks.map((mark) => [mark, rounded(interval(shares(mark, drawn)))])) as Record<Part, Interval>;
}

/**
 * Over the prompts for which there are real pictures, divided by what these reach; the ceiling's own error is not in the interval.
 * `null` if there are no such prompts.
 */
export function ofCeiling<Mark extends string, Part extends Mark>(drawn: readonly DrawnPrompt<Asked & { readonly hasCeiling: boolean }, Mark>[], ceiling: Readonly<Record<Part, number>>): Record<Part, Interval> | null {
  const covered = drawn.filter(({ asked }) => asked.hasCeiling);
  if (covered.length === 0) return null;
  return Object.fromEntries(keysOf(ceiling).map((mark) => [mark, scaled(interval(shares(mark, covered)), 1 / ceiling[mark])])) as Record<Part, Interval>;
}

function shares<Mark extends string>(mark: Mark, drawn: readonly DrawnPrompt<Asked, Mark>[]): number[] {
  return drawn.map(({ marks }) => marks.reduce((sum, one) => sum + one[mark], 0) / marks.length);
}

/** How a report as Markdown begins. */
export function headLines({ model, adapters, settings, secondsPerPicture }: ReportHead & { readonly secondsPerPicture: number }): string[] {
  return [
    `# ${model.id}: what it was asked and what it drew`,
    '',
    `${settings.prompts} prompts × ${settings.seeds} seeds per split, ${settings.width === SIDE ? '' : `drawn in ${settings.width}x${settings.height} and looked at in ${SIDE}x${SIDE}, `}${settings.steps} steps, guidance ${settings.guidanceScale}, pooled vector ${settings.pooled === 'text' ? 'of the prompt' : 'null'}${adapters.map(({ id, weight }) => `, <${id}:${weight}>`).join('')}; 95 % bootstrap intervals over prompts; ${secondsPerPicture} s a picture.`,
  ];
}

/** A row per split. */
export function splitTable<Part extends string>(entries: readonly (readonly [string, Readonly<Record<NoInfer<Part>, Interval>> & { readonly pictures: number }])[], columns: Readonly<Record<Part, string>>): string[] {
  return table(['split', 'pictures', ...Object.values<string>(columns)], entries.map(([split, one]) => [split, String(one.pictures), ...keysOf(columns).map((part) => shown(one[part]))]));
}

/** A row per split: what real pictures reach, and what of that. */
export function ceilingTable<Part extends string, Real extends string>(
  entries: readonly (readonly [string, { readonly ofCeiling: Readonly<Record<NoInfer<Part>, Interval>> | null; readonly ceiling: Readonly<Partial<Record<NoInfer<Real>, number | null>>> }])[],
  parts: Readonly<Record<Part, string>>,
  real: Readonly<Record<Real, string>>,
): string[] {
  return table(
    ['split', ...Object.values<string>(parts).map((title) => `${title} ÷ ceiling`), ...Object.values<string>(real)],
    entries.map(([split, { ofCeiling: divided, ceiling }]) => [split, ...keysOf(parts).map((part) => (divided ? shown(divided[part]) : '–')), ...keysOf(real).map((name) => ceiling[name]?.toFixed(2) ?? '–')]),
  );
}

/** A row for what each kind of real pictures scores. */
export function realTable<Real extends string>(kinds: Readonly<Record<string, Readonly<Record<NoInfer<Real>, number>> & { readonly n: number }>>, columns: Readonly<Record<Real, string>>): string[] {
  return table(['real pictures', 'n', ...Object.values<string>(columns)], Object.entries(kinds).map(([kind, scores]) => [kind, String(scores.n), ...keysOf(columns).map((name) => scores[name].toFixed(2))]));
}

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record) as Key[];
}

export function rounded({ mean, low, high }: Interval): Interval {
  const round = (value: number) => Number(value.toFixed(4));
  return { mean: round(mean), low: round(low), high: round(high) };
}

function scaled({ mean, low, high }: Interval, by: number): Interval {
  return rounded({ mean: mean * by, low: low * by, high: high * by });
}
