/**
 * A small PNG as a `data:` URI, by copying its bytes: nothing is decoded, so this is cheap enough for the extension host
 * and safe in Restricted Mode. Text chunks are left out, since only the pixels are shown.
 */
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** The chunks that decide the pixels; colour profiles are not worth their bytes at this size. */
const SHOWN = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']);

/** `undefined` when the bytes are no PNG, or when the URI would be longer than `limit` characters. */
export function inlinePicture(png: Uint8Array, limit: number): string | undefined {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) return undefined;
  const parts: Uint8Array[] = [SIGNATURE];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (SHOWN.has(type)) parts.push(bytes.subarray(at, end));
    if (type === 'IEND') return dataUri(Buffer.concat(parts), 'image/png', limit);
    at = end;
  }
  return undefined;
}

/** Encoded bytes as a `data:` URI of at most `limit` characters. */
export function dataUri(bytes: Uint8Array, mimeType: string, limit: number): string | undefined {
  const uri = `data:${mimeType};base64,${Buffer.from(bytes).toString('base64')}`;
  return uri.length <= limit ? uri : undefined;
}
