/**
 * Which adapters a prompt may name: those of the repository (`adapters/NAME.safetensors` under the root), then those of
 * the person. What a file says of itself is read from its header alone, so that listing loads no numbers.
 */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { easelHome } from './easel-home';

const FOLDER = 'adapters';
const FILE = /^(.+)\.safetensors$/;
/** A header longer than this is none of ours. */
const LONGEST_HEADER = 1 << 20;

export interface InstalledAdapter {
  /** What a prompt calls it. */
  readonly id: string;
  /** Absolute. */
  readonly path: string;
}

/** Where an adapter comes from and what it fits, as its file says; other keys are its own. */
export const AdapterCard = z.object({
  method: z.string(),
  name: z.string(),
  model: z.object({ id: z.string(), sha256: z.string().optional() }),
  dataset: z.object({ pictures: z.int(), captions: z.int(), fingerprint: z.string() }).optional(),
  steps: z.int().optional(),
  validationLoss: z.number().nullish(),
});
export type AdapterCard = z.infer<typeof AdapterCard>;

/** By name; the repository's hide a person's of the same name. */
export async function listAdapters({ root, home = easelHome() }: { root: string; home?: string }): Promise<InstalledAdapter[]> {
  const found = new Map<string, InstalledAdapter>();
  for (const folder of [join(root, FOLDER), join(home, FOLDER)]) {
    for (const file of (await readdir(folder).catch(() => [])).sort()) {
      const id = FILE.exec(file)?.[1];
      if (id !== undefined && !found.has(id)) found.set(id, { id, path: join(folder, file) });
    }
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** `null` if the file is no adapter of ours, or cannot be read. */
export async function readAdapterCard(path: string): Promise<AdapterCard | null> {
  try {
    const file = await open(path, 'r');
    try {
      const length = Number((await file.read(Buffer.alloc(8), 0, 8, 0)).buffer.readBigUInt64LE(0));
      if (length > LONGEST_HEADER) return null;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 8);
      const header = z.object({ __metadata__: z.object({ easel: z.string() }) }).parse(JSON.parse(buffer.toString('utf8', 0, bytesRead)));
      return AdapterCard.parse(JSON.parse(header.__metadata__.easel));
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}
