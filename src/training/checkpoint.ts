/** The state of a run at a step: NNNNNN.safetensors with every array, and NNNNNN.json, written after it, which makes it count. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { float32Tensor, readSafetensors, toFloat32, writeSafetensors } from '../onnx';
import type { Trainables } from './optimizer';
import { replace } from './run-folder';

const CheckpointFacts = z.object({
  step: z.int().min(0),
  optimizer: z.enum(['adamw', 'sgd']),
  threads: z.int(),
  runtime: z.string(),
  provider: z.string(),
  dataset: z.string(),
  /** What watches the run: a smoothed loss and its best, and how long tokens have been one. */
  watch: z.object({ smoothed: z.number().nullable(), best: z.number().nullable(), collapsed: z.int() }),
  validationLoss: z.number().nullable(),
});
/** What is not in the arrays. */
export type CheckpointFacts = z.infer<typeof CheckpointFacts>;

const fileOf = (folder: string, step: number) => join(folder, String(step).padStart(6, '0'));

/** Writes trainables and optimizer state as they are, and drops all but the newest `keep`. Returns the tensors' path. */
export async function writeCheckpoint(folder: string, facts: CheckpointFacts, trainables: Trainables, state: Trainables, keep: number): Promise<string> {
  const path = `${fileOf(folder, facts.step)}.safetensors`;
  const arrays: [string, Float32Array][] = [['trainable', trainables] as const, ['state', state] as const].flatMap(([prefix, all]) => [...all].map(([name, values]): [string, Float32Array] => [`${prefix}/${name}`, values]));
  await writeSafetensors(path, new Map(arrays.map(([name, values]) => [name, float32Tensor(values, [values.length])])));
  await replace(`${fileOf(folder, facts.step)}.json`, `${JSON.stringify(facts, null, 2)}\n`);
  for (const step of (await stepsIn(folder)).slice(keep)) {
    for (const ending of ['json', 'safetensors']) await rm(`${fileOf(folder, step)}.${ending}`, { force: true });
  }
  return path;
}

/** Reads the newest checkpoint that is whole into the arrays; `null` if there is none. */
export async function readLastCheckpoint(folder: string, trainables: Trainables, state: Trainables): Promise<CheckpointFacts | null> {
  for (const step of await stepsIn(folder)) {
    try {
      const facts = CheckpointFacts.parse(JSON.parse(await readFile(`${fileOf(folder, step)}.json`, 'utf8')));
      const { tensors } = await readSafetensors(`${fileOf(folder, step)}.safetensors`);
      const read = (prefix: string, arrays: Trainables) => [...arrays].map(([name, values]) => {
        const tensor = tensors.get(`${prefix}/${name}`);
        if (tensor?.shape[0] !== values.length) throw new Error(`${prefix}/${name} does not fit`);
        return [values, toFloat32(tensor)] as const;
      });
      const all = [...read('trainable', trainables), ...read('state', state)];
      for (const [values, saved] of all) values.set(saved);
      return facts;
    } catch {
      continue; // cut short or damaged: the one before it is whole
    }
  }
  return null;
}

/** Newest first; what has no JSON was cut short. */
async function stepsIn(folder: string): Promise<number[]> {
  const files = await readdir(folder).catch(() => []);
  return files.map((file) => /^(\d{6,})\.json$/.exec(file)?.[1]).filter((digits) => digits !== undefined).map(Number).sort((a, b) => b - a);
}

/** One line per thing because of which a run that goes on may not be the same to the bit. */
export function differencesFrom(before: CheckpointFacts, now: Pick<CheckpointFacts, 'threads' | 'runtime' | 'provider' | 'dataset'>): string[] {
  const notes: string[] = [];
  if (before.threads !== now.threads) notes.push(`the run began with ${before.threads} threads and goes on with ${now.threads}: its numbers may differ in the last bits`);
  if (before.runtime !== now.runtime) notes.push(`the run began with ${before.runtime} and goes on with ${now.runtime}: its numbers may differ in the last bits`);
  if (before.provider !== now.provider) notes.push(`the run began on ${before.provider} and goes on on ${now.provider}: its numbers may differ`);
  if (before.dataset !== now.dataset) notes.push('the dataset has changed since the last checkpoint: the run goes on with what is there now');
  return notes;
}
