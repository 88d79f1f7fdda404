/** The folder of this suite's report: report.json, report.md, and per split a sheet of its first pictures with their prompts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '../../image';
import type { Split } from '../../prompt';
import { gallery, writeSheet, type SheetPicture } from '../write-sheet';
import { writeText } from '../write-text';
import { SIDE } from './mask';
import type { IconReport } from './report';

/** A picture that was drawn, in memory: 64×64×3 bytes. */
export type DrawnPicture = Omit<SheetPicture, 'path'> & { readonly rgb: Uint8Array };

interface Parts {
  readonly report: IconReport;
  readonly text: string;
  readonly sheets: ReadonlyMap<Split, readonly DrawnPicture[]>;
}

/** Resolves with the absolute paths. A folder that holds anything but an earlier report is refused. */
export async function writeReport(folder: string, { report, text, sheets }: Parts): Promise<string[]> {
  const files = await writeText(folder, { report, text: text + gallery(sheets.keys()) });
  const temporary = await mkdtemp(join(tmpdir(), 'easel-sheet-'));
  try {
    for (const [split, drawn] of sheets) {
      const pictures: SheetPicture[] = [];
      for (const [i, { rgb, ...said }] of drawn.entries()) {
        const path = join(temporary, `${split}-${i}.png`);
        await writeFile(path, await encodePng(rgb, SIDE, SIDE));
        pictures.push({ ...said, path });
      }
      files.push(...(await writeSheet(folder, split, pictures)));
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return files;
}
