/**
 * Words that are probably mistyped, judged by the set itself: seen hardly ever, and one edit away from a word seen often.
 * Frequent words are indexed by what remains of them when any one letter is taken out (W. Garbe's symmetric deletion),
 * so that the search is linear in the vocabulary.
 */
import { TimeSlice } from './time-slice';

/** Shorter words are one edit away from too many others. */
const MIN_LENGTH = 4;
/** A word is taken for right when it occurs in this many captions, and this many times more often than the rare one. */
const FREQUENT = 4;
const RATIO = 4;
const RARE = 2;

export interface Word {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** Words of a caption in lower case, with UTF-16 offsets. What holds a digit is a name, not a word. */
export function wordsOf(caption: string): Word[] {
  return [...caption.matchAll(/[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*/gu)].flatMap(({ 0: found, index }) => (/\p{N}/u.test(found) ? [] : [{ word: found.toLowerCase(), start: index, end: index + found.length }]));
}

/**
 * For each likely typo the word that was probably meant. `counts` says in how many captions a word occurs; `isKnown`
 * clears words that are in some dictionary.
 */
export async function likelyTypos(counts: ReadonlyMap<string, number>, isKnown: (word: string) => boolean = () => false, slice = new TimeSlice()): Promise<Map<string, string>> {
  const index = new Map<string, string[]>();
  for (const [word, count] of counts) {
    if (slice.isOver()) await slice.rest();
    if (count < FREQUENT || word.length < MIN_LENGTH - 1) continue;
    for (const rest of [word, ...deletionsOf(word)]) {
      const words = index.get(rest);
      if (words) words.push(word);
      else index.set(rest, [word]);
    }
  }
  const typos = new Map<string, string>();
  for (const [word, count] of counts) {
    if (slice.isOver()) await slice.rest();
    if (count > RARE || word.length < MIN_LENGTH) continue;
    const near = new Set([word, ...deletionsOf(word)].flatMap((rest) => index.get(rest) ?? []));
    const meant = [...near]
      .filter((other) => (counts.get(other) ?? 0) >= RATIO * count && isOneEdit(word, other) && !isInflection(word, other))
      .sort((a, b) => counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1))[0];
    if (meant !== undefined && !isKnown(word)) typos.set(word, meant);
  }
  return typos;
}

function deletionsOf(word: string): string[] {
  return Array.from({ length: word.length }, (_, at) => word.slice(0, at) + word.slice(at + 1));
}

/**
 * One letter added, left out, replaced or exchanged with its neighbour. A replaced first letter makes another word
 * (`ring`, `wing`) far more often than a typo, so it does not count.
 */
export function isOneEdit(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) [endA, endB] = [endA - 1, endB - 1];
  const [restA, restB] = [a.slice(start, endA), b.slice(start, endB)];
  if (restA.length === 2 && restB.length === 2) return restA[0] === restB[1] && restA[1] === restB[0];
  return restA.length + restB.length === 1 || (restA.length === 1 && restB.length === 1 && start > 0);
}

/** Forms of one word (`stars`, `fired`, `woody`), which are no typos of each other. */
function isInflection(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return long.startsWith(short) && /^['’]?[sdyrn]$/.test(long.slice(short.length));
}
