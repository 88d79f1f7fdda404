/**
 * A coloured drawing cut out of its picture: what differs from the colour behind it, with what that encloses, fitted into 52
 * of 64 pixels over white. No drawing is expected to have one colour, and a bare one may well be round, so whether something
 * is a container is asked only where the prompt wants one. The same as recipes/judge/cut_out.py, number by number.
 */
import { EVERYWHERE, extract, type Container, type Seen } from '../pixels/extract';
import { fitted } from '../pixels/fitted';
import { count, dilated, eroded, extentOf, filled, majority, maskOf, PIXELS, type Mask } from '../pixels/mask';
import { labDistance, labOf } from '../pixels/palette';

/** Red, green and blue over white and coverage, `[4, 64, 64]`, 0 to 1. */
export type Drawing = Float32Array;

export interface CutOut extends Pick<Seen, 'canvas' | 'container' | 'background'> {
  /** `null` if nothing is drawn. */
  readonly drawing: Drawing | null;
}

/** Lab distances from what is behind at which a pixel begins to be of the drawing, and is all of it. */
const [FAINT, CLEAR] = [6, 20];
/** Pixels; less is nothing. */
const LEAST = 12;
/** Of nine pixels; where fewer are clear, they are specks. */
const COMPANY = 4;

/**
 * @param rgb 64×64 pixels of three bytes
 * @param wanted the container that was asked for
 */
export function cutOut(rgb: Uint8Array, wanted: Container): CutOut {
  const { canvas, surface, ...seen } = extract(rgb);
  const { container, background } = wanted === 'none' ? { container: wanted, background: canvas } : seen;
  const { lab } = surface;
  const back = container === 'none' ? surface.canvasRgb : surface.backRgb;
  const region = container === 'none' ? EVERYWHERE : eroded(surface.region); // its soft edge is no drawing
  const backLab = labOf(back);
  const away = Float64Array.from(lab, (one) => labDistance(one, backLab));
  const body = both(filled(majority(maskOf((i) => away[i]! > CLEAR && region[i] === 1), COMPANY)), region);
  const extent = extentOf((i) => body[i] === 1);
  if (!extent || count(body) < LEAST) return { canvas, container, background, drawing: null };
  const edge = both(dilated(body), region);
  const coverage = away.map((distance, i) => (body[i] === 1 ? 1 : edge[i]! * Math.min(1, Math.max(0, (distance - FAINT) / (CLEAR - FAINT)))));
  const drawing = new Float32Array(4 * PIXELS);
  for (const channel of [0, 1, 2]) {
    const overWhite = coverage.map((share, i) => rgb[i * 3 + channel]! * share + 255 * (1 - share));
    drawing.set(fitted(overWhite, extent, 255).map((value) => value / 255), channel * PIXELS);
  }
  drawing.set(fitted(coverage, extent), 3 * PIXELS);
  return { canvas, container, background, drawing };
}

function both(a: Mask, b: Mask): Mask {
  return a.map((bit, i) => bit & b[i]!);
}
