// What else people call the things that icons show. Writes words.json: CLDR's names and keywords, and the tags that icon
// sets give their own icons, one list per icon. Which of these a caption may use is words.py's to say, not this file's.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadSet, modulePath, workDir } from './iconify.mjs';
import { conceptOf, setHabits, singular } from './concept-names.mjs';
import { isBrandName } from './brands.mjs';

const read = (...parts) => JSON.parse(fs.readFileSync(modulePath(...parts), 'utf8'));
const plain = { suffixes: new Set(), prefixes: new Set(), numbersAreWords: false };
const slug = (text) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');

/** Each source: package, licence and whose, how its icons' names are cut (a set of sets.mjs, or none), and [icon name, words] rows. */
const sources = {
  cldr: { package: 'cldr-annotations-full', licence: 'Unicode-3.0', holder: 'Unicode, Inc.', rows: () => {
    const rows = Object.values(read('cldr-annotations-full/annotations/en/annotations.json').annotations.annotations);
    return rows.filter((r) => r.tts).map((r) => [slug(r.tts[0]), [r.tts[0], ...(r.default ?? [])]]);
  } },
  lucide: { package: 'lucide-static', licence: 'ISC', holder: 'Lucide Icons and Contributors', set: 'lucide', rows: () => Object.entries(read('lucide-static/tags.json')) },
  tabler: { package: '@tabler/icons', licence: 'MIT', holder: 'Paweł Kuna', set: 'tabler', rows: () => Object.values(read('@tabler/icons/icons.json')).map((i) => [i.name, i.tags]) },
  ph: { package: '@phosphor-icons/core', licence: 'MIT', holder: 'Phosphor Icons', set: 'ph', rows: async () => {
    const { icons } = await import(pathToFileURL(modulePath('@phosphor-icons/core/dist/index.mjs')));
    return icons.map((i) => [i.name, i.tags]);
  } },
  ion: { package: 'ionicons', licence: 'MIT', holder: 'Ionic', set: 'ion', rows: () => read('ionicons/dist/ionicons.json').icons.map((i) => [i.name, i.tags]) },
  octicon: { package: '@primer/octicons', licence: 'MIT', holder: 'GitHub Inc.', rows: () => Object.values(read('@primer/octicons/build/data.json')).map((i) => [i.name, i.keywords]) },
  'gravity-ui': { package: '@gravity-ui/icons', licence: 'MIT', holder: 'YANDEX LLC', set: 'gravity-ui', rows: () => read('@gravity-ui/icons/metadata.json').icons.map((i) => [i.name, i.keywords]) },
  mdi: { package: '@iconify/json', licence: 'Apache-2.0', holder: 'Pictogrammers', set: 'mdi', rows: () => {
    const words = new Map();
    for (const [alias, { parent }] of Object.entries(loadSet('mdi').aliases)) words.set(parent, [...(words.get(parent) ?? []), alias.replaceAll('-', ' ')]);
    return [...words];
  } },
};

const lists = [];
for (const [source, { set, rows }] of Object.entries(sources)) {
  const habits = set ? setHabits(set) : plain;
  const seen = new Set(); // an icon in several styles says its words once
  for (const [icon, said] of await rows()) {
    const key = conceptOf(icon, habits)?.key;
    if (!key || isBrandName(key)) continue;
    const words = [...new Set(said.map((w) => String(w).toLowerCase().replaceAll(/[-_]/g, ' ').trim()))]
      .filter((w) => /^[a-z]+( [a-z]+){0,2}$/.test(w) && w.length > 1 && !isBrandName(w.split(' ').sort().join(' ')))
      .sort()
      .map((w) => [w, w.split(' ').map(singular).join(' ')]);
    const id = JSON.stringify([key, words]);
    if (words.length && !seen.has(id)) lists.push({ source, key, words });
    seen.add(id);
  }
}

const about = Object.fromEntries(Object.entries(sources).map(([name, s]) => [name, { package: s.package, version: read(s.package, 'package.json').version, licence: s.licence, holder: s.holder }]));
fs.writeFileSync(path.join(workDir, 'data', 'words.json'), JSON.stringify({ sources: about, lists }));
const count = (name) => lists.filter((l) => l.source === name).length;
console.log(`words of ${lists.length} icons: ${Object.keys(sources).map((name) => `${name} ${count(name)}`).join(', ')}`);
