/** Which pictures a step sees: decided by seed and step alone. */
import { integer } from './counter-random';
import type { CaptionedEntry } from './encoded-data';
import { TrainingError } from './error';

export interface BatchOptions {
  readonly batchSize: number;
  readonly seed: string;
  /** Captions that are as alike as the set allows, instead of any. */
  readonly hardNegatives: boolean;
  /** Names of things a caption can be about, each as words. */
  readonly concepts: readonly string[];
}

export class Batches {
  private readonly parts: readonly { readonly frame: string; readonly concept: string; readonly words: ReadonlySet<string> }[];

  /** Throws `TrainingError` if there are fewer different captions than a batch needs: equal ones would be wrong negatives. */
  constructor(private readonly entries: readonly CaptionedEntry[], private readonly options: BatchOptions) {
    const different = new Set(entries.map(({ caption }) => caption)).size;
    if (different < options.batchSize) throw new TrainingError('bad-request', `batches of ${options.batchSize} need as many different captions, and the training part has ${different}; add captions, or set batchSize: ${Math.max(2, different)}`);
    const concepts = [...options.concepts].sort((a, b) => b.length - a.length);
    this.parts = entries.map(({ caption }) => split(caption, concepts));
  }

  /** Places in `entries`, captions all different. `index` separates the batches of one step. */
  at(step: number, index = 0): number[] {
    const { seed, batchSize, hardNegatives } = this.options;
    const draw = (k: number) => integer({ seed, step, purpose: 'batch', index: index * 4096 + k }, this.entries.length);
    const chosen = [draw(0)];
    const fits = (entry: number) => chosen.every((other) => this.entries[other]!.caption !== this.entries[entry]!.caption);
    if (hardNegatives) {
      for (const entry of this.alike(chosen[0]!)) if (chosen.length < batchSize && fits(entry)) chosen.push(entry);
      return chosen;
    }
    for (let k = 1; chosen.length < batchSize; k++) {
      // Many pictures of few captions: chance alone would take long to find the last ones.
      const entry = k < 4000 ? draw(k) : this.entries.findIndex((_, place) => fits(place));
      if (fits(entry)) chosen.push(entry);
    }
    return chosen;
  }

  /** Every entry, the most alike caption first: same frame and another concept, then by words that differ. */
  private alike(anchor: number): number[] {
    const own = this.parts[anchor]!;
    const distance = ({ frame, concept, words }: Batches['parts'][number]) =>
      concept !== '' && frame === own.frame && concept !== own.concept ? 0 : 1 + [...words].filter((word) => !own.words.has(word)).length + [...own.words].filter((word) => !words.has(word)).length;
    return this.parts.map((part, place) => [distance(part), place] as const).sort(([a, i], [b, j]) => a - b || i - j).map(([, place]) => place);
  }
}

/** `red heart icon on a blue circle` → frame `red ◌ icon on a blue circle`, concept `heart`. */
function split(caption: string, concepts: readonly string[]) {
  const text = caption.toLowerCase();
  const concept = concepts.find((name) => new RegExp(`\\b${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\b`).test(text)) ?? '';
  return { frame: concept === '' ? text : text.replace(concept, '◌'), concept, words: new Set(text.match(/[\p{L}\p{N}]+/gu) ?? []) };
}
