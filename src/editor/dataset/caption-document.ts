import { access, readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { TextDocument } from 'vscode';
import { toDiskPath } from '../disk-path';

/** Could this be a caption file, by its name? Cheap: it is asked of every file that opens. */
export function isCaptionName(path: string): boolean {
  return /[^/\\]\.(?:txt|caption)$|(?:^|[/\\])metadata\.jsonl$/i.test(path);
}

/** A document that may hold captions; virtual ones and those of source control do not. */
export function mayHoldCaptions(document: TextDocument): boolean {
  return document.uri.scheme === 'file' && isCaptionName(document.uri.path);
}

/**
 * Does it caption something: a text with a picture of the same name beside it, or metadata in a folder that holds
 * pictures? Anything else is no dataset, and is left alone.
 */
export async function captionsPictures(document: TextDocument): Promise<boolean> {
  const path = toDiskPath(document.uri);
  if (path === undefined || !mayHoldCaptions(document)) return false;
  const folder = dirname(path);
  if (basename(path).toLowerCase() === 'metadata.jsonl') {
    return /"file_name"/.test(document.getText().slice(0, 10_000)) || (await readdir(folder).catch(() => [])).some((name) => /\.(?:png|jpe?g|webp)$/i.test(name));
  }
  const stem = join(folder, basename(path, extname(path)));
  const beside = await Promise.all(['.png', '.jpg', '.jpeg', '.webp'].map((extension) => access(stem + extension).then(() => true, () => false)));
  return beside.includes(true);
}
