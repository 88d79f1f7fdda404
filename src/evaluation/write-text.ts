/** The folder of a report: what every suite writes into it, and what it may hold before. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../image/store';
import { EvaluationError } from './error';

/** Writes report.json and report.md; resolves with their absolute paths. A folder that holds anything but a report is refused. */
export async function writeText(folder: string, { report, text }: { report: unknown; text: string }): Promise<string[]> {
  await refuseOtherFolder(folder);
  const files = [join(folder, 'report.json'), join(folder, 'report.md')];
  await replaceFile(files[0]!, Buffer.from(`${JSON.stringify(report, null, 1)}\n`));
  await replaceFile(files[1]!, Buffer.from(text));
  return files;
}

/** Asked before anything is drawn too: an hour's work should not end here. */
export async function refuseOtherFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw new EvaluationError('bad-request', `${folder} cannot be used for the report (${error.code ?? error.message}); give another folder`, { cause: error });
  });
  if (names.length > 0 && !names.includes('report.json')) throw new EvaluationError('bad-request', `${folder} holds other things than a report; give an empty folder or a new one`);
}
