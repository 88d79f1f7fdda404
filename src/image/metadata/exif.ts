/**
 * The three EXIF texts in which tools keep parameters: `UserComment` (A1111 and others), `Make` and `Model` (ComfyUI's
 * WebP). Only these are looked up, so a hostile file costs one pass over two directories; no value is copied unasked.
 * Sources: TIFF 6.0 section 2 (directories), EXIF 2.32 section 4.6.5 (UserComment's character codes).
 */

export interface ExifTexts {
  userComment?: string;
  make?: string;
  model?: string;
}

const MAKE = 0x010f;
const MODEL = 0x0110;
const EXIF_DIRECTORY = 0x8769;
const USER_COMMENT = 0x9286;

/** Reads an EXIF block: a TIFF header, with or without `Exif\0\0` before it. Never throws; what is not there is absent. */
export function readExifTexts(bytes: Uint8Array): ExifTexts {
  const block = latin1(bytes.subarray(0, 6)) === 'Exif\0\0' ? bytes.subarray(6) : bytes;
  const order = latin1(block.subarray(0, 2));
  if (block.length < 8 || (order !== 'II' && order !== 'MM')) return {};
  const tiff: Tiff = { bytes: block, view: new DataView(block.buffer, block.byteOffset, block.byteLength), little: order === 'II' };
  const main = readDirectory(tiff, tiff.view.getUint32(4, tiff.little), [MAKE, MODEL, EXIF_DIRECTORY]);
  const pointer = main.get(EXIF_DIRECTORY);
  const exif = pointer ? readDirectory(tiff, pointer.number, [USER_COMMENT]) : undefined;
  const comment = exif?.get(USER_COMMENT);
  const texts: ExifTexts = {};
  // Cameras leave room for a comment and write nothing into it.
  const words = comment && decodeUserComment(comment.bytes);
  if (words?.trim()) texts.userComment = words;
  for (const [tag, name] of [[MAKE, 'make'], [MODEL, 'model']] as const) {
    const entry = main.get(tag);
    if (entry) texts[name] = utf8(entry.bytes).replace(/\0.*$/s, '');
  }
  return texts;
}

interface Tiff {
  bytes: Uint8Array;
  view: DataView;
  little: boolean;
}

/** A directory's wanted entries: their bytes (byte-sized types) and the value field read as a number. */
function readDirectory({ bytes, view, little }: Tiff, offset: number, wanted: readonly number[]) {
  const found = new Map<number, { bytes: Uint8Array; number: number }>();
  if (offset + 2 > bytes.length) return found;
  const count = view.getUint16(offset, little);
  for (let index = 0; index < count; index++) {
    const at = offset + 2 + index * 12;
    if (at + 12 > bytes.length) break;
    const tag = view.getUint16(at, little);
    if (!wanted.includes(tag)) continue;
    const length = view.getUint32(at + 4, little);
    const number = view.getUint32(at + 8, little);
    const start = length <= 4 ? at + 8 : number;
    found.set(tag, { bytes: bytes.subarray(start, start + length), number });
  }
  return found;
}

/** Eight bytes name the character code. For `UNICODE` the standard leaves the byte order open: writers differ, so look. */
function decodeUserComment(bytes: Uint8Array): string {
  const code = latin1(bytes.subarray(0, 8));
  const body = bytes.subarray(8);
  if (code !== 'UNICODE\0') return utf8(code === 'ASCII\0\0\0' || /^\0{8}$/.test(code) ? body : bytes).replace(/\0+$/, '');
  let high = 0; // code units below 256, which nearly all of a parameter text is, have their zero byte first in big endian
  for (let index = 0; index + 1 < body.length; index += 2) high += (body[index] === 0 ? 1 : 0) - (body[index + 1] === 0 ? 1 : 0);
  return new TextDecoder(high >= 0 ? 'utf-16be' : 'utf-16le').decode(body).replace(/\0+$/, '');
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
