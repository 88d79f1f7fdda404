import type { z } from 'zod';

/**
 * Reads a message that crossed the border. `undefined` when it is not one of ours: an unknown type, a wrong or an
 * extra field. The caller drops it; the reason is given to `onRefused` for the log.
 */
export function parseMessage<Schema extends z.ZodType>(
  schema: Schema,
  message: unknown,
  onRefused: (reason: string) => void = () => undefined,
): z.infer<Schema> | undefined {
  const parsed = schema.safeParse(message);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  onRefused(`${issue?.path.join('.') || 'message'}: ${issue?.message ?? 'not one of ours'}`);
  return undefined;
}
