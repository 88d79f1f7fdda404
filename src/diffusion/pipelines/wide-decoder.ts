/**
 * A decoder in float32 in place of one in half floats: SDXL's autoencoder is known to pass 65504, and what comes of it is NaN
 * everywhere. The weights are the same numbers, in a temporary file as large again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModel } from '../../onnx/read';
import { upcastHalf, usesHalf } from '../../onnx/upcast';
import { writeModel } from '../../onnx/write';
import type { Session } from '../../runtime';

/** The graph at `file` in float32, opened by `open`; `null` if it has no half floats. The file goes with the session. */
export async function openWide(file: string, open: (file: string) => Promise<Session>): Promise<Session | null> {
  const model = await readModel(file);
  if (!usesHalf(model)) return null;
  const folder = await mkdtemp(join(tmpdir(), 'easel-float32-'));
  const clear = () => rm(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, 'model.onnx');
    await writeModel(upcastHalf(model), copy);
    const session = await open(copy);
    const release = async () => {
      await session.release();
      await clear();
    };
    return { file, runtime: session.runtime, inputs: session.inputs, outputs: session.outputs, run: (feeds, wanted) => session.run(feeds, wanted), release };
  } catch (error) {
    await clear();
    throw error;
  }
}
