/**
 * exp, log, sin, cos from additions, multiplications and divisions alone. `Math.exp` and its kin may differ between
 * JavaScript engines (Node 20's and 24's `Math.pow` do); these cannot, so a seed draws the same noise and a schedule has
 * the same numbers everywhere. Errors stay within a few units in the last place.
 */

const LN2_HIGH = 0.6931471803691238; // 32 significant bits: e × LN2_HIGH is exact for every exponent of a double
const LN2_LOW = 1.9082149292705877e-10;
const HALF_PI_HIGH = 1.5707963267341256; // 33 significant bits
const HALF_PI_LOW = 6.077100506506192e-11;

/** A double and its 32-bit halves, high first in `HIGH`: typed arrays of one buffer are faster than a `DataView`. */
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** 2^−e at place e + 1023. Multiplying by it is exact, and faster than writing another exponent into the double's bits. */
const UNIT = new Float64Array(2047);
for (let e = 0, power = 1; e <= 1023; e++, power *= 2) UNIT[1023 - e] = power;
for (let e = 0, power = 1; e <= 1023; e++, power /= 2) UNIT[1023 + e] = power;

/** Natural logarithm of a normal double x > 0; −Infinity for 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  double[0] = x;
  let exponent = ((words[HIGH]! >>> 20) & 0x7ff) - 1023;
  let mantissa = x * UNIT[exponent + 1023]!; // the same digits between 1 and 2
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  // log m = 2 artanh s = 2(s + s³/3 + …), |s| < 0.172.
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let series = (1 / 21) * square; // written out: noise takes a logarithm per pair of values
  series = (series + 1 / 19) * square;
  series = (series + 1 / 17) * square;
  series = (series + 1 / 15) * square;
  series = (series + 1 / 13) * square;
  series = (series + 1 / 11) * square;
  series = (series + 1 / 9) * square;
  series = (series + 1 / 7) * square;
  series = (series + 1 / 5) * square;
  series = (series + 1 / 3) * square;
  return exponent * LN2_HIGH + (2 * s + (2 * s * series + exponent * LN2_LOW));
}

/** e to the power x; 0 below −745, Infinity above 709.7. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x > 709.78) return Infinity;
  if (x < -745) return 0;
  const exponent = Math.round(x / Math.LN2);
  const rest = x - exponent * LN2_HIGH - exponent * LN2_LOW; // |rest| ≤ 0.35
  let sum = 1;
  for (let k = 14; k >= 1; k--) sum = 1 + (rest / k) * sum;
  // In two halves, because 2^exponent alone may leave the range of a normal double.
  const half = exponent >> 1;
  return sum * 2 ** half * 2 ** (exponent - half);
}

/** e^x − 1 without cancellation near 0. */
export function expm1(x: number): number {
  if (Math.abs(x) > 0.35) return exp(x) - 1;
  let sum = 1;
  for (let k = 14; k >= 2; k--) sum = 1 + (x / k) * sum;
  return x * sum;
}

/** x to the power y for x ≥ 0. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  return x === 0 ? (y > 0 ? 0 : Infinity) : exp(y * log(x));
}

/** Sine and cosine of x, |x| ≤ 1000. */
export function sinCos(x: number): [sin: number, cos: number] {
  const quarter = Math.round(x / (Math.PI / 2));
  const rest = x - quarter * HALF_PI_HIGH - quarter * HALF_PI_LOW; // |rest| ≤ π/4
  const square = rest * rest;
  let sine = 1 - square * (1 / 272); // written out, as above: noise takes both per pair of values
  sine = 1 - square * (1 / 210) * sine;
  sine = 1 - square * (1 / 156) * sine;
  sine = 1 - square * (1 / 110) * sine;
  sine = 1 - square * (1 / 72) * sine;
  sine = 1 - square * (1 / 42) * sine;
  sine = 1 - square * (1 / 20) * sine;
  sine = (1 - square * (1 / 6) * sine) * rest;
  let cosine = 1 - square * (1 / 240);
  cosine = 1 - square * (1 / 182) * cosine;
  cosine = 1 - square * (1 / 132) * cosine;
  cosine = 1 - square * (1 / 90) * cosine;
  cosine = 1 - square * (1 / 56) * cosine;
  cosine = 1 - square * (1 / 30) * cosine;
  cosine = 1 - square * (1 / 12) * cosine;
  cosine = 1 - square * (1 / 2) * cosine;
  // One pair at the end, not one per case: the compiler then keeps it off the heap.
  const isOdd = (quarter & 1) === 1;
  const sin = isOdd ? cosine : sine;
  const cos = isOdd ? sine : cosine;
  return [quarter & 2 ? -sin : sin, (quarter + 1) & 2 ? -cos : cos];
}
