/** Datasets that are only in memory, for tests. */
import { assembleDataset } from './assemble-dataset';
import { readCaptionFile, type CaptionFile } from './caption-file';
import type { Dataset } from './dataset';

/** Texts by path, pictures and other files as `null`; a text's place among the others is that of its path. */
export async function memoryDataset(files: Readonly<Record<string, string | null>>): Promise<Dataset> {
  const texts = new Map<string, CaptionFile>();
  for (const [name, text] of Object.entries(files)) if (text !== null) texts.set(name, await readCaptionFile(name, text));
  return assembleDataset({ root: '/set', files: Object.keys(files).sort(), texts, refused: [] });
}
