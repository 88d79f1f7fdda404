// Draws examples/icons-dataset: 24 pictures of 64×64 pixels from simple shapes, with captions in the embedded model's
// manner. Everything is made here, so nothing in it has another licence than Easel's own. Same bytes on every run.
// usage: node recipes/icons-dataset/draw.mjs [folder]
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, '../../examples/icons-dataset');

/** As in models/icon-64/concepts.json. */
const COLOURS = { red: '#e53935', orange: '#fb8c00', yellow: '#fdd835', green: '#43a047', teal: '#26c6da', blue: '#1e62e0', purple: '#8e24aa', pink: '#f48fb1', white: '#ffffff', black: '#111111' };

/** Around (0, 0), within 10 of it. */
const SHAPES = {
  circle: '<circle r="9"/>',
  star: `<polygon points="${points(10, (k) => (k % 2 === 0 ? 11 : 4.6))}"/>`,
  triangle: `<polygon points="${points(3, () => 11)}"/>`,
  cross: '<path d="M-3-10h6v7h7v6h-7v7h-6v-7h-7v-6h7z"/>',
  ring: '<path fill-rule="evenodd" d="M-10 0a10 10 0 1 0 20 0a10 10 0 1 0-20 0zM-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z"/>',
  bars: '<path d="M-10 2h5v8h-5zM-2.5-4h5v14h-5zM5-10h5v20h-5z"/>',
};
const CONTAINERS = { circle: '<circle cx="32" cy="32" r="26"/>', 'rounded square': '<rect x="8" y="8" width="48" height="48" rx="10"/>' };

/** Shape → its four pictures: colour of the shape, of the container, of the ground. */
const PICTURES = {
  circle: [['red', 'white', 'blue'], ['yellow', 'black', 'teal'], ['green', 'white', 'orange'], ['purple', 'pink', 'white']],
  star: [['yellow', 'blue', 'white'], ['white', 'red', 'black'], ['orange', 'purple', 'white'], ['teal', 'black', 'pink']],
  triangle: [['green', 'yellow', 'white'], ['blue', 'white', 'green'], ['red', 'black', 'yellow'], ['pink', 'teal', 'black']],
  cross: [['white', 'green', 'black'], ['red', 'white', 'pink'], ['black', 'orange', 'white'], ['blue', 'yellow', 'purple']],
  ring: [['orange', 'black', 'white'], ['teal', 'white', 'purple'], ['white', 'blue', 'yellow'], ['black', 'pink', 'teal']],
  bars: [['blue', 'white', 'red'], ['yellow', 'purple', 'white'], ['white', 'teal', 'blue'], ['green', 'black', 'orange']],
};

/** Deliberate mistakes, for the lints to find; the README there names them. */
const MISTAKES = {
  'circle-3': (caption) => caption.replace(/circle, /, 'cirlce, '),
  'cross-4': () => '',
  'star-2': () => captionOf('star', 0),
};

function points(count, radius) {
  return Array.from({ length: count }, (_, k) => {
    const angle = (2 * Math.PI * k) / count - Math.PI / 2;
    return [Math.cos(angle), Math.sin(angle)].map((part) => (part * radius(k)).toFixed(2)).join(',');
  }).join(' ');
}

function containerOf(index) {
  return index % 2 === 0 ? 'circle' : 'rounded square';
}

function captionOf(shape, index) {
  const [colour, container, ground] = PICTURES[shape][index];
  return `filled ${colour} ${shape} icon on a ${container} ${containerOf(index)}, ${ground} background`;
}

function svgOf(shape, index) {
  const [colour, container, ground] = PICTURES[shape][index].map((name) => COLOURS[name]);
  // Sizes differ, so that a picture is more than its caption's colours.
  const scale = 1.2 + 0.2 * index;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="${ground}"/><g fill="${container}">${CONTAINERS[containerOf(index)]}</g><g fill="${colour}" transform="translate(32 32) scale(${scale.toFixed(1)})">${SHAPES[shape]}</g></svg>`;
}

for (const shape of Object.keys(SHAPES)) {
  const folder = join(out, shape === 'bars' ? 'bars' : 'shapes');
  if (shape === 'circle' || shape === 'bars') await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const lines = [];
  for (const index of PICTURES[shape].keys()) {
    const name = `${shape}-${index + 1}`;
    const caption = (MISTAKES[name] ?? ((text) => text))(captionOf(shape, index));
    await writeFile(join(folder, `${name}.png`), await sharp(Buffer.from(svgOf(shape, index))).removeAlpha().png({ compressionLevel: 9 }).toBuffer());
    if (shape === 'bars') lines.push(`{"file_name": "${name}.png", "text": ${JSON.stringify(caption)}}\n`);
    else await writeFile(join(folder, `${name}.txt`), caption === '' ? '' : `${caption}\n`);
  }
  if (shape === 'bars') await writeFile(join(folder, 'metadata.jsonl'), lines.join(''));
}
