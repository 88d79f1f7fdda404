/**
 * Lanczos resizing as Pillow does it, to the last bit (src/libImaging/Resample.c, 8 bits per channel): a picture that goes into a
 * drawing at another size than its own is then the one that diffusers puts in.
 */
import type { Pixels } from './pixels';

const LOBES = 3;
/** Binary digits behind the point of a weight. */
const PRECISION = 32 - 8 - 2;
const CHANNELS = 3;

/** One output line's inputs: the first of them, and their weights. */
interface Taps {
  readonly first: number;
  readonly weights: Int32Array;
}

/** Scales to exactly this size, without keeping the proportions. */
export function resizeAsPillow(pixels: Pixels, width: number, height: number): Pixels {
  // Since Pillow 13 a picture that loses far more rows than columns loses them first.
  const rowsFirst = height < pixels.height && pixels.height - height > 2 * (pixels.width - width);
  return rowsFirst ? toWidth(toHeight(pixels, height), width) : toHeight(toWidth(pixels, width), height);
}

function toWidth(pixels: Pixels, to: number): Pixels {
  const { data, width, height } = pixels;
  if (width === to) return pixels;
  return { data: resampled(data, tapsOf(width, to), { lines: height, from: width * CHANNELS, to: to * CHANNELS }, { from: CHANNELS, to: CHANNELS }), width: to, height };
}

function toHeight(pixels: Pixels, to: number): Pixels {
  const { data, width, height } = pixels;
  if (height === to) return pixels;
  return { data: resampled(data, tapsOf(height, to), { lines: width, from: CHANNELS, to: CHANNELS }, { from: width * CHANNELS, to: width * CHANNELS }), width, height: to };
}

/** `line` and `pixel`: how far the next one is, in the input and in the output. */
function resampled(input: Uint8Array, taps: readonly Taps[], line: { lines: number; from: number; to: number }, pixel: { from: number; to: number }): Uint8Array {
  const output = new Uint8Array(line.lines * taps.length * CHANNELS);
  for (let n = 0; n < line.lines; n++) {
    for (let k = 0; k < taps.length; k++) {
      const { first, weights } = taps[k]!;
      for (let channel = 0; channel < CHANNELS; channel++) {
        let sum = 1 << (PRECISION - 1);
        let at = n * line.from + first * pixel.from + channel;
        for (let i = 0; i < weights.length; i++, at += pixel.from) sum += input[at]! * weights[i]!;
        output[n * line.to + k * pixel.to + channel] = Math.min(Math.max(sum >> PRECISION, 0), 255);
      }
    }
  }
  return output;
}

function tapsOf(from: number, to: number): Taps[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1); // a smaller picture averages over all that falls on a pixel
  const support = LOBES * stretch;
  return Array.from({ length: to }, (_, k) => {
    const center = (k + 0.5) * scale;
    const first = Math.max(Math.trunc(center - support + 0.5), 0);
    const last = Math.min(Math.trunc(center + support + 0.5), from);
    const raw = Array.from({ length: last - first }, (_, i) => lanczos((i + first - center + 0.5) / stretch));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: Int32Array.from(raw, (weight) => Math.trunc((weight / total) * 2 ** PRECISION + (weight / total < 0 ? -0.5 : 0.5))) };
  });
}

function lanczos(x: number): number {
  return x > -LOBES && x < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}
