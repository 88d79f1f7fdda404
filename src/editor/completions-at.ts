/**
 * What may be typed next in a line of a prompt file: a pure function of the line up to the cursor, so that it can be
 * tested without an editor. Keys and values come from the language's own table.
 */
import { SAMPLERS, SCHEDULE_TYPES } from '../prompt';

export interface Completion {
  label: string;
  insert: string;
  /** Shown beside the label in the list; the detail only of the one that is chosen. */
  description?: string;
  detail: string;
  kind: 'key' | 'value' | 'model' | 'wildcard' | 'adapter' | 'word' | 'emoji';
  /** Column where the text that it replaces begins; it ends at the cursor. */
  from: number;
}

export interface Known {
  models: readonly string[];
  wildcards: readonly string[];
  /** `<name>` and `<lora:name:1>` as they may be, with where they come from. */
  adapters: readonly { tag: string; detail: string }[];
  /** Words the model was taught; empty for a model that takes any. */
  concepts: readonly string[];
  /** Emoji it was taught, each with the styles it was shown in. */
  emoji: readonly { name: string; character: string; styles: readonly string[] }[];
  /** Parameter keys as Easel writes them, with what each takes. */
  keys: readonly { key: string; values: string }[];
}

/** Where the line stands: in front matter, or in a block; comments and headings offer nothing. */
export type Place = 'front-matter' | 'block' | 'none';

/** `after` is the rest of the line. */
export function completionsAt(before: string, place: Place, known: Known, after = ''): Completion[] {
  if (place === 'none') return [];
  const wildcard = /__([\p{L}\p{M}\p{N}_./*-]*)$/u.exec(before);
  if (wildcard && place === 'block') return known.wildcards.map((name) => ({ label: `__${name}__`, insert: `__${name}__`, detail: 'wildcard', kind: 'wildcard', from: wildcard.index }));
  const adapter = /<(?:lora:)?([\p{L}_][\p{L}\p{N}_.-]*)?$/u.exec(before);
  if (adapter && place === 'block') return known.adapters.map(({ tag, detail }) => ({ label: tag, insert: tag, detail, kind: 'adapter', from: adapter.index }));
  const value = valueAt(before, place, known);
  if (value) return value;
  return place === 'front-matter' ? keysAt(before, known) : [...keysAt(before, known), ...[...conceptsAt(before, known), ...emojiAt(before, after, known)].slice(0, 100)];
}

/** After `Key: `, the values that key takes. */
function valueAt(before: string, place: Place, known: Known): Completion[] | undefined {
  const [, key, typed] = /(?:^|,)\s*([A-Za-z][\w ]*):\s+([^,]*)$/.exec(before) ?? [];
  if (key === undefined || typed === undefined) return undefined;
  const from = before.length - typed.length;
  const values = (all: readonly string[], kind: Completion['kind']) => all.map((label): Completion => ({ label, insert: label, detail: key, kind, from }));
  switch (key.toLowerCase().replace(/[\s_-]/g, '')) {
    case 'sampler':
      return values([...SAMPLERS, 'Automatic'], 'value');
    case 'scheduletype':
    case 'schedule':
      return values(SCHEDULE_TYPES, 'value');
    case 'model':
      return values(known.models, 'model');
    case 'rng':
      return values(place === 'front-matter' ? ['torch', 'philox'] : ['CPU', 'NV'], 'value');
    default:
      return known.keys.some((one) => one.key.toLowerCase() === key.toLowerCase()) ? [] : undefined;
  }
}

/** At the start of a line, or after a comma of a line that already has pairs. */
function keysAt(before: string, known: Known): Completion[] {
  const [, head, typed] = /^(.*?)([A-Za-z]\w*(?: \w*)?)?$/.exec(before) ?? [];
  if (head === undefined || !/^\s*$|^\s*[A-Za-z][\w ]*:\s.*,\s*$/.test(head)) return [];
  const from = before.length - (typed?.length ?? 0);
  return known.keys.map(({ key, values }) => ({ label: key, insert: `${key}: `, detail: values, kind: 'key', from }));
}

function conceptsAt(before: string, known: Known): Completion[] {
  const typed = typedBefore(before);
  return known.concepts.flatMap((concept): Completion[] => {
    const from = typed(concept);
    return from === undefined ? [] : [{ label: concept, insert: concept, detail: 'the model knows it', kind: 'word', from }];
  });
}

/** Names with the word that asks for an emoji, unless the line has it there already. */
function emojiAt(before: string, after: string, known: Known): Completion[] {
  const typed = typedBefore(before);
  const isSaidBehind = /^ *emojis?(?![\p{L}\p{N}])/iu.test(after);
  return known.emoji.flatMap(({ name, character, styles }): Completion[] => {
    const from = typed(name);
    if (from === undefined) return [];
    const isSaid = isSaidBehind || /(?<![\p{L}\p{N}])emojis? of (?:an? )?$/iu.test(before.slice(0, from));
    const label = isSaid ? name : `${name} emoji`;
    return [{ label, insert: label, description: character, detail: `the model knows it${styles.length > 0 ? ` in ${styles.join(', ')}` : ''}`, kind: 'emoji', from }];
  });
}

/**
 * Where a name begins that is being typed, if it is: of several words so far as the name has them, so that "arrow le" offers
 * "arrow left". One letter would offer hundreds; two are a choice.
 */
function typedBefore(before: string): (name: string) => number | undefined {
  const typed = /(?:[\p{L}][\p{L}\p{N}-]* ){0,2}[\p{L}\p{N}][\p{L}\p{N}-]*$/u.exec(before)?.[0].split(' ') ?? [];
  const tails = typed.map((_, i) => typed.slice(i).join(' ').toLowerCase());
  return (name) => {
    const tail = tails.find((words) => words.length > 1 && name.toLowerCase().startsWith(words));
    return tail === undefined ? undefined : before.length - tail.length;
  };
}
