/**
 * Which of a model's concepts was probably meant by a word that it was not taught: by letters, among the concepts' names and
 * their synonyms.
 */
import type { KnownConcepts } from '../models';

/** At most this many are told. */
const TOLD = 3;
/** Others are told beside the closest one while they are about as close: this much more of the word changed. */
const ABOUT = 0.15;

/** A concept, and the synonym through which it was found (`null`: its own name). */
export interface Closest {
  readonly concept: string;
  readonly synonym: string | null;
}

/** The closest first; at least one if the model knows any concept. */
export function closestConcepts(word: string, concepts: KnownConcepts['concepts']): Closest[] {
  const wanted = word.toLowerCase();
  const best = concepts.map(({ name, synonyms }) => {
    const [first, ...others] = [name, ...synonyms].map((said) => ({ said, share: difference(wanted, said.toLowerCase()) }));
    const { said, share } = others.reduce((closest, one) => (one.share < closest.share ? one : closest), first!);
    return { concept: name, synonym: said === name ? null : said, share };
  });
  const closest = best.sort((a, b) => a.share - b.share);
  return closest.filter(({ share }) => share <= closest[0]!.share + ABOUT).slice(0, TOLD).map(({ concept, synonym }) => ({ concept, synonym }));
}

/** `'zeppelin' is not among the 199 concepts this model knows; closest: …` */
export function unknownConceptMessage(word: string, concepts: KnownConcepts['concepts']): string {
  const closest = closestConcepts(word, concepts).map(({ concept, synonym }) => (synonym === null ? concept : `${concept} (${synonym})`));
  return `'${word}' is not among the ${concepts.length} concepts this model knows${closest.length > 0 ? `; closest: ${closest.join(', ')}` : ''}`;
}

/** Changed letters over the longer one's length, to the whole name or to the nearest of its words (a little farther). */
function difference(word: string, name: string): number {
  const whole = edits(word, name) / Math.max(word.length, name.length);
  const parts = name.split(' ');
  if (parts.length === 1) return whole;
  return Math.min(whole, ...parts.map((part) => 0.05 + edits(word, part) / Math.max(word.length, part.length)));
}

/** Letters added, left out, replaced or exchanged with their neighbour (optimal string alignment; Damerau 1964). */
function edits(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + Number(a[i - 1] !== b[j - 1]);
      row[j] = Math.min(replaced, rows[i - 1]![j]! + 1, row[j - 1]! + 1);
      const isExchange = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isExchange) row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
