/** JSON files of a model folder, read once, parsed by a schema. Python writes `-Infinity` and `NaN` into them. */
import { readFile, stat } from 'node:fs/promises';
import type { z } from 'zod';
import { ModelError } from './error';

/** No configuration file comes near this; a tokenizer does, but is not read here. */
const MAX_BYTES = 4 << 20;

/**
 * The file's contents as `schema` has them.
 * Throws `ModelError` naming the file and the first field that is wrong.
 */
export async function readJsonFile<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new ModelError(`${file} is ${size} bytes long; a configuration file has at most ${MAX_BYTES}: fetch the model again`);
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError(`cannot read ${file}: ${(error as Error).message}; fetch the model again`, { cause: error });
  }
  let json: unknown;
  try {
    json = parseTolerantJson(text);
  } catch (error) {
    throw new ModelError(`${file} is not JSON: ${(error as Error).message}; fetch the model again`, { cause: error });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ModelError(`${file}: ${issue?.path.length ? `${issue.path.join('.')}: ` : ''}${issue?.message ?? 'unexpected contents'}`);
}

/** JSON as Python's `json` writes it: `Infinity`, `-Infinity` and `NaN` outside strings are numbers. */
export function parseTolerantJson(text: string): unknown {
  const marked = text
    .replace(/^\uFEFF/, '')
    .replace(/"(?:\\.|[^"\\])*"|-?Infinity\b|\bNaN\b/g, (token) => (token.startsWith('"') ? token : `{"${MARK}":"${token}"}`));
  return JSON.parse(marked, (_key, value: unknown) => {
    const name = typeof value === 'object' && value !== null && MARK in value ? (value as Record<string, unknown>)[MARK] : undefined;
    return typeof name === 'string' ? Number(name) : value;
  });
}

const MARK = ' number';
