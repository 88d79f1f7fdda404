/** Which pictures a step sees, and under which captions: decided by seed and step alone. */
import { conceptFinder, withConcept, type NamedConcept } from '../dataset';
import { integer } from './counter-random';
import type { CaptionedEntry } from './encoded-data';
import { TrainingError } from './error';

export interface BatchOptions {
  readonly batchSize: number;
  readonly seed: string;
  /** Wrong captions that differ from the right one in the concept alone. */
  readonly hardNegatives: boolean;
  /** Every name of everything a caption can be about. */
  readonly concepts: readonly (readonly string[])[];
}

/** A picture and the captions that it is seen under. */
export interface BatchRow {
  /** Place in the entries. */
  readonly place: number;
  /** Its own first; the others all differ from it. */
  readonly captions: [own: string, ...others: string[]];
}

interface Parts {
  readonly found: NamedConcept | null;
  /** The concept as this caption calls it. */
  readonly name: string;
  /** The caption with a hole for the concept: what colours, container and style say. */
  readonly frame: string;
}

/** How often chance may miss before the entries are looked through in order. */
const TRIES = 4000;

export class Batches {
  private readonly parts: readonly Parts[];
  private readonly byFrame = new Map<string, number[]>();

  /** Throws `TrainingError` if there are fewer different captions than a batch needs: equal ones would be wrong negatives. */
  constructor(private readonly entries: readonly CaptionedEntry[], private readonly options: BatchOptions) {
    const different = new Set(entries.map(({ caption }) => caption)).size;
    if (different < options.batchSize) throw new TrainingError('bad-request', `batches of ${options.batchSize} need as many different captions, and the training part has ${different}; add captions, or set batchSize: ${Math.max(2, different)}`);
    const find = conceptFinder(options.hardNegatives ? options.concepts : []);
    this.parts = entries.map(({ caption }) => {
      const found = find(caption);
      return { found, name: found ? caption.slice(found.start, found.end) : '', frame: found ? withConcept(caption, found, '◌') : caption };
    });
    this.parts.forEach(({ found, frame }, place) => {
      if (!found) return;
      const known = this.byFrame.get(frame);
      if (known) known.push(place);
      else this.byFrame.set(frame, [place]);
    });
  }

  /** One row per picture, captions all different. `index` separates the batches of one step. */
  at(step: number, index = 0): BatchRow[] {
    const places = this.places(step, index);
    return places.map((place) => {
      const captions: BatchRow['captions'] = [this.entries[place]!.caption];
      for (const other of places) if (other !== place) captions.push(this.negative(place, other, captions));
      return { place, captions };
    });
  }

  private places(step: number, index: number): number[] {
    const { seed, batchSize, hardNegatives } = this.options;
    const draw = (k: number, limit: number) => integer({ seed, step, purpose: 'batch', index: index * 4096 + k }, limit);
    const chosen = [draw(0, this.entries.length)];
    const differs = (place: number) => chosen.every((other) => this.entries[other]!.caption !== this.entries[place]!.caption);
    const differsInConcept = (place: number) => differs(place) && this.parts[place]!.found !== null && chosen.every((other) => this.parts[other]!.found?.concept !== this.parts[place]!.found?.concept);
    const { found, frame } = this.parts[chosen[0]!]!;
    for (let k = 1; chosen.length < batchSize; k++) {
      const companions = hardNegatives && found ? this.byFrame.get(frame)!.filter(differsInConcept) : [];
      if (companions.length > 0) {
        chosen.push(companions[draw(k, companions.length)]!);
        continue;
      }
      const fits = hardNegatives && k < TRIES / 2 ? differsInConcept : differs;
      // Many pictures of few captions: chance alone would take long to find the last ones.
      const place = k < TRIES ? draw(k, this.entries.length) : this.entries.findIndex((_, i) => fits(i));
      if (fits(place)) chosen.push(place);
    }
    return chosen;
  }

  /**
   * What picture `place` is told apart from: the other picture's caption; with hard negatives its own, about what the other
   * picture shows. Where the two differ in nothing else that is the other's own caption; else nobody wrote it before.
   */
  private negative(place: number, other: number, taken: readonly string[]): string {
    const [own, theirs] = [this.parts[place]!, this.parts[other]!];
    const written = own.found && theirs.found && own.found.concept !== theirs.found.concept ? withConcept(this.entries[place]!.caption, own.found, theirs.name) : null;
    return written === null || taken.includes(written) ? this.entries[other]!.caption : written;
  }
}
