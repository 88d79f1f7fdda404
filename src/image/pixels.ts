/**
 * Pixels in and out of encoded pictures, by sharp. Pixels are 8-bit RGB, row by row from the top, without alpha.
 * The same sharp encodes for editor and command line, so equal pixels give equal bytes.
 */
import sharp, { type Sharp } from 'sharp';

/** `data` holds width × height × 3 bytes. */
export interface Pixels {
  data: Uint8Array;
  width: number;
  height: number;
}

// libvips would keep decoded pictures and a thread per core; beside a diffusion model both cost more than they give.
sharp.cache(false);
sharp.concurrency(1);

/** Upper bound of a preview's encoded bytes (design.md, Engine). */
const PREVIEW_BYTES = 48 * 1024;

/** A PNG without any text; `setTextChunks` adds it. Rejects with a `RangeError` when the bytes do not fit the size. */
export async function encodePng(rgb: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  return raw({ data: rgb, width, height }).png({ compressionLevel: 9 }).toBuffer();
}

/** A small picture to look at while it is drawn: at most 48 KiB, longer side at most 512 pixels. */
export async function encodePreview(rgb: Uint8Array, width: number, height: number): Promise<{ mimeType: 'image/webp'; data: Uint8Array }> {
  for (const [side, quality] of [[512, 80], [384, 60], [256, 50]] as const) {
    const data = await raw({ data: rgb, width, height })
      .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
      .webp({ quality, effort: 0 })
      .toBuffer();
    if (data.length <= PREVIEW_BYTES) return { mimeType: 'image/webp', data };
  }
  const data = await raw({ data: rgb, width, height }).resize({ width: 128, height: 128, fit: 'inside' }).webp({ quality: 30, effort: 0 }).toBuffer();
  return { mimeType: 'image/webp', data };
}

/** Decodes a picture file: turned as its EXIF says, sRGB, transparency over white. Rejects with one line that names the file. */
export async function readPixels(path: string): Promise<Pixels> {
  try {
    const { data, info } = await sharp(path, { failOn: 'error' })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.channels === 3) return { data, width: info.width, height: info.height };
    throw new Error(`${info.channels} channels`);
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new Error(`cannot read the picture ${path}: ${why}; give a PNG, JPEG or WebP file`, { cause: error });
  }
}

/** Scales to exactly this size (Lanczos), without keeping the proportions. */
export async function resizePixels(pixels: Pixels, width: number, height: number): Promise<Pixels> {
  const data = await raw(pixels).resize(width, height, { fit: 'fill', kernel: 'lanczos3' }).raw().toBuffer();
  return { data, width, height };
}

/** Pixels as a sharp pipeline. */
function raw({ data, width, height }: Pixels): Sharp {
  if (data.length !== width * height * 3) throw new RangeError(`${data.length} bytes are not ${width}x${height} RGB pixels`);
  return sharp(data, { raw: { width, height, channels: 3 } });
}
