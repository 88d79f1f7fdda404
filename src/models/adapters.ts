/**
 * Which adapters a prompt may name: those of the repository (`adapters/NAME.safetensors` under the root), then those of
 * the person, then those that came with the model that it draws with (`adapters/` in the model's folder). What a file says of itself is read from its header alone, so that listing loads no numbers.
 */
import { open, readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { z } from 'zod';
import { easelHome } from './easel-home';

const FOLDER = 'adapters';
const FILE = /^(.+)\.safetensors$/;
/** Trainers of LoRAs write all captions of their data into the header; more than this is no header. */
const LONGEST_HEADER = 1 << 24;

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
  /** Absent where the file does not say it. */
  model: z.object({ id: z.string(), sha256: z.string().optional() }).optional(),
  dataset: z.object({ pictures: z.int(), captions: z.int(), fingerprint: z.string() }).optional(),
  steps: z.int().optional(),
  validationLoss: z.number().nullish(),
  /** What it was made to be drawn with. */
  settings: z.object({ steps: z.int().positive().optional(), cfg: z.number().optional() }).optional(),
  /** A LoRA's rank, from its tensors. */
  rank: z.int().positive().optional(),
});
export type AdapterCard = z.infer<typeof AdapterCard>;

/**
 * By name; the repository's hide a person's of the same name, and those hide the model's own.
 * @param model folder of the model that draws
 */
export async function listAdapters({ root, home = easelHome(), model }: { root: string; home?: string; model?: string }): Promise<InstalledAdapter[]> {
  const found = new Map<string, InstalledAdapter>();
  for (const folder of [root, home, ...(model === undefined ? [] : [model])].map((place) => join(place, FOLDER))) {
    for (const file of (await readdir(folder).catch(() => [])).sort()) {
      const id = FILE.exec(file)?.[1];
      if (id !== undefined && !found.has(id)) found.set(id, { id, path: join(folder, file) });
    }
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** `null` if the file is no adapter that Easel knows, or cannot be read. A LoRA of another tool has a card that says little. */
export async function readAdapterCard(path: string): Promise<AdapterCard | null> {
  try {
    const header = await readHeader(path);
    const { easel } = z.record(z.string(), z.string()).catch({}).parse(header['__metadata__']);
    const rank = rankOf(header);
    if (easel === undefined && rank === undefined) return null;
    const card: unknown = easel === undefined ? { method: 'lora', name: basename(path, extname(path)) } : JSON.parse(easel);
    return AdapterCard.parse({ ...z.record(z.string(), z.unknown()).parse(card), ...(rank !== undefined && { rank }) });
  } catch {
    return null;
  }
}

async function readHeader(path: string): Promise<Record<string, unknown>> {
  const file = await open(path, 'r');
  try {
    const length = Number((await file.read(Buffer.alloc(8), 0, 8, 0)).buffer.readBigUInt64LE(0));
    if (length > LONGEST_HEADER) throw new Error('too long for a header');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 8);
    return z.record(z.string(), z.unknown()).parse(JSON.parse(buffer.toString('utf8', 0, bytesRead)));
  } finally {
    await file.close();
  }
}

/** The rank that most of a LoRA's layers have, LoHa and LoKr among them; `undefined` for other files. */
function rankOf(header: Readonly<Record<string, unknown>>): number | undefined {
  const ranks = new Map<number, number>();
  for (const [name, tensor] of Object.entries(header)) {
    const shape = Shape.safeParse(tensor);
    const rank = DOWN.test(name) && shape.success ? shape.data.shape[0] : undefined;
    if (rank !== undefined && rank > 0) ranks.set(rank, (ranks.get(rank) ?? 0) + 1);
  }
  return [...ranks].sort((a, b) => b[1] - a[1])[0]?.[0];
}

const DOWN = /(?:lora_A(?:\.\w+)?|lora_down|lora\.down|lora_linear_layer\.down|_lora\.down)\.weight$|\.(?:hada_w1_b|lokr_w[12]_b)$/;
const Shape = z.object({ shape: z.array(z.int()) });
