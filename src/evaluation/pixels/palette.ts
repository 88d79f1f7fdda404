/** The twelve colours of the icon family, and which of them a colour is nearest to as an eye sees it. */
import { pow } from '../../diffusion/noise/elementary';

/** Red, green, blue; 0 to 255, halves where two medians were averaged. */
export type Rgb = readonly [number, number, number];
/** CIE L*, a*, b* (D65). */
export type Lab = readonly [number, number, number];

/** In the order of recipes/icons/palette.py, which labels and prompt lists count by. */
export const PALETTE = {
  red: 'e53935', orange: 'fb8c00', yellow: 'fdd835', green: '43a047', teal: '26c6da', blue: '1e62e0',
  purple: '8e24aa', pink: 'f48fb1', brown: '6d4c41', gray: '9e9e9e', black: '111111', white: 'ffffff',
} as const;
export type Colour = keyof typeof PALETTE;
export const COLOURS = Object.keys(PALETTE) as readonly Colour[];

/** sRGB's curve for the 256 values of a byte. */
const LINEAR = Float64Array.from({ length: 256 }, (_, byte) => linear(byte));

export function labOf([red, green, blue]: Rgb): Lab {
  const [r, g, b] = [lightOf(red), lightOf(green), lightOf(blue)];
  const x = companded((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
  const y = companded(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = companded((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

export function labDistance(a: Lab, b: Lab): number {
  return Math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2);
}

const PALETTE_LAB = Object.values(PALETTE).map((hex) => labOf([0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)) as unknown as Rgb));

/** The palette's colour nearest in Lab; of equally near ones the first. */
export function nearestColour(rgb: Rgb): Colour {
  const distances = PALETTE_LAB.map((lab) => labDistance(lab, labOf(rgb)));
  return COLOURS[distances.indexOf(Math.min(...distances))]!;
}

function lightOf(value: number): number {
  return Number.isInteger(value) ? LINEAR[value]! : linear(value);
}

function linear(value: number): number {
  const c = value / 255;
  return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4); // Node 20's and 24's Math.pow differ
}

function companded(t: number): number {
  return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116;
}
