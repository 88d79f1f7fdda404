/** The folder of a report: report.json, report.md, and per split a sheet of its first pictures with their prompts. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contactSheet, encodePng } from '../../image';
import { replaceFile } from '../../image/store';
import type { Split } from '../../prompt';
import { EvaluationError } from '../error';
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
  await refuseOtherFolder(folder);
  const files: string[] = [];
  const write = async (name: string, content: string) => {
    await replaceFile(join(folder, name), Buffer.from(content));
    files.push(join(folder, name));
  };
  await write('report.json', `${JSON.stringify(report, null, 1)}\n`);
  for (const [split, pictures] of sheets) {
    await write(`${split}.txt`, `${pictures.map(({ prompt, remark }) => (remark === '' ? prompt : `${prompt}  (${remark})`)).join('\n')}\n`);
    await writeSheet(join(folder, `${split}.png`), pictures);
    files.push(join(folder, `${split}.png`));
  }
  const gallery = [...sheets.keys()].map((split) => `\n## ${split}\n\n![The first ${SHEET_SIZE} pictures of ${split}](${split}.png)\n`);
  await write('report.md', text + gallery.join(''));
  return files;
}

/** Before anything is drawn too: an hour's work should not end here. */
export async function refuseOtherFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw new EvaluationError('bad-request', `${folder} cannot be used for the report (${error.code ?? error.message}); give another folder`, { cause: error });
  });
  if (names.length > 0 && !names.includes('report.json')) throw new EvaluationError('bad-request', `${folder} holds other things than a report; give an empty folder or a new one`);
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
