/**
 * The words of a prompt that its model was never taught, with their places. A model trained on a fixed list of names
 * draws something for any word, so a mistyped one is better seen while it is typed.
 */
import type { KnownConcepts } from '../models';

/** Words that carry no picture: they are in every caption and are not listed by anybody. */
const GRAMMAR = new Set('a an and in of on the with without to for from at by or its his her no not very icon icons picture symbol sign BREAK AND'.toLowerCase().split(' '));

/** What is not prose in a prompt: wildcards, adapter tags, variant weights and bounds. */
const NOT_PROSE = /__[^\s_](?:[^\s]*?[^\s_])?__|<[^<>\n]*>|\d+(?:\.\d+)?::|[\d-]+\$\$/g;

/** Every word that occurs in what the model knows, lower case. */
export function vocabularyOf({ concepts, colours, containers, styles, templates }: KnownConcepts): Set<string> {
  const names = [...concepts.flatMap(({ name, synonyms }) => [name, ...synonyms]), ...Object.keys(colours), ...containers, ...styles, ...templates];
  return new Set([...GRAMMAR, ...names.flatMap((name) => name.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])]);
}

/** Two letters or more (with their accents, in any script), a single Chinese sign, or an emoji. */
const WORD = /\p{L}[\p{L}\p{M}\p{N}]+|\p{Ideographic}|\p{Extended_Pictographic}/gu;

/** Offsets are into `prompt`. A plural counts as its singular; one letter, and a number, as nothing. */
export function unknownWords(prompt: string, vocabulary: ReadonlySet<string>): { start: number; end: number; word: string }[] {
  const prose = prompt.replace(NOT_PROSE, (match) => ' '.repeat(match.length));
  return [...prose.matchAll(WORD)].flatMap(({ 0: word, index }) => {
    const lower = word.toLowerCase();
    const known = [lower, lower.replace(/s$/, ''), lower.replace(/es$/, ''), lower.replace(/ies$/, 'y')].some((form) => vocabulary.has(form));
    return known ? [] : [{ start: index, end: index + word.length, word }];
  });
}
