/** Where JPEG and WebP keep their size and their EXIF block. Never throws: a file that ends early gives what came before. */

export interface PictureHead {
  format: 'jpeg' | 'webp';
  width?: number;
  height?: number;
  exif?: Uint8Array;
}

/** `null` when the bytes are neither. */
export function readPictureHead(bytes: Uint8Array): PictureHead | null {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return readJpeg(bytes);
  if (text(bytes, 0, 4) === 'RIFF' && text(bytes, 8, 4) === 'WEBP') return readWebp(bytes);
  return null;
}

/** Segments up to the first scan: APP1 holds EXIF, a start-of-frame (C0–CF but C4, C8, CC) holds height and width. */
function readJpeg(bytes: Uint8Array): PictureHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head: PictureHead = { format: 'jpeg' };
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = view.getUint8(at + 1);
    const length = view.getUint16(at + 2);
    if (marker === 0xda || length < 2) break;
    const body = at + 4;
    if (marker === 0xe1 && text(bytes, body, 6) === 'Exif\0\0') head.exif ??= bytes.subarray(body, at + 2 + length);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker) && body + 5 <= bytes.length) {
      head.height = view.getUint16(body + 1);
      head.width = view.getUint16(body + 3);
    }
    at += 2 + length;
  }
  return head;
}

/** RIFF chunks, padded to even length. `VP8X` holds the canvas, `VP8 ` and `VP8L` the size of a plain picture. */
function readWebp(bytes: Uint8Array): PictureHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head: PictureHead = { format: 'webp' };
  for (let at = 12; at + 8 <= bytes.length; ) {
    const type = text(bytes, at, 4);
    const length = view.getUint32(at + 4, true);
    const body = at + 8;
    if (type === 'EXIF') head.exif ??= bytes.subarray(body, body + length);
    if (body + 10 <= bytes.length && head.width === undefined) {
      if (type === 'VP8X') [head.width, head.height] = [1 + uint24(view, body + 4), 1 + uint24(view, body + 7)];
      if (type === 'VP8 ') [head.width, head.height] = [view.getUint16(body + 6, true) & 0x3fff, view.getUint16(body + 8, true) & 0x3fff];
      if (type === 'VP8L') {
        const bits = view.getUint32(body + 1, true);
        [head.width, head.height] = [1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)];
      }
    }
    at = body + length + (length % 2);
  }
  return head;
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
