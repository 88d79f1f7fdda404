/** Where the model that ships with Easel lies: beside the bundle in an installed extension, at the top of a checkout. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Name under which the shipped model is always known. */
export const EMBEDDED_MODEL = 'icon-64';

/** The folder of the shipped model, looked for in `models/` of the folders above `start`; `undefined` if it is not there. */
export function embeddedModelFolder(start: string = __dirname): string | undefined {
  let folder = start;
  for (let level = 0; level < 5; level++) {
    const candidate = join(folder, 'models', EMBEDDED_MODEL);
    if (existsSync(join(candidate, 'model_index.json'))) return candidate;
    folder = dirname(folder);
  }
  return undefined;
}
