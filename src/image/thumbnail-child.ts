/**
 * A small process of its own that makes thumbnails for the editor: sharp is native code and stays out of the extension
 * host, and a thumbnail must not wait behind the engine's device. Forked by `editor/thumbnails`; ends when its parent
 * does. One message in, one out: `{ id, path, side, limit }` → `{ id, data }`, where `data` is WebP of at most `limit`
 * bytes and at most `side` pixels a side, or `null` if the file cannot be read as a picture.
 */
import sharp from 'sharp';
import { z } from 'zod';

const Question = z.strictObject({ id: z.int(), path: z.string().min(1), side: z.int().min(1).max(1024), limit: z.int().min(256) });
/** Tried in turn until the bytes fit. */
const QUALITIES = [90, 70, 40, 10];

sharp.cache(false);
sharp.concurrency(1);

async function thumbnail({ path, side, limit }: z.infer<typeof Question>): Promise<Uint8Array | null> {
  for (const quality of QUALITIES) {
    const data = await sharp(path).autoOrient().resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true }).webp({ quality }).toBuffer();
    if (data.length <= limit) return data;
  }
  return null;
}

process.on('message', (message) => {
  const question = Question.safeParse(message);
  if (!question.success) return;
  const { id } = question.data;
  const answer = (data: Uint8Array | null) => process.connected && process.send?.({ id, data });
  thumbnail(question.data).then(answer, () => answer(null));
});
process.on('disconnect', () => process.exit());
