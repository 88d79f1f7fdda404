/** A report's sheets: pictures to look at, and beside them a text that says of each what was asked and what is wrong with it. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { contactSheet, NotOursError, refuseOtherSheet } from '../image';
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

/** Rejects with `NotOursError` where one of the sheets, or its text, would replace something else: asked before anything is drawn. */
export async function refuseOtherSheets(folder: string, names: Iterable<string>): Promise<void> {
  for (const name of names) {
    const { prompts, sheet } = filesOf(folder, name);
    await refuseOtherSheet(sheet);
    if ((await isThere(prompts)) && !(await isThere(sheet))) throw new NotOursError(prompts, 'it stands beside no contact sheet');
  }
}

/** Writes NAME.txt and NAME.png into the report's folder; resolves with their absolute paths. */
export async function writeSheet(folder: string, name: string, pictures: readonly SheetPicture[]): Promise<string[]> {
  await refuseOtherSheets(folder, [name]);
  const { prompts, sheet } = filesOf(folder, name);
  await contactSheet(pictures.map(({ path, label, remark }) => ({ path, label: remark === '' ? label : `* ${label}` })), sheet);
  await replaceFile(prompts, Buffer.from(`${pictures.map(({ prompt, remark }) => (remark === '' ? prompt : `${prompt}  (${remark})`)).join('\n')}\n`));
  return [prompts, sheet];
}

/** What the report's text says of its sheets. */
export function gallery(names: Iterable<string>): string {
  return [...names].map((name) => `\n## ${name}\n\n![The first ${SHEET_SIZE} pictures of ${name}](${name}.png)\n`).join('');
}

/** The text is written after its sheet, so a text without one is somebody else's. */
function filesOf(folder: string, name: string): { prompts: string; sheet: string } {
  return { prompts: join(folder, `${name}.txt`), sheet: join(folder, `${name}.png`) };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
