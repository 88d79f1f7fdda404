/** The folder of such a suite's report: report.json, report.md, and per split a sheet of its first pictures with their prompts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '../../image';
import { SIDE } from '../pixels/mask';
import { gallery, SHEET_SIZE, writeSheet, type SheetPicture } from '../write-sheet';
import { writeText } from '../write-text';
import type { Asked, DrawnPrompt } from './drawn-prompt';

interface Parts<Wanted extends Asked, Mark extends string> {
  readonly report: unknown;
  readonly text: string;
  readonly splits: ReadonlyMap<string, readonly DrawnPrompt<Wanted, Mark | 'top1'>[]>;
  /** What a picture should be taken for. */
  readonly nameOf: (asked: Wanted) => string;
  /** Marks that are named on the sheet where they are wrong; `top1` says by itself what was seen. */
  readonly attributes: readonly Mark[];
}

/** Resolves with the absolute paths. A folder that holds anything but an earlier report is refused. */
export async function writeReport<Wanted extends Asked, Mark extends string>(folder: string, { report, text, splits, nameOf, attributes }: Parts<Wanted, Mark>): Promise<string[]> {
  const files = await writeText(folder, { report, text: text + gallery(splits.keys()) });
  const temporary = await mkdtemp(join(tmpdir(), 'easel-sheet-'));
  try {
    for (const [split, drawn] of splits) {
      const pictures: SheetPicture[] = [];
      for (const [i, { asked, first, likeliest, marks }] of drawn.slice(0, SHEET_SIZE).entries()) {
        const path = join(temporary, `${split}-${i}.png`);
        await writeFile(path, await encodePng(first, SIDE, SIDE));
        pictures.push({ path, prompt: asked.prompt, label: nameOf(asked), remark: remarkOn(marks[0]!, likeliest, attributes) });
      }
      files.push(...(await writeSheet(folder, split, pictures)));
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return files;
}

function remarkOn<Mark extends string>(marks: Readonly<Record<Mark | 'top1', number>>, likeliest: string | null, attributes: readonly Mark[]): string {
  const wrong = attributes.filter((name) => marks[name] === 0).map((name) => `${name} wrong`);
  return [...(marks.top1 === 1 ? [] : [`seen as ${likeliest ?? 'nothing'}`]), ...wrong].join(', ');
}
