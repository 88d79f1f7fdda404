/**
 * Masks of a 64×64 picture (one byte per pixel, 0 or 1) and what is done to them. As scipy.ndimage does it, which the
 * reference numbers come from: outside the picture there is nothing, neighbours are the four at the sides.
 */
export const SIDE = 64;
export const PIXELS = SIDE * SIDE;
export type Mask = Uint8Array;

export function maskOf(inside: (i: number) => boolean): Mask {
  const mask = new Uint8Array(PIXELS); // in a loop: a picture makes two dozen masks, and with Uint8Array.from they would take most of its time
  for (let i = 0; i < PIXELS; i++) mask[i] = Number(inside(i));
  return mask;
}

export function count(mask: Mask): number {
  return mask.reduce((sum, value) => sum + value, 0);
}

/** Pixels all of whose neighbours are set: the four at the sides, or also the four at the corners. */
export function eroded(mask: Mask, corners = false): Mask {
  const at = (x: number, y: number) => x >= 0 && y >= 0 && x < SIDE && y < SIDE && mask[y * SIDE + x] === 1;
  return maskOf((i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    const sides = at(x, y) && at(x - 1, y) && at(x + 1, y) && at(x, y - 1) && at(x, y + 1);
    return sides && (!corners || (at(x - 1, y - 1) && at(x + 1, y - 1) && at(x - 1, y + 1) && at(x + 1, y + 1)));
  });
}

/** Pixels that are set or have a neighbour at one of their sides that is. */
export function dilated(mask: Mask): Mask {
  return maskOf((i) => {
    const x = i % SIDE;
    return mask[i] === 1 || (x > 0 && mask[i - 1] === 1) || (x < SIDE - 1 && mask[i + 1] === 1) || mask[i - SIDE] === 1 || mask[i + SIDE] === 1;
  });
}

/** Pixels in whose 3×3 neighbourhood more are set than not, or at least so many. */
export function majority(mask: Mask, least = 5): Mask {
  return maskOf((i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    let set = 0;
    for (let v = Math.max(0, y - 1); v <= Math.min(SIDE - 1, y + 1); v++) {
      for (let u = Math.max(0, x - 1); u <= Math.min(SIDE - 1, x + 1); u++) set += mask[v * SIDE + u]!;
    }
    return set >= least;
  });
}

/** The mask and everything that it encloses. */
export function filled(mask: Mask): Mask {
  const outside = new Uint8Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    if (x === 0 || y === 0 || x === SIDE - 1 || y === SIDE - 1) flood(i, (j) => mask[j] === 0 && outside[j] === 0, (j) => (outside[j] = 1));
  }
  return outside.map((value) => 1 - value);
}

/** The connected parts, each as its pixels, by where they begin. */
export function partsOf(mask: Mask): number[][] {
  const left = mask.slice();
  const parts: number[][] = [];
  for (let i = 0; i < PIXELS; i++) {
    const part: number[] = [];
    flood(i, (j) => left[j] === 1, (j) => {
      left[j] = 0;
      part.push(j);
    });
    if (part.length > 0) parts.push(part);
  }
  return parts;
}

/** The largest connected part; of equally large ones that which begins first. `null` for an empty mask. */
export function largestPart(mask: Mask): Mask | null {
  const best = partsOf(mask).reduce<readonly number[]>((largest, part) => (part.length > largest.length ? part : largest), []);
  if (best.length === 0) return null;
  const largest = new Uint8Array(PIXELS);
  for (const i of best) largest[i] = 1;
  return largest;
}

/** Shared pixels over pixels of either. */
export function overlap(a: Mask, b: Mask): number {
  let [both, either] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    both += a[i]! & b[i]!;
    either += a[i]! | b[i]!;
  }
  return both / Math.max(1, either);
}

/** From where to where, ends included. */
export interface Extent {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The extent of the set pixels. `null` if there are none. */
export function extentOf(isSet: (i: number) => boolean): Extent | null {
  let extent: Extent | null = null;
  for (let i = 0; i < PIXELS; i++) {
    if (!isSet(i)) continue;
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    extent ??= { left: x, right: x, top: y, bottom: y };
    extent = { left: Math.min(extent.left, x), right: Math.max(extent.right, x), top: extent.top, bottom: y };
  }
  return extent;
}

function flood(start: number, open: (i: number) => boolean, visit: (i: number) => void): void {
  if (!open(start)) return;
  visit(start);
  const stack = [start];
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    const x = i % SIDE;
    const next = [x > 0 ? i - 1 : -1, x < SIDE - 1 ? i + 1 : -1, i - SIDE, i + SIDE];
    for (const j of next) {
      if (j < 0 || j >= PIXELS || !open(j)) continue;
      visit(j);
      stack.push(j);
    }
  }
}
