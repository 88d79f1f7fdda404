/**
 * What was probably meant by a word that a model was not taught: by letters, among its concepts with their synonyms, and its
 * colours, containers and styles.
 */
import type { TaughtNames } from './unknown-words';

/** At most this many are told. */
const TOLD = 3;
/** Others are told beside the closest one while they are about as close: this much more of the word changed. */
const ABOUT = 0.15;

/** A name that the model knows, and the synonym through which it was found (`null`: the name itself). */
export interface Closest {
  readonly name: string;
  readonly synonym: string | null;
}

/** The closest first; none for a word that shares nothing with any name, as of another alphabet. */
export function closestConcepts(word: string, { concepts, colours, containers, styles }: TaughtNames): Closest[] {
  const wanted = word.toLowerCase();
  const others = [...Object.keys(colours), ...containers, ...styles].filter((other) => concepts.every(({ name }) => name !== other));
  const best = [...concepts, ...others.map((name) => ({ name, synonyms: [] }))].map(({ name, synonyms }) => {
    const [first, ...rest] = [name, ...synonyms].map((said) => ({ said, share: difference(wanted, said.toLowerCase()) }));
    const { said, share } = rest.reduce((closest, one) => (one.share < closest.share ? one : closest), first!);
    return { name, synonym: said === name ? null : said, share };
  });
  const closest = best.filter(({ share }) => share < 1).sort((a, b) => a.share - b.share);
  return closest.filter(({ share }) => share <= closest[0]!.share + ABOUT).slice(0, TOLD).map(({ name, synonym }) => ({ name, synonym }));
}

/** `'zeppelin' is not among the 647 concepts this model knows; closest: …` */
export function unknownConceptMessage(word: string, known: TaughtNames, kind: 'concepts' | 'emoji' = 'concepts'): string {
  const closest = closestConcepts(word, known).map(({ name, synonym }) => (synonym === null ? name : `${name} (${synonym})`));
  return `'${word}' is not among the ${known.concepts.length} ${kind} this model knows${closest.length > 0 ? `; closest: ${closest.join(', ')}` : ''}`;
}

/** What `name` takes the place of: the word at `start` to `end`, and the rest of the name where it stands around the word already. */
export function placeOfName(name: string, text: string, start: number, end: number): { start: number; end: number } {
  const words = name.toLowerCase().split(' ');
  const said = text.toLowerCase();
  for (let i = 0; i < words.length; i++) {
    const before = words.slice(0, i).map((word) => `${word} `).join('');
    const after = words.slice(i + 1).map((word) => ` ${word}`).join('');
    if (said.endsWith(before, start) && said.startsWith(after, end)) return { start: start - before.length, end: end + after.length };
  }
  return { start, end };
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
