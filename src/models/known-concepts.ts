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
  emoji: z.array(z.looseObject({ name: z.string().max(200), character: z.string().max(200), keywords: words.default([]), styles: words.default([]) })).max(100_000).default([]),
  emojiStyles: words.default([]),
});
/**
 * Names that the model knows, and how its captions were put together. Emoji are a domain of their own: a name among them is known
 * beside the word "emoji", in the styles that training showed of it (of `emojiStyles`), and brings its own colours.
 */
export type KnownConcepts = z.infer<typeof KnownConcepts>;

/** `undefined` for a model that does not say. Throws `ModelError` if its file is damaged. */
export async function knownConcepts(folder: Pick<ModelFolder, 'dir' | 'files'>): Promise<KnownConcepts | undefined> {
  if (!folder.files.some(({ path }) => path === 'concepts.json')) return undefined;
  return readJsonFile(join(folder.dir, 'concepts.json'), KnownConcepts);
}
