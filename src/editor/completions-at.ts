/**
 * What may be typed next in a line of a prompt file: a pure function of the line up to the cursor, so that it can be
 * tested without an editor. Keys and values come from the language's own table.
 */
import { SAMPLERS, SCHEDULE_TYPES } from '../prompt';

export interface Completion {
  label: string;
  insert: string;
  detail: string;
  kind: 'key' | 'value' | 'model' | 'wildcard' | 'adapter' | 'word';
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
  /** Parameter keys as Easel writes them, with what each takes. */
  keys: readonly { key: string; values: string }[];
}

/** Where the line stands: in front matter, or in a block; comments and headings offer nothing. */
export type Place = 'front-matter' | 'block' | 'none';

export function completionsAt(before: string, place: Place, known: Known): Completion[] {
  if (place === 'none') return [];
  const wildcard = /__([\p{L}\p{M}\p{N}_./*-]*)$/u.exec(before);
  if (wildcard && place === 'block') return known.wildcards.map((name) => ({ label: `__${name}__`, insert: `__${name}__`, detail: 'wildcard', kind: 'wildcard', from: wildcard.index }));
  const adapter = /<(?:lora:)?([\p{L}_][\p{L}\p{N}_.-]*)?$/u.exec(before);
  if (adapter && place === 'block') return known.adapters.map(({ tag, detail }) => ({ label: tag, insert: tag, detail, kind: 'adapter', from: adapter.index }));
  const value = valueAt(before, place, known);
  if (value) return value;
  return place === 'front-matter' ? keysAt(before, known) : [...keysAt(before, known), ...conceptsAt(before, known)];
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

/** Names that begin with what is typed; of several words so far as the name has them, so that "arrow le" offers "arrow left". */
function conceptsAt(before: string, known: Known): Completion[] {
  const typed = /(?:[\p{L}][\p{L}\p{N}-]* ){0,2}[\p{L}][\p{L}\p{N}-]*$/u.exec(before)?.[0].split(' ') ?? [];
  const tails = typed.map((_, i) => typed.slice(i).join(' ').toLowerCase());
  return known.concepts.flatMap((concept) => {
    // One letter would offer hundreds; two are a choice.
    const tail = tails.find((words) => words.length > 1 && concept.toLowerCase().startsWith(words));
    return tail === undefined ? [] : [{ label: concept, insert: concept, detail: 'the model knows it', kind: 'word' as const, from: before.length - tail.length }];
  }).slice(0, 100);
}
