/** The folder of this suite's report: report.json, report.md, and per split a sheet of its first pictures with their prompts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contactSheet, encodePng } from '../../image';
import { replaceFile } from '../../image/store';
import type { Split } from '../../prompt';
import { writeText } from '../write-text';
import { SIDE } from './mask';
import type { IconReport } from './report';

/** Pictures on a sheet: the first of each split's list, whatever they look like. */
export const SHEET_SIZE = 32;

export interface SheetPicture {
  readonly rgb: Uint8Array;
  readonly prompt: string;
  /** Below the picture. */
  readonly label: string;
  /** What is wrong with it; empty if nothing is. */
  readonly remark: string;
}

interface Parts {
  readonly report: IconReport;
  readonly text: string;
  readonly sheets: ReadonlyMap<Split, readonly SheetPicture[]>;
}

/** Resolves with the absolute paths. A folder that holds anything but an earlier report is refused. */
export async function writeReport(folder: string, { report, text, sheets }: Parts): Promise<string[]> {
  const gallery = [...sheets.keys()].map((split) => `\n## ${split}\n\n![The first ${SHEET_SIZE} pictures of ${split}](${split}.png)\n`);
  const files = await writeText(folder, { report, text: text + gallery.join('') });
  for (const [split, pictures] of sheets) {
    const [prompts, sheet] = [join(folder, `${split}.txt`), join(folder, `${split}.png`)];
    await replaceFile(prompts, Buffer.from(`${pictures.map(({ prompt, remark }) => (remark === '' ? prompt : `${prompt}  (${remark})`)).join('\n')}\n`));
    await writeSheet(sheet, pictures);
    files.push(prompts, sheet);
  }
  return files;
}

async function writeSheet(out: string, pictures: readonly SheetPicture[]): Promise<void> {
  const temporary = await mkdtemp(join(tmpdir(), 'easel-sheet-'));
  try {
    const cells: { path: string; label: string }[] = [];
    for (const [i, { rgb, label, remark }] of pictures.entries()) {
      const path = join(temporary, `${i}.png`);
      await writeFile(path, await encodePng(rgb, SIDE, SIDE));
      cells.push({ path, label: remark === '' ? label : `${label} *` });
    }
    await contactSheet(cells, out);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
