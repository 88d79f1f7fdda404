/** What a model was taught by name, for completion and hints: `concepts.json` in its folder, written by its recipe. */
import { join } from 'node:path';
import { z } from 'zod';
import { readJsonFile } from './json-file';
import type { ModelFolder } from './model-folder';

const words = z.array(z.string().max(200)).max(100_000);

const KnownConcepts = z.looseObject({
  concepts: z.array(z.looseObject({ name: z.string().max(200), synonyms: words.default([]) })).max(100_000),
  colours: z.record(z.string(), z.string()).default({}),
  containers: words.default([]),
  styles: words.default([]),
  templates: words.default([]),
});
/** Names that the model knows, and how its captions were put together. */
export type KnownConcepts = z.infer<typeof KnownConcepts>;

/** `undefined` for a model that does not say. Throws `ModelError` if its file is damaged. */
export async function knownConcepts(folder: Pick<ModelFolder, 'dir' | 'files'>): Promise<KnownConcepts | undefined> {
  if (!folder.files.some(({ path }) => path === 'concepts.json')) return undefined;
  return readJsonFile(join(folder.dir, 'concepts.json'), KnownConcepts);
}
