/** The lines of a run's charts, in no more points than a screen shows, however long the run is. Pure. */
import { POINTS_AT_MOST, type RunPoints } from '../../messages';

const SERIES = ['loss', 'learningRate', 'gradientNorm', 'matchedRank', 'tokenCosine'] as const;

/** A step, or the mean of neighbours under the last one's number. */
export type CurvePoint = { step: number } & Record<(typeof SERIES)[number], number | null>;

export class RunCurve {
  /** Steps that a point is the mean of; the last point may have fewer. Doubles when there are too many points. */
  stepsPerPoint = 1;
  private full: CurvePoint[] = [];
  private rest: CurvePoint[] = [];

  /** @param atMost even */
  constructor(private readonly atMost: number = POINTS_AT_MOST) {}

  add(step: CurvePoint): void {
    this.rest.push(step);
    if (this.rest.length < this.stepsPerPoint) return;
    this.full.push(mean(this.rest));
    this.rest = [];
    if (this.full.length < this.atMost) return;
    this.full = this.full.flatMap((point, place, all) => (place % 2 === 0 ? [mean(all.slice(place, place + 2))] : []));
    this.stepsPerPoint *= 2;
  }

  /** A point with a later step in it goes as a whole. */
  forgetAfter(last: number): void {
    this.full = this.full.filter(({ step }) => step <= last);
    this.rest = this.rest.filter(({ step }) => step <= last);
  }

  get points(): RunPoints {
    const all = this.rest.length > 0 ? [...this.full, mean(this.rest)] : this.full;
    const series = Object.fromEntries(SERIES.map((name) => [name, all.map((point) => point[name])])) as Omit<RunPoints, 'step'>;
    return { step: all.map(({ step }) => step), ...series };
  }
}

/** What is not a number stays a gap unless a neighbour is one. */
function mean(group: readonly CurvePoint[]): CurvePoint {
  const means = SERIES.map((name) => {
    const known = group.map((point) => point[name]).filter((value) => value !== null);
    return [name, known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length] as const;
  });
  return { step: group.at(-1)?.step ?? 0, ...(Object.fromEntries(means) as Omit<CurvePoint, 'step'>) };
}
