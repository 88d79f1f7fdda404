/**
 * Normal numbers in the order in which `torch.Generator('cpu')` deals them to `torch.randn(…, dtype=float32)`
 * (aten/src/ATen/native/cpu/DistributionTemplates.h, core/DistributionsHelper.h). The uniform stream is the same bit for
 * bit. PyTorch's own logarithm and cosine depend on the processor (AVX2 polynomials or libm), ours do not; normals agree
 * within 2.5e-7 of max(1, |value|).
 */
import { log, sinCos } from './elementary';
import { Mt19937 } from './mt19937';
import type { Noise } from './index';

const { fround } = Math;
const TWO_PI = fround(2 * Math.PI);
/** PyTorch fills normals in blocks of this many, eight pairs (u[j], u[j + 8]) each. */
const BLOCK = 16;

export class TorchGenerator implements Noise {
  private readonly engine: Mt19937;
  /** The second number of a scalar Box–Muller pair, kept by the generator between calls. */
  private spare: number | null = null;

  constructor(seed: bigint) {
    this.engine = new Mt19937(seed);
  }

  randn(count: number): Float32Array {
    const values = new Float32Array(count);
    if (count < BLOCK) {
      for (let i = 0; i < count; i++) values[i] = this.scalar();
      return values;
    }
    this.fillUniform(values);
    for (let start = 0; start + BLOCK <= count; start += BLOCK) boxMullerBlock(values, start);
    if (count % BLOCK !== 0) {
      this.fillUniform(values.subarray(count - BLOCK));
      boxMullerBlock(values, count - BLOCK);
    }
    return values;
  }

  /** 24 random bits as a float32 in [0, 1). */
  private fillUniform(values: Float32Array): void {
    for (let i = 0; i < values.length; i++) values[i] = (this.engine.uint32() & 0xffffff) * 2 ** -24;
  }

  /** 53 random bits as a double in [0, 1); the first draw holds the high word. */
  private uniformDouble(): number {
    const high = this.engine.uint32();
    const low = this.engine.uint32();
    return ((high & 0x1fffff) * 2 ** 32 + low) * 2 ** -53;
  }

  private scalar(): number {
    if (this.spare !== null) {
      const value = this.spare;
      this.spare = null;
      return value;
    }
    const angle = 2 * Math.PI * this.uniformDouble();
    const radius = Math.sqrt(-2 * log(1 - this.uniformDouble())); // 1 − u is exact, so this is log1p(−u)
    const [sin, cos] = sinCos(angle);
    this.spare = radius * sin;
    return radius * cos;
  }
}

/** Sixteen uniforms from `start` on to sixteen normals, in place, rounding to float32 wherever PyTorch's float arithmetic does. */
function boxMullerBlock(values: Float32Array, start: number): void {
  for (let j = start; j < start + BLOCK / 2; j++) {
    const radius = fround(Math.sqrt(fround(-2 * fround(log(1 - values[j]!)))));
    const [sin, cos] = sinCos(fround(TWO_PI * values[j + 8]!));
    values[j] = radius * fround(cos);
    values[j + 8] = radius * fround(sin);
  }
}
