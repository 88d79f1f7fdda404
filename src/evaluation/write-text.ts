/** The folder of a report: what every suite writes into it, and what it may hold before. */
import { mkdtemp, readdir, readFile, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../image/store';
import { EvaluationError } from './error';

/** How a report of ours is known again: many tools write a `report.json`. */
const OurReport = z.looseObject({ model: z.looseObject({ id: z.string() }) });

/** Writes report.json and report.md; resolves with their absolute paths. A folder that holds anything but a report is refused. */
export async function writeText(folder: string, { report, text }: { report: unknown; text: string }): Promise<string[]> {
  await refuseOtherFolder(folder);
  const files = [join(folder, 'report.json'), join(folder, 'report.md')];
  await replaceFile(files[0]!, Buffer.from(`${JSON.stringify(report, null, 1)}\n`));
  await replaceFile(files[1]!, Buffer.from(text));
  return files;
}

/** Asked before anything is drawn too: an hour's work should not end here. Leaves nothing behind. */
export async function refuseOtherFolder(folder: string): Promise<void> {
  const unusable = (error: NodeJS.ErrnoException) => new EvaluationError('bad-request', `${folder} cannot be used for the report (${error.code ?? error.message}); give another folder`, { cause: error });
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw unusable(error);
  });
  await tryToWrite(folder).catch((error: NodeJS.ErrnoException) => { throw unusable(error); });
  if (names.length > 0 && !(names.includes('report.json') && (await isOurs(join(folder, 'report.json'))))) throw new EvaluationError('bad-request', `${folder} holds other things than a report; give an empty folder or a new one`);
}

/** Makes a folder where the report's will be, or in the nearest place that is there already, and takes it away again. */
async function tryToWrite(folder: string): Promise<void> {
  let place = folder;
  while (!(await stat(place).then(() => true, () => false)) && dirname(place) !== place) place = dirname(place);
  await rmdir(await mkdtemp(join(place, '.easel-')));
}

async function isOurs(path: string): Promise<boolean> {
  try {
    return OurReport.safeParse(JSON.parse(await readFile(path, 'utf8'))).success;
  } catch {
    return false;
  }
}
