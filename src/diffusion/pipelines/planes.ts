/** Between pictures as bytes (`[h, w, 3]`, 0 to 255) and as a network sees them (`[3, h, w]`, −1 to 1). */

/** As diffusers: halve, shift, clamp to 0…1, round half to even. */
export function planesToRgb(planes: Float32Array, width: number, height: number): Uint8Array {
  const pixels = width * height;
  const rgb = new Uint8ClampedArray(pixels * 3); // clamps and rounds half to even by definition
  for (let channel = 0; channel < 3; channel++) {
    const offset = channel * pixels;
    for (let i = 0; i < pixels; i++) rgb[i * 3 + channel] = (planes[offset + i]! / 2 + 0.5) * 255;
  }
  return new Uint8Array(rgb.buffer);
}

export function rgbToPlanes(rgb: Uint8Array, width: number, height: number): Float32Array {
  const pixels = width * height;
  const planes = new Float32Array(pixels * 3);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < pixels; i++) planes[channel * pixels + i] = (rgb[i * 3 + channel]! / 255) * 2 - 1;
  }
  return planes;
}

/** Planes of `size` in the fewer pixels of `to`, each the mean of those it stands for; sides must be whole multiples. */
export function averaged(planes: Float32Array, size: { readonly width: number; readonly height: number }, to: { readonly width: number; readonly height: number }): Float32Array {
  const cell = size.width / to.width;
  if (cell === 1) return planes;
  const means = new Float32Array(planes.length / cell ** 2);
  for (let i = 0; i < planes.length; i++) {
    const row = Math.floor(i / size.width); // of all channels, one below the other
    const place = Math.floor(row / cell) * to.width + Math.floor((i % size.width) / cell);
    means[place] = means[place]! + planes[i]! / cell ** 2;
  }
  return means;
}
