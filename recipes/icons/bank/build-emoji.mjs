// Renders the colour emoji that several sets draw under their Unicode name, and the same of sets held out. Writes emoji.bin (uint8 RGBA, 64x64, not
// premultiplied) and emoji.json (what each one is). No skin tones: CLDR's own list has none.
// Usage: node build-emoji.mjs [least number of the generator's sets per name, default 3]
import fs from 'node:fs';
import path from 'node:path';
import { collections, iconNames, loadSet, modulePath, workDir } from './iconify.mjs';
import { emojiSets, heldOutEmojiSets } from './sets.mjs';
import { renderFitted } from './render.mjs';

const leastSets = Number(process.argv[2] ?? 3);
const slug = (text) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
const cldr = JSON.parse(fs.readFileSync(modulePath('cldr-annotations-full/annotations/en/annotations.json'), 'utf8'));
const uses = { train: Object.keys(emojiSets), ...heldOutEmojiSets };
const useOf = Object.fromEntries(Object.entries(uses).flatMap(([use, sets]) => sets.map((set) => [set, use])));
const glued = (name) => name.replaceAll('-', ''); // as fxemoji writes them: "redapple"
const drawn = new Map(Object.keys(useOf).map((set) => [set, new Map(iconNames(set).map((name) => [glued(name), name]))]));
/** The set's own name for an emoji, or undefined. */
const nameIn = (set, name) => drawn.get(set).get(glued(name)) ?? loadSet(set).aliases?.[name]?.parent;

const labels = [], emoji = [], pictures = [];
const failed = [], blank = [];
const named = [];
for (const [character, { tts, default: keywords = [] }] of Object.entries(cldr.annotations.annotations)) {
  if (!tts) continue;
  const name = tts[0].toLowerCase();
  if (!/^[a-z][a-z0-9 '&,-]*$/.test(name)) continue; // names that captions can say: no colons, no other scripts
  const found = [];
  for (const set of Object.keys(useOf)) {
    const icon = nameIn(set, slug(name));
    if (icon === undefined) continue;
    let rgba;
    try { rgba = renderFitted(set, icon); } catch { failed.push(`${set}:${icon}`); continue; }
    if (rgba) found.push({ set, icon, rgba });
    else blank.push(`${set}:${icon}`);
  }
  if (found.filter(({ set }) => useOf[set] === 'train').length < leastSets) continue;
  const said = keywords.map((word) => word.toLowerCase()).filter((word) => word !== name && /^[a-z]+( [a-z]+){0,2}$/.test(word));
  named.push({ label: { character, name, keywords: said }, found });
}
// The most drawn come first, as with icons, so that a vocabulary is the first so many of them.
for (const { label, found } of named.sort((a, b) => b.found.length - a.found.length)) {
  for (const { set, icon, rgba } of found) {
    emoji.push({ label: labels.length, set, use: useOf[set], name: icon });
    pictures.push(Buffer.from(rgba));
  }
  labels.push(label);
}

const out = path.join(workDir, 'data');
fs.mkdirSync(out, { recursive: true });
fs.writeFileSync(path.join(out, 'emoji.bin'), Buffer.concat(pictures));
const sets = Object.fromEntries(Object.keys(useOf).map((set) => [set, { style: emojiSets[set] ?? null, name: collections[set].name, author: collections[set].author, license: collections[set].license }]));
fs.writeFileSync(path.join(out, 'emoji.json'), JSON.stringify({ labels, emoji, sets }));
console.log(JSON.stringify({ labels: labels.length, emoji: Object.fromEntries(Object.keys(uses).map((use) => [use, emoji.filter((e) => e.use === use).length])), failed, blank: blank.length }));
