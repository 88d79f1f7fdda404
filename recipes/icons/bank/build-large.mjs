// Renders some of the bank's drawings once more, larger: what the upscaler learns from and is measured on.
// Writes large-glyphs.bin (uint8 masks, 256x256), large-emoji.bin (RGBA, 128x128) and large.json (their numbers in glyphs.json and emoji.json).
// Usage: node build-large.mjs [most of each use: 6000 of training, 600 of the sets that are never shown]
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { workDir } from './iconify.mjs';
import { renderFitted, SIZE } from './render.mjs';

const most = { train: Number(process.argv[2] ?? 6000), ceiling: Number(process.argv[3] ?? 600) };
const GLYPH_TIMES = 4, EMOJI_TIMES = 2;
const data = path.join(workDir, 'data');
const read = (name) => JSON.parse(fs.readFileSync(path.join(data, name), 'utf8'));
const order = ({ set, name }) => createHash('sha256').update(`large ${set}:${name}`).digest('hex'); // a choice that never moves

/** Numbers of at most `share` of what `most` says of each use. */
function chosen(drawings, share) {
  const numbered = drawings.map((drawing, number) => ({ number, ...drawing, order: order(drawing) })).sort((a, b) => (a.order < b.order ? -1 : 1));
  return Object.entries(most).flatMap(([use, count]) => numbered.filter((drawing) => drawing.use === use).slice(0, Math.round(count * share)));
}

function write(name, drawings, times, bytesOf) {
  const file = fs.openSync(path.join(data, name), 'w');
  const written = [];
  for (const { number, set, name: icon } of drawings) {
    const rgba = renderFitted(set, icon, times);
    fs.writeSync(file, bytesOf(rgba));
    written.push(number);
  }
  fs.closeSync(file);
  return written;
}

function alpha(rgba) {
  const mask = Buffer.alloc(rgba.length / 4);
  for (let i = 0; i < mask.length; i++) mask[i] = rgba[i * 4 + 3];
  return mask;
}

const glyphs = write('large-glyphs.bin', chosen(read('glyphs.json').glyphs, 1), GLYPH_TIMES, alpha);
const emoji = write('large-emoji.bin', chosen(read('emoji.json').emoji, 0.25), EMOJI_TIMES, (rgba) => Buffer.from(rgba));
fs.writeFileSync(path.join(data, 'large.json'), JSON.stringify({ glyphs, glyphSide: SIZE * GLYPH_TIMES, emoji, emojiSide: SIZE * EMOJI_TIMES }));
console.log(JSON.stringify({ glyphs: glyphs.length, emoji: emoji.length }));
