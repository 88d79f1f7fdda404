/**
 * The words of a prompt that its model was never taught, with their places. A model trained on a fixed list of names
 * draws something for any word, so a mistyped one is better seen while it is typed.
 */
import type { KnownConcepts } from '../models';

/** Words that carry no picture: they are in every caption and are not listed by anybody. */
const GRAMMAR = new Set('a an and in of on the with without to for from at by or its his her no not very icon icons picture symbol sign BREAK AND'.toLowerCase().split(' '));

/** What is not prose in a prompt: wildcards, adapter tags, variant weights and bounds. */
const NOT_PROSE = /__[^\s_](?:[^\s]*?[^\s_])?__|<[^<>\n]*>|\d+(?:\.\d+)?::|[\d-]+\$\$/g;

/** What prompts of one kind are made of: those for icons, or those for emoji. */
export type TaughtNames = Pick<KnownConcepts, 'concepts' | 'colours' | 'containers' | 'styles' | 'templates'>;

/** Every word that occurs in what the model knows, lower case. */
export function vocabularyOf({ concepts, colours, containers, styles, templates }: TaughtNames): Set<string> {
  const names = [...concepts.flatMap(({ name, synonyms }) => [name, ...synonyms]), ...Object.keys(colours), ...containers, ...styles, ...templates];
  return new Set([...GRAMMAR, ...names.flatMap(wordsOf)]);
}

/** The words of a name, lower case. */
export function wordsOf(name: string): string[] {
  return name.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Two letters or more (with their accents, in any script), a single Chinese sign, or an emoji with all that belongs to it. */
const WORD = /\p{L}[\p{L}\p{M}\p{N}]+|\p{Ideographic}|\p{Extended_Pictographic}[\u{FE0F}\u{1F3FB}-\u{1F3FF}]*(?:\u{200D}\p{Extended_Pictographic}[\u{FE0F}\u{1F3FB}-\u{1F3FF}]*)*/gu;

/** The prompt with everything else blanked, so that offsets stay. */
export function proseOf(prompt: string): string {
  return prompt.replace(NOT_PROSE, (match) => ' '.repeat(match.length));
}

/** The word, and what it may be the plural of. */
export function singulars(word: string): string[] {
  const lower = word.toLowerCase();
  return [lower, lower.replace(/s$/, ''), lower.replace(/es$/, ''), lower.replace(/ies$/, 'y')];
}

/** Offsets are into `prompt`. A plural counts as its singular; one letter, and a number, as nothing. */
export function unknownWords(prompt: string, vocabulary: ReadonlySet<string>): { start: number; end: number; word: string }[] {
  return [...proseOf(prompt).matchAll(WORD)].flatMap(({ 0: word, index }) =>
    singulars(word).some((form) => vocabulary.has(form)) ? [] : [{ start: index, end: index + word.length, word }]);
}
