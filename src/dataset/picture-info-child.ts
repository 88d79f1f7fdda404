/**
 * A small process of its own that looks at a dataset's pictures for the editor's lints: decoding them is native code and
 * stays out of the extension host. Forked by `editor/dataset`; ends when its parent does. One message in, one out:
 * `{ id, path }` → `{ id, info }` or `{ id, problem }`, where the problem is one line.
 */
import { z } from 'zod';
import { readPictureInfo } from './pictures';

const Question = z.strictObject({ id: z.int(), path: z.string().min(1) });

process.on('message', (message) => {
  const question = Question.safeParse(message);
  if (!question.success) return;
  const { id, path } = question.data;
  const answer = (said: object) => process.connected && process.send?.({ id, ...said });
  readPictureInfo(path).then(
    (info) => answer({ info }),
    (error: unknown) => answer({ problem: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit());
