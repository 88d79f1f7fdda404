/** The files that come with Easel and that something is judged by. */
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { EvaluationError } from './error';

/** Rejects with an `EvaluationError` that names the file, and the place in it, if it is not what the schema says. */
export async function readJson<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> {
  const json = await readFile(path, 'utf8').then((text): unknown => JSON.parse(text)).catch((error: unknown) => {
    throw new EvaluationError('bad-model', `${path} cannot be read; reinstall Easel`, { cause: error });
  });
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new EvaluationError('bad-model', `${path} is malformed at ${issue?.path.join('.') ?? 'its top'}: ${issue?.message ?? ''}; reinstall Easel`);
}
