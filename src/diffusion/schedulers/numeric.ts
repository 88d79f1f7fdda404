/** NumPy's ways of making and rounding lists of numbers, where schedulers' numbers hang on them. Lists are doubles. */

/** `numpy.linspace(from, to, count)`: both ends included; one value is `from`. */
export function linspace(from: number, to: number, count: number): number[] {
  const step = (to - from) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === 0 ? from : i === count - 1 ? to : i * step + from));
}

/** `numpy.arange(from, 0, -step)`: with NumPy's own rounding of the step, which decides some .5 cases. */
export function countDown(from: number, step: number): number[] {
  const effective = from - step - from;
  return Array.from({ length: Math.ceil(from / step) }, (_, i) => from + i * effective);
}

/** `numpy.round`: halves go to the even neighbour (`Math.round` takes them up). */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

/** `numpy.interp` over the indices of `values`: clamped outside, linear between. */
export function interpolate(position: number, values: ArrayLike<number>): number {
  const last = values.length - 1;
  if (position <= 0) return values[0]!;
  if (position >= last) return values[last]!;
  const low = Math.floor(position);
  return values[low]! + (values[low + 1]! - values[low]!) * (position - low);
}

/** One summand of `combine`. */
export type Term = readonly [factor: number, values: Float32Array];

/** Σ factorₖ · valuesₖ, element by element, summed in double precision and rounded to float32 once. */
export function combine(...terms: readonly Term[]): Float32Array {
  return combineInto(new Float32Array(terms[0]?.[1].length ?? 0), terms);
}

/** The same written into `result`, which may be one of the terms: memory that was touched just now is half the time of such a sum. */
export function combineInto(result: Float32Array, terms: readonly Term[]): Float32Array {
  const live = terms.filter(([factor]) => factor !== 0); // so that 0 · ∞ of a dead term does no harm
  if (live.length <= 3) return addUpToThree(result, live[0], live[1], live[2]);
  for (let start = 0; start < result.length; start += sums.length) {
    const count = Math.min(sums.length, result.length - start);
    sums.fill(0);
    for (const [factor, values] of live) {
      for (let i = 0; i < count; i++) sums[i]! += factor * values[start + i]!;
    }
    for (let i = 0; i < count; i++) result[start + i] = sums[i]!;
  }
  return result;
}

/** Sums of one stretch of `combine`: an array of doubles for every call would keep the garbage collector busy. */
const sums = new Float64Array(2048);

/** Most steps are sums of two, or of three where guidance is one of their terms: one pass over them. */
function addUpToThree(result: Float32Array, first?: Term, second?: Term, third?: Term): Float32Array {
  if (first === undefined) return result.fill(0);
  const [a, x] = first;
  if (second === undefined) {
    for (let i = 0; i < result.length; i++) result[i] = a * x[i]!;
    return result;
  }
  const [b, y] = second;
  if (third === undefined) {
    for (let i = 0; i < result.length; i++) result[i] = a * x[i]! + b * y[i]!;
    return result;
  }
  const [c, z] = third;
  const whole = result.length - (result.length % 4); // four at a time are three quarters of the time
  for (let i = 0; i < whole; i += 4) {
    result[i] = a * x[i]! + b * y[i]! + c * z[i]!;
    result[i + 1] = a * x[i + 1]! + b * y[i + 1]! + c * z[i + 1]!;
    result[i + 2] = a * x[i + 2]! + b * y[i + 2]! + c * z[i + 2]!;
    result[i + 3] = a * x[i + 3]! + b * y[i + 3]! + c * z[i + 3]!;
  }
  for (let i = whole; i < result.length; i++) result[i] = a * x[i]! + b * y[i]! + c * z[i]!;
  return result;
}
