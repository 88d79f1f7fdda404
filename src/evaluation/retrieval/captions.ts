/** Which captions a picture chooses from: its own, and others of the set (random) or its own with another concept (hard). */
import { philox4x32 } from '../../prompt/philox';

/** What a picture is asked about. The right caption comes first. */
export interface Choice {
  readonly picture: string;
  readonly captions: readonly [own: string, ...others: string[]];
}

/** `count − 1` other captions of the set, none of them the picture's own words. Throws a `RangeError` if there are too few. */
export function randomChoices(entries: readonly { picture: string; caption: string }[], count: number, seed: number): Choice[] {
  const distinct = [...new Set(entries.map(({ caption }) => caption))];
  if (distinct.length < count) throw new RangeError(`${distinct.length} different captions are fewer than the ${count} that each picture chooses from`);
  return entries.map(({ picture, caption }, i) => ({ picture, captions: [caption, ...sample(distinct.filter((other) => other !== caption), count - 1, [seed, i])] }));
}

/**
 * The picture's caption with its concept replaced by others, everything else as it was. Pictures whose caption names no known
 * concept are left out.
 * @param names every name of every concept; a concept's own other names are never a wrong answer
 */
export function hardChoices(entries: readonly { picture: string; caption: string }[], names: readonly (readonly string[])[], count: number, seed: number): Choice[] {
  return entries.flatMap(({ picture, caption }, i) => {
    const found = findConcept(caption, names);
    if (!found) return [];
    const others = sample(names.flatMap(([name], concept) => (concept === found.concept || name === undefined ? [] : [name])), count - 1, [seed, i]);
    return others.length < count - 1 ? [] : [{ picture, captions: [caption, ...others.map((name) => replaced(caption, found, name))] }];
  });
}

interface Found {
  readonly concept: number;
  readonly start: number;
  readonly end: number;
}

/** The longest known name in a caption, as whole words; of equally long ones the first. */
export function findConcept(caption: string, names: readonly (readonly string[])[]): Found | null {
  let best: Found | null = null;
  names.forEach((all, concept) => {
    for (const name of all) {
      const match = new RegExp(`(?<![\\p{L}\\p{N}])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{N}])`, 'iu').exec(caption);
      if (match && name.length > (best ? best.end - best.start : 0)) best = { concept, start: match.index, end: match.index + name.length };
    }
  });
  return best;
}

/** An article before the concept follows it, or it would tell the right caption from the wrong ones. */
function replaced(caption: string, { start, end }: Found, name: string): string {
  const before = caption.slice(0, start).replace(/(^|\s)(an?)\s$/i, (_all, space: string, article: string) => `${space}${article[0]!}${/^[aeiou]/i.test(name) ? 'n' : ''} `);
  return before + name + caption.slice(end);
}

/** `count` of the values (all, if there are fewer) in an order that depends on the key alone. */
function sample(values: readonly string[], count: number, key: readonly [number, number]): string[] {
  const left = [...values];
  return Array.from({ length: Math.min(count, left.length) }, (_, k) => {
    const [word] = philox4x32([key[0], key[1]], [k, 0, 0, 0]);
    return left.splice(Math.floor((word / 2 ** 32) * left.length), 1)[0]!;
  });
}
