// Renders every usable glyph once. Writes glyphs.bin (uint8 masks, 64x64) and glyphs.json (what each one is).
// Usage: node build-bank.mjs [least number of families per concept, default 3]
import fs from 'node:fs';
import path from 'node:path';
import { collections, workDir } from './iconify.mjs';
import { conceptIndex, namesOf } from './concept-names.mjs';
import { brandIcons, isBrandName, isPhysicalNoun, namesAShape } from './brands.mjs';
import { declaredStyle, heldOutSets, judgeSets, monoSets, family } from './sets.mjs';
import { glyphMask } from './render.mjs';

const leastFamilies = Number(process.argv[2] ?? 3);
const BRAND_IOU = 0.8;

/** Overlap of two masks' ink; brand glyphs are drawn alike, so plain ink is enough. */
function overlap(a, b) {
  let both = 0, either = 0;
  for (let i = 0; i < a.length; i++) {
    const p = a[i] > 100, q = b[i] > 100;
    both += p && q; either += p || q;
  }
  return both / either;
}

// Concepts are counted on Tier A alone; the judge's sets are then read with the same keys.
const tierA = conceptIndex(monoSets);
const others = conceptIndex(judgeSets);
const concepts = [...tierA.values()]
  .filter((e) => e.families.size >= leastFamilies && !isBrandName(e.key) && !namesAShape(e.key))
  .sort((a, b) => b.families.size - a.families.size || (a.key < b.key ? -1 : 1));

const glyphs = [], masks = [];
const skipped = { style: 0, blank: 0, brand: 0, failed: 0 };
concepts.forEach((entry, concept) => {
  const brand = brandIcons.has(entry.key) ? glyphMask('simple-icons', brandIcons.get(entry.key)) : null;
  const icons = [...entry.icons, ...(others.get(entry.key)?.icons ?? [])];
  for (const [set, names] of icons)
    for (const name of names) {
      const style = declaredStyle(set, name);
      if (!style) { skipped.style++; continue; }
      let mask;
      try { mask = glyphMask(set, name); } catch { skipped.failed++; continue; }
      if (!mask) { skipped.blank++; continue; }
      if (brand && overlap(mask, brand) >= BRAND_IOU) { skipped.brand++; continue; }
      const use = heldOutSets.judge.includes(set) || judgeSets.includes(set) ? 'judge' : heldOutSets.ceiling.includes(set) ? 'ceiling' : 'train';
      glyphs.push({ concept, set, name, family: family(set), style, use });
      masks.push(mask);
    }
});

const out = path.join(workDir, 'data');
fs.mkdirSync(out, { recursive: true });
fs.writeFileSync(path.join(out, 'glyphs.bin'), Buffer.concat(masks));
const describe = (e) => ({ key: e.key, ...namesOf(e), families: e.families.size, noun: isPhysicalNoun(e.key, 2) });
const sets = Object.fromEntries([...monoSets, ...judgeSets].map((s) => [s, { name: collections[s].name, author: collections[s].author, license: collections[s].license }]));
fs.writeFileSync(path.join(out, 'glyphs.json'), JSON.stringify({ concepts: concepts.map(describe), glyphs, sets }));
console.log(JSON.stringify({ concepts: concepts.length, glyphs: glyphs.length, skipped }));
console.log(concepts.slice(0, 40).map((e) => { const n = namesOf(e); return `${n.name} (${n.aliases.join('/')})`; }).join(', '));
