/** Which of the things that a model knows a caption is about, and the same caption about another. */

/** Where a caption names a concept. */
export interface NamedConcept {
  /** Place in the list of concepts. */
  readonly concept: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the longest known name in a caption, as whole words, in any case; of equally long ones the first in the caption.
 * @param names every name of every concept; a name that two concepts share is the first one's
 */
export function conceptFinder(names: readonly (readonly string[])[]): (caption: string) => NamedConcept | null {
  const concepts = new Map<string, number>();
  names.forEach((all, concept) => all.forEach((name) => concepts.has(name.toLowerCase()) || concepts.set(name.toLowerCase(), concept)));
  if (concepts.size === 0) return () => null;
  const longestFirst = [...concepts.keys()].sort((a, b) => b.length - a.length).map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  // Looked at ahead, so that a name that overlaps a shorter one before it is seen too.
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?=(${longestFirst.join('|')})(?![\\p{L}\\p{N}]))`, 'giu');
  return (caption) => {
    let best: NamedConcept | null = null;
    for (const { index, 1: name = '' } of caption.matchAll(pattern)) {
      const concept = concepts.get(name.toLowerCase()); // folding may match letters that have no such lower case
      if (concept !== undefined && name.length > (best ? best.end - best.start : 0)) best = { concept, start: index, end: index + name.length };
    }
    return best;
  };
}

/** The caption about another concept. An article before it follows the new name, or it would tell which caption is whose. */
export function withConcept(caption: string, { start, end }: NamedConcept, name: string): string {
  const before = caption.slice(0, start).replace(/(^|\s)(an?)\s$/i, (_all, space: string, article: string) => `${space}${article[0]!}${/^[aeiou]/i.test(name) ? 'n' : ''} `);
  return before + name + caption.slice(end);
}
