/** Half floats to float32 and back. Rounding is to nearest even, as IEEE 754 says. */
import { Float16Array } from '@petamoriken/float16';

/** Every one of the 65,536 half floats, made on first use: a lookup is much faster than taking bits apart. */
let table: Float32Array | undefined;

/** `bits` are half floats as they lie in memory. */
export function halfToFloat32(bits: Uint16Array): Float32Array {
  table ??= Float32Array.from(new Float16Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer));
  const floats = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) floats[i] = table[bits[i]!]!;
  return floats;
}

/** Values past ±65504 become infinities, as they do in every fp16 graph. */
export function float32ToHalf(values: ArrayLike<number>): Uint16Array {
  const halves = Float16Array.from(values);
  return new Uint16Array(halves.buffer as ArrayBuffer, halves.byteOffset, halves.length);
}
