/** Many pictures on one, each with its name under it, to look at at once. */
import { readFile } from 'node:fs/promises';
import sharp, { type CreateRaw, type OverlayOptions } from 'sharp';
import { setTextChunks } from './metadata';
import { isPng, readPngChunks } from './metadata/png-chunks';
import { readTextChunks } from './metadata/text-chunks';
import { drawLabel, LETTER_WIDTH, LINE_HEIGHT } from './label-font';
import { readPixels } from './pixels';
import { NotOursError, replaceFile } from './store';

const CELL = 128;
const GAP = 12;
const LABEL = LINE_HEIGHT + 6;
const PAPER = 255;
const INK = 64;
/** How a sheet is known again, so that no other file is ever replaced by one. */
const SOFTWARE = 'Easel contact sheet';

/**
 * Writes the sheet to the absolute path `out`, in rows of about as many columns unless said; small pictures are enlarged by whole
 * pixels. Rejects with one line when a picture cannot be read, and with `NotOursError` when `out` is something else.
 */
export async function contactSheet(pictures: readonly { path: string; label: string }[], out: string, columns = Math.max(1, Math.ceil(Math.sqrt(pictures.length)))): Promise<void> {
  await refuseOtherSheet(out);
  const rows = Math.max(1, Math.ceil(pictures.length / columns));
  const [stepX, stepY] = [CELL + GAP, CELL + LABEL + GAP];
  const width = columns * stepX + GAP;
  const height = rows * stepY + GAP;
  const layers: OverlayOptions[] = [];
  for (const [index, { path, label }] of pictures.entries()) {
    const left = GAP + (index % columns) * stepX;
    const top = GAP + Math.floor(index / columns) * stepY;
    const cell = await fitCell(path);
    layers.push({ ...cell, left: left + Math.floor((CELL - cell.width) / 2), top: top + Math.floor((CELL - cell.height) / 2) });
    const text = labelPixels(label);
    if (text) layers.push({ ...text, left: left + Math.floor((CELL - text.raw.width) / 2), top: top + CELL + 6 });
  }
  const background = { r: PAPER, g: PAPER, b: PAPER };
  const png = await sharp({ create: { width, height, channels: 3, background } }).composite(layers).png().toBuffer();
  await replaceFile(out, setTextChunks(png, { Software: SOFTWARE }));
}

async function fitCell(path: string): Promise<{ input: Buffer; width: number; height: number }> {
  const { data, width, height } = await readPixels(path);
  const enlarge = Math.floor(CELL / Math.max(width, height));
  const size = enlarge >= 1 ? { width: width * enlarge, height: height * enlarge, kernel: 'nearest' as const } : { width: CELL, height: CELL, fit: 'inside' as const };
  const { data: input, info } = await sharp(data, { raw: { width, height, channels: 3 } }).resize(size).png().toBuffer({ resolveWithObject: true });
  return { input, width: info.width, height: info.height };
}

function labelPixels(label: string): { input: Buffer; raw: CreateRaw } | undefined {
  const lines = drawLabel(label, Math.floor(CELL / LETTER_WIDTH));
  const width = lines[0]?.length ?? 0;
  if (width === 0) return undefined;
  const input = Buffer.from(lines.flat().flatMap((ink) => Array<number>(3).fill(ink ? INK : PAPER)));
  return { input, raw: { width, height: LINE_HEIGHT, channels: 3 } };
}

/** Rejects with `NotOursError` when there is anything but a sheet at `path`. */
export async function refuseOtherSheet(path: string): Promise<void> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined; // not there; the second is told when it is written
    throw new NotOursError(path, error.code === 'EISDIR' ? 'it is a folder' : `it cannot be read: ${error.message}`);
  });
  if (bytes === undefined) return;
  if (!isPng(bytes) || readTextChunks(readPngChunks(bytes).chunks).texts.get('Software') !== SOFTWARE) throw new NotOursError(path, 'it is no contact sheet');
}
