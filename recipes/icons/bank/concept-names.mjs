// From an icon's file name to a concept: strip style words, singularise, ignore word order, apply synonyms.
import fs from 'node:fs';
import { iconNames, loadSet, requireThere } from './iconify.mjs';
import { family } from './sets.mjs';

const pluralize = requireThere('pluralize');
const synonyms = JSON.parse(fs.readFileSync(new URL('./synonyms.json', import.meta.url), 'utf8'));

const styleWords = new Set(
  ('outline outlined filled fill line linear bold thin light regular duotone twotone tone rounded round sharp solid broken ' +
    'flat color colour o ios md alt fat black medium duo stroke square sm lg xl s l m fluent poly').split(' '),
);
const prefixWords = ['ios', 'md', 'outline', 'round', 'twotone', 'baseline', 'sharp', 'solid', 'bxs', 'bx', 'bxl'];
const fillWords = new Set(['icon', 'icons', 'the', 'of', 'with', 'and']);
const skinTone = /(light|medium|dark)-skin-tone|-tone\d?$|skin-tone|-(white|blonde|red|curly|bald|gray)-hair/;
const brandMark = /^(brand|logo|logos|social)-|-logo(-|$)|^logo$|^cib-|-brand$/;

const sorted = (words) => words.split(' ').sort().join(' ');
const synonymKey = new Map();
const preferred = new Map();
for (const [name, others] of Object.entries(synonyms)) {
  preferred.set(sorted(name), name);
  for (const other of others) synonymKey.set(sorted(other), sorted(name));
}

/** A word's singular, by rule; short words and those on -ss, -us, -is, -os are left alone. */
export const singular = (word) => (/(ss|us|is|os)$/.test(word) || word.length < 4 ? word : pluralize.singular(word));

/** Words that this set appends or prepends as style, judged by how many of its names carry them. */
export function setHabits(set) {
  const names = iconNames(set);
  const last = new Map();
  const first = new Map();
  for (const name of names) {
    const words = name.split('-');
    last.set(words.at(-1), (last.get(words.at(-1)) ?? 0) + 1);
    first.set(words[0], (first.get(words[0]) ?? 0) + 1);
  }
  const suffixes = new Set([...last].filter(([w, n]) => styleWords.has(w) && n / names.length > 0.03).map(([w]) => w));
  for (const suffix of Object.keys(loadSet(set).suffixes ?? {}))
    for (const word of suffix.split('-')) if (word && !/^\d+$/.test(word)) suffixes.add(word);
  const prefixes = new Set(prefixWords.filter((w) => (first.get(w) ?? 0) / names.length > 0.05));
  return { names, suffixes, prefixes, numbersAreWords: /^icon-park/.test(set) };
}

/** `{ key, shown }` of one icon name, or null if it names no usable concept. */
export function conceptOf(name, habits) {
  if (skinTone.test(name) || brandMark.test(name)) return null;
  let words = name.toLowerCase().replace(/([a-z])(\d+)$/, '$1-$2').split(/[-_]+/).filter(Boolean);
  while (words.length > 1) {
    const end = words.at(-1);
    if (habits.suffixes.has(end) || /^\d+$/.test(end) || (habits.numbersAreWords && /^(one|two|three|four)$/.test(end))) words.pop();
    else if (habits.prefixes.has(words[0])) words.shift();
    else break;
  }
  if (words.some((w) => /^\d/.test(w))) return null;
  words = words.map(singular);
  words = words.filter((w) => words.length === 1 || !fillWords.has(w));
  if (!words.length || words.length > 3) return null;
  const key = [...words].sort().join(' ');
  return { key: synonymKey.get(key) ?? key, shown: words.join(' ') };
}

/** Map from concept key to its names (with counts), icons per set and families, over the given sets. */
export function conceptIndex(sets) {
  const index = new Map();
  for (const set of sets) {
    const habits = setHabits(set);
    for (const icon of habits.names) {
      const concept = conceptOf(icon, habits);
      if (!concept) continue;
      if (!index.has(concept.key)) index.set(concept.key, { key: concept.key, names: new Map(), icons: new Map(), families: new Set() });
      const entry = index.get(concept.key);
      entry.names.set(concept.shown, (entry.names.get(concept.shown) ?? 0) + 1);
      if (!entry.icons.has(set)) entry.icons.set(set, []);
      entry.icons.get(set).push(icon);
      entry.families.add(family(set));
    }
  }
  return index;
}

/** The name to show, and other words that people use for it (most used first). */
export function namesOf(entry) {
  const byUse = [...entry.names].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const name = preferred.get(entry.key) ?? byUse[0][0];
  const aliases = byUse.filter(([n, count]) => n !== name && count >= 2).map(([n]) => n);
  return { name, aliases: aliases.slice(0, 6) };
}
