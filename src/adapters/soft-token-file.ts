/**
 * The file of a bank of soft tokens: safetensors with `tokens` [layers, count, width] and, if they change with time,
 * `time_table` [rows, layers, width], float32. The header says where it comes from; nothing in it is executable.
 */
import { z } from 'zod';
import { float32Tensor, readSafetensors, toFloat32, writeSafetensors, type SafeTensor } from '../onnx';
import { AdapterError } from './error';
import type { SoftTokens } from './soft-tokens';
import { TIME_EMBEDDINGS, timeRows } from './time-embedding';

/** What the header of a bank says that it is. */
export const SOFT_TOKEN_FORMAT = 'easel.soft-tokens';

/** Where a bank comes from and what it fits. */
export const SoftTokenProvenance = z.object({
  version: z.literal(1),
  method: z.literal('soft-tokens'),
  name: z.string().min(1),
  model: z.object({ id: z.string(), sha256: z.string() }),
  /** Blocks that read the tokens: names as in the graph, without its prefix. Layers in this order, or one for all. */
  blocks: z.array(z.string()).min(1),
  time: z.enum(TIME_EMBEDDINGS),
  /** As trained. */
  options: z.record(z.string(), z.unknown()),
  dataset: z.object({ fingerprint: z.string(), pictures: z.int(), captions: z.int() }),
  /** Git revision of the dataset's repository. */
  revision: z.string().nullable(),
  steps: z.int().min(0),
  validationLoss: z.number().nullable(),
  easel: z.string(),
});
export type SoftTokenProvenance = z.infer<typeof SoftTokenProvenance>;

export interface SoftTokenFile {
  readonly soft: SoftTokens;
  readonly provenance: SoftTokenProvenance;
}

/** Writes the file in one piece, or nothing. */
export async function writeSoftTokens(path: string, { soft, provenance }: SoftTokenFile): Promise<void> {
  const tensors = new Map<string, SafeTensor>([['tokens', float32Tensor(soft.tokens, [soft.layers, soft.count, soft.width])]]);
  if (soft.timeTable.length > 0) tensors.set('time_table', float32Tensor(soft.timeTable, [timeRows(soft.time), soft.layers, soft.width]));
  await writeSafetensors(path, tensors, { format: SOFT_TOKEN_FORMAT, easel: JSON.stringify(SoftTokenProvenance.parse(provenance)) });
}

/** Reads and checks a file. Throws `AdapterError` (one line) if it is none, is damaged, or does not fit itself. */
export async function readSoftTokens(path: string): Promise<SoftTokenFile> {
  const { tensors, metadata } = await readSafetensors(path).catch((error: Error) => {
    throw new AdapterError(`${error.message}; train it again, or fetch it again`, { cause: error });
  });
  const provenance = provenanceOf(metadata, path);
  const tokens = tensors.get('tokens');
  const [layers, count, width] = tokens?.shape ?? [];
  if (!tokens || tokens.shape.length !== 3 || !layers || !count || !width) throw new AdapterError(`${path} has no tokens [layers, count, width]; it is damaged: train it again`);
  if (layers !== 1 && layers !== provenance.blocks.length) throw new AdapterError(`${path} has ${layers} layers of tokens for ${provenance.blocks.length} blocks; it is damaged: train it again`);
  const rows = timeRows(provenance.time);
  const table = tensors.get('time_table');
  const wanted = [rows, layers, width];
  if (rows > 0 ? table?.shape.join() !== wanted.join() : table !== undefined) {
    throw new AdapterError(`${path} says its time embedding is "${provenance.time}", but its time_table is [${table?.shape.join(', ') ?? 'not there'}]; it is damaged: train it again`);
  }
  const soft = { layers, count, width, tokens: toFloat32(tokens), time: provenance.time, timeTable: table ? toFloat32(table) : new Float32Array() };
  if (![soft.tokens, soft.timeTable].every((values) => values.every(Number.isFinite))) throw new AdapterError(`${path} holds numbers that are not finite; train it again`);
  return { soft, provenance };
}

function provenanceOf(metadata: Readonly<Record<string, string>>, path: string): SoftTokenProvenance {
  if (metadata['format'] !== SOFT_TOKEN_FORMAT) throw new AdapterError(`${path} is not a bank of soft tokens made by Easel (its format is ${JSON.stringify(metadata['format'] ?? 'not said')})`);
  try {
    return SoftTokenProvenance.parse(JSON.parse(metadata['easel'] ?? ''));
  } catch (error) {
    throw new AdapterError(`the header of ${path} is damaged or from a newer Easel; train it again, or update Easel`, { cause: error });
  }
}
