/** Emoji in a prompt: whether it asks for one, and which of those that the model knows stand in it, by name or as a sign. */
import type { KnownConcepts } from '../models';
import { proseOf, unknownWords, vocabularyOf } from './unknown-words';

export type KnownEmoji = KnownConcepts['emoji'][number];

/** A half-open range of a text. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export interface NamedEmoji extends Place {
  readonly emoji: KnownEmoji;
}

/**
 * Whether a prompt asks for an emoji. The word "emoji" says so ("umbrella emoji", be there one or not), and without it the same name is
 * an icon's. But the word may itself name an icon, of a smiley: where no emoji is named and all else that is said is that icon's
 * other names, or how and where icons stand ("thin emoji icon", "red emoji on a circle"), the icon is meant; training's captions
 * of emoji always name one.
 */
export function emojiWish({ emoji, ...icons }: KnownConcepts): (prompt: string) => boolean {
  const find = emojiFinder(emoji);
  const smileys = icons.concepts.filter(({ name, synonyms }) => [name, ...synonyms].some((one) => one.toLowerCase() === 'emoji'));
  if (smileys.length === 0) return saysEmoji;
  const ofSmileys = vocabularyOf({ ...icons, concepts: smileys });
  return (prompt) => saysEmoji(prompt) && (find(prompt).length > 0 || unknownWords(prompt, ofSmileys).length > 0);
}

function saysEmoji(prompt: string): boolean {
  return /(?<![\p{L}\p{N}])emojis?(?![\p{L}\p{N}])/iu.test(proseOf(prompt));
}

/** Finds every name of an emoji that stands as whole words, in any case, singular or plural; where several begin, the longest. */
export function emojiFinder(known: readonly KnownEmoji[]): (prompt: string) => NamedEmoji[] {
  const byName = new Map(known.map((emoji) => [emoji.name.toLowerCase(), emoji]));
  if (byName.size === 0) return () => [];
  const longestFirst = [...byName.keys()].sort((a, b) => b.length - a.length).map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?=((${longestFirst.join('|')})(?:e?s)?)(?![\\p{L}\\p{N}]))`, 'giu');
  return (prompt) => [...prompt.matchAll(pattern)].flatMap(({ index, 1: said = '', 2: name = '' }) => {
    const emoji = byName.get(name.toLowerCase()); // folding may match letters that have no such lower case
    return emoji ? [{ emoji, start: index, end: index + said.length }] : [];
  });
}

/** The emoji that a sign is, in whatever colour of skin and with or without a mark that it be drawn as a picture. */
export function emojiOfSign(sign: string, known: readonly KnownEmoji[]): KnownEmoji | undefined {
  const bare = (text: string) => text.replace(/[\u{FE0F}\u{1F3FB}-\u{1F3FF}]/gu, '');
  return known.find(({ character }) => bare(character) === bare(sign));
}
