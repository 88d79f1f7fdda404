/** Which captions a picture chooses from: its own, and others of the set (random) or its own with another concept (hard). */
import { conceptFinder, withConcept } from '../../dataset';
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
  const find = conceptFinder(names);
  return entries.flatMap(({ picture, caption }, i) => {
    const found = find(caption);
    if (!found) return [];
    const others = sample(names.flatMap(([name], concept) => (concept === found.concept || name === undefined ? [] : [name])), count - 1, [seed, i]);
    return others.length < count - 1 ? [] : [{ picture, captions: [caption, ...others.map((name) => withConcept(caption, found, name))] }];
  });
}

/** `count` of the values (all, if there are fewer) in an order that depends on the key alone. */
function sample(values: readonly string[], count: number, key: readonly [number, number]): string[] {
  const left = [...values];
  return Array.from({ length: Math.min(count, left.length) }, (_, k) => {
    const [word] = philox4x32([key[0], key[1]], [k, 0, 0, 0]);
    return left.splice(Math.floor((word / 2 ** 32) * left.length), 1)[0]!;
  });
}
