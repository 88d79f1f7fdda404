/**
 * What is said about the words of a prompt that its model was not taught. A prompt that asks for an emoji is held against the
 * model's emoji, any other against its icons; what is known in the other of the two only is told as that.
 */
import type { KnownConcepts } from '../models';
import { closestConcepts, placeOfName, unknownConceptMessage } from './closest-concepts';
import { emojiFinder, emojiOfSign, emojiWish, type KnownEmoji, type NamedEmoji, type Place } from './emoji-in-prompt';
import { singulars, unknownWords, vocabularyOf, wordsOf, type TaughtNames } from './unknown-words';

/** Offsets are into the prompt. */
export interface WordRemark extends Place {
  readonly message: string;
  readonly fix?: Place & { readonly title: string; readonly newText: string };
}

/** What one kind of prompt is held against. */
interface Domain {
  readonly kind: 'concepts' | 'emoji';
  readonly names: TaughtNames;
  readonly vocabulary: ReadonlySet<string>;
}

export type WordRemarks = (prompt: string) => WordRemark[];

/** Made once for a list, asked for each of its prompts. */
export function wordRemarksFor(known: KnownConcepts): WordRemarks {
  const icons: Domain = { kind: 'concepts', names: known, vocabulary: vocabularyOf(known) };
  if (known.emoji.length === 0) return (prompt) => unknownWords(prompt, icons.vocabulary).map((one) => unknown(prompt, one, icons, null));
  const emoji = emojiDomain(known);
  const find = emojiFinder(known.emoji);
  const wishesEmoji = emojiWish(known);
  return (prompt) => {
    const named = find(prompt);
    const asksForEmoji = wishesEmoji(prompt);
    const [own, other] = asksForEmoji ? [emoji, icons] : [icons, emoji];
    const remarks = unknownWords(prompt, own.vocabulary).flatMap((one): WordRemark[] => {
      const { word, start, end } = one;
      const around = named.find((name) => name.start <= start && end <= name.end);
      if (asksForEmoji && (around || isKeywordOf(named, word))) return [];
      const sign = emojiOfSign(word, known.emoji);
      if (sign) return [{ start, end, message: `'${word}' is known by its name; write “${wanted(sign, asksForEmoji)}”`, fix: toEmoji(prompt, one, sign, asksForEmoji) }];
      if (around) return [{ start: around.start, end: around.end, message: `'${around.emoji.name}' is known as an emoji only; write “${wanted(around.emoji, false)}”`, fix: toEmoji(prompt, around, around.emoji, false) }];
      if (other.names.styles.includes(word.toLowerCase())) return [{ start, end, message: `'${word}' is a style of ${plural(other)} only; those of ${plural(own)} are ${own.names.styles.join(', ')}` }];
      return [unknown(prompt, one, own, other)];
    });
    // A name of two unknown words is one remark.
    return remarks.filter(({ start, end }, i) => remarks.findIndex((first) => first.start === start && first.end === end) === i);
  };
}

/**
 * A word that is an icon by itself ("heart", "book") is no emoji by being a word of their names or keywords: it counts where the
 * whole name stands ("sparkling heart"), or beside the name whose keyword it is, as in training's captions.
 */
function emojiDomain({ concepts, colours, containers, templates, emoji, emojiStyles }: KnownConcepts): Domain {
  const names = { concepts: emoji.map(({ name, keywords }) => ({ name, synonyms: keywords })), colours, containers, styles: emojiStyles, templates };
  const always = vocabularyOf({ ...names, concepts: [] }).add('emoji');
  const icons = new Set(concepts.map(({ name }) => name.toLowerCase()));
  return { kind: 'emoji', names, vocabulary: new Set([...always, ...[...vocabularyOf(names)].filter((word) => !icons.has(word))]) };
}

function isKeywordOf(named: readonly NamedEmoji[], word: string): boolean {
  const keywords = new Set(named.flatMap(({ emoji }) => emoji.keywords.flatMap(wordsOf)));
  return singulars(word).some((form) => keywords.has(form));
}

/** As an emoji is asked for; in a prompt that says so already, its name alone. */
function wanted({ name }: KnownEmoji, saidAlready: boolean): string {
  return saidAlready ? name : `${name} emoji`;
}

/** "ghost icon" becomes "ghost emoji"; a sign that leans on a word comes off it. */
function toEmoji(prompt: string, { start, end }: Place, emoji: KnownEmoji, saidAlready: boolean): WordRemark['fix'] {
  const text = wanted(emoji, saidAlready);
  const asIcon = saidAlready ? null : /^ (?:icon|symbol|picture|sign)s?(?![\p{L}\p{N}])/iu.exec(prompt.slice(end));
  const after = end + (asIcon?.[0].length ?? 0);
  const before = /[\p{L}\p{N}]$/u.test(prompt.slice(0, start)) ? ' ' : '';
  const behind = /^[\p{L}\p{N}]/u.test(prompt.slice(after)) ? ' ' : '';
  return { title: `Change to “${text}”`, start, end: after, newText: before + text + behind };
}

/** A word of the other kind is no slip of the finger: it is changed only to a name that says it. */
function unknown(prompt: string, { start, end, word }: Place & { word: string }, { kind, names }: Domain, other: Domain | null): WordRemark {
  const forms = singulars(word);
  const among = kind === 'emoji' ? withKeywords(names, forms) : names;
  const message = unknownConceptMessage(word, among, kind);
  const [closest, ...others] = closestConcepts(word, among);
  const isOther = forms.some((form) => other?.vocabulary.has(form));
  // An emoji's keyword is no other word for it: "phone" is one of "no mobile phones".
  const isMeant = closest && others.length === 0 && (kind === 'concepts' || closest.synonym === null) && (!isOther || forms.some((form) => wordsOf(closest.synonym ?? closest.name).includes(form)));
  return { start, end, message, ...(isMeant && { fix: { title: `Change to “${closest.name}”`, ...placeOfName(closest.name, prompt, start, end), newText: closest.name } }) };
}

/** The emoji, with the word as keyword where it is one and no name says it. Of so many keywords some are close to any word by letters, and mean nothing. */
function withKeywords(names: TaughtNames, forms: readonly string[]): TaughtNames {
  const isSaid = (name: string) => wordsOf(name).some((one) => forms.includes(one));
  const isNamed = names.concepts.some(({ name }) => isSaid(name));
  return { ...names, concepts: names.concepts.map(({ name, synonyms }) => ({ name, synonyms: isNamed ? [] : synonyms.filter((keyword) => forms.includes(keyword.toLowerCase())) })) };
}

function plural({ kind }: Domain): string {
  return kind === 'emoji' ? 'emoji' : 'icons';
}
