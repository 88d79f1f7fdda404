// One glyph as a coverage mask: resvg, ink fitted to a fixed size.
import { requireThere, viewBox } from './iconify.mjs';

const { Resvg } = requireThere('@resvg/resvg-js');
export const SIZE = 64;
const FIT = 52; // longest side of the ink in pixels
const MAX_GROWTH = 1.3; // a dot must not become a disc

const svgOf = (box, scale, tx, ty) =>
  `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${SIZE}" height="${SIZE}" viewBox="0 0 ${SIZE} ${SIZE}">` +
  `<g color="#000" transform="translate(${tx} ${ty}) scale(${scale})">${box.body.replaceAll('currentColor', '#000')}</g></svg>`;

// loadSystemFonts: false is up to 34 times faster. 2.7.0-alpha.2 throws where 2.6.2 aborts the process.
const pixels = (svg, times = 1) => new Resvg(svg, { font: { loadSystemFonts: false }, fitTo: { mode: 'width', value: SIZE * times } }).render().pixels;

function inkBox(rgba) {
  let x0 = SIZE, y0 = SIZE, x1 = -1, y1 = -1;
  for (let y = 0; y < SIZE; y++)
    for (let x = 0; x < SIZE; x++)
      if (rgba[(y * SIZE + x) * 4 + 3] > 40) {
        x0 = Math.min(x0, x); x1 = Math.max(x1, x); y0 = Math.min(y0, y); y1 = Math.max(y1, y);
      }
  return x1 < 0 ? null : { x0, y0, width: x1 - x0 + 1, height: y1 - y0 + 1 };
}

/** RGBA of an icon with its ink centred and fitted, or null if blank; the same drawing in `times` as many pixels a side. Render errors propagate. */
export function renderFitted(set, name, times = 1) {
  const box = viewBox(set, name);
  const scale = FIT / Math.max(box.width, box.height);
  const tx = (SIZE - box.width * scale) / 2 - box.left * scale;
  const ty = (SIZE - box.height * scale) / 2 - box.top * scale;
  const ink = inkBox(pixels(svgOf(box, scale, tx, ty)));
  if (!ink) return null;
  const grow = Math.min(MAX_GROWTH, FIT / Math.max(ink.width, ink.height));
  const cx = ink.x0 + ink.width / 2, cy = ink.y0 + ink.height / 2;
  return pixels(svgOf(box, scale * grow, (tx - cx) * grow + SIZE / 2, (ty - cy) * grow + SIZE / 2), times);
}

/** Coverage mask (alpha), or null if there is too little or too much ink for a glyph. */
export function glyphMask(set, name) {
  const rgba = renderFitted(set, name);
  if (!rgba) return null;
  const mask = Buffer.alloc(SIZE * SIZE);
  let ink = 0;
  for (let i = 0; i < mask.length; i++) ink += mask[i] = rgba[i * 4 + 3];
  ink /= 255;
  return ink < 40 || ink > SIZE * SIZE * 0.75 ? null : mask;
}
