/** A report's sheets: pictures to look at, and beside them a text that says of each what was asked and what is wrong with it. */
import { join } from 'node:path';
import { contactSheet, refuseOtherSheet } from '../image';
import { replaceFile } from '../image/store';

/** Pictures on a sheet: the first that were asked about, whatever they look like. */
export const SHEET_SIZE = 32;

export interface SheetPicture {
  /** Absolute path of the picture. */
  readonly path: string;
  /** What was asked. */
  readonly prompt: string;
  /** Below the picture. */
  readonly label: string;
  /** What is wrong with it; empty if nothing is. A wrong picture's label begins with a star. */
  readonly remark: string;
}

/** Rejects with `NotOursError` where one of the sheets would replace something else: asked before anything is drawn. */
export async function refuseOtherSheets(folder: string, names: Iterable<string>): Promise<void> {
  for (const name of names) await refuseOtherSheet(join(folder, `${name}.png`));
}

/** Writes NAME.txt and NAME.png into the report's folder; resolves with their absolute paths. */
export async function writeSheet(folder: string, name: string, pictures: readonly SheetPicture[]): Promise<string[]> {
  const [prompts, sheet] = [join(folder, `${name}.txt`), join(folder, `${name}.png`)];
  await contactSheet(pictures.map(({ path, label, remark }) => ({ path, label: remark === '' ? label : `* ${label}` })), sheet);
  await replaceFile(prompts, Buffer.from(`${pictures.map(({ prompt, remark }) => (remark === '' ? prompt : `${prompt}  (${remark})`)).join('\n')}\n`));
  return [prompts, sheet];
}

/** What the report's text says of its sheets. */
export function gallery(names: Iterable<string>): string {
  return [...names].map((name) => `\n## ${name}\n\n![The first ${SHEET_SIZE} pictures of ${name}](${name}.png)\n`).join('');
}
