/** Half-precision floats as bit patterns, both ways. Rounding is to nearest even, as IEEE 754 and PyTorch do. */
import { Float16Array } from '@petamoriken/float16';

const scratch = new DataView(new ArrayBuffer(4));
/** Every one of the 65,536 half floats, made on first use: a lookup is much faster than taking bits apart. */
let table: Float32Array | undefined;

export function float16ToFloat32(bits: Uint16Array): Float32Array {
  table ??= Float32Array.from(new Float16Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer));
  const floats = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) floats[i] = table[bits[i]!]!;
  return floats;
}

export function float32ToFloat16(values: ArrayLike<number>): Uint16Array {
  const halves = Float16Array.from(values);
  return new Uint16Array(halves.buffer as ArrayBuffer, halves.byteOffset, halves.length);
}

export function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (b) => {
    scratch.setUint32(0, b << 16 >>> 0);
    return scratch.getFloat32(0);
  });
}

export function float32ToBfloat16(values: ArrayLike<number>): Uint16Array {
  return Uint16Array.from(values, (v) => {
    scratch.setFloat32(0, v);
    const bits = scratch.getUint32(0);
    if (Number.isNaN(v)) return (bits >>> 16) | 0x40;
    return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  });
}
