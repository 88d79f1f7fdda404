/**
 * A LoRA file: low-rank changes of a model's layers. Read by content, whatever tool wrote it; the numbers stay in the file
 * until a graph needs them. What a change is, is settled here, so that applying one is arithmetic alone.
 */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { elementCount, isFloat, safetensorsByReference, tensorNumbers, type Tensor } from '../onnx';
import { AdapterError } from './error';
import { otherKind, readLoraKey, type LoraKey, type LoraPart, type LoraRole } from './lora-keys';

/** A change of one layer, without its strength: `scale` times the product of its factors. */
export interface LoraLayer {
  readonly part: LoraPart;
  /** Path of the module as the file names it. */
  readonly module: string;
  /** Kohya's names have underscores for dots. */
  readonly underscored: boolean;
  /** `lora`: up · down; `loha`: (w1a · w1b) ∘ (w2a · w2b); `lokr`: w1 ⊗ w2; `full`: the difference itself. */
  readonly kind: 'lora' | 'loha' | 'lokr' | 'full';
  readonly tensors: ReadonlyMap<LoraRole, Tensor>;
  /** alpha / rank, or what the file has in its place. */
  readonly scale: number;
}

export interface LoraFile {
  readonly path: string;
  readonly layers: readonly LoraLayer[];
  /** Names that say nothing to Easel; told to the person. */
  readonly unknown: readonly string[];
  /** Rank of most layers; `null` where there is none. */
  readonly rank: number | null;
  /** The model that it was trained on, as Easel's own trainers write it; `null` where the file does not say. */
  readonly madeFor: { readonly id: string; readonly sha256: string } | null;
}

/** As PEFT writes it, with the part's name before each key in diffusers' metadata. */
const Config = z.looseObject({
  r: z.number().positive().optional(),
  lora_alpha: z.number().optional(),
  rank_pattern: z.record(z.string(), z.number().positive()).nullish(),
  alpha_pattern: z.record(z.string(), z.number()).nullish(),
  use_rslora: z.boolean().nullish(),
});
type Config = z.infer<typeof Config>;

const Card = z.looseObject({ model: z.looseObject({ id: z.string(), sha256: z.string() }) });

const LARGEST = 1.5 * 2 ** 30;

/** Reads and checks a file's header. Throws `AdapterError`, one line: damaged, no LoRA, factors that do not fit each other, a kind that Easel does not apply. */
export async function readLora(path: string): Promise<LoraFile> {
  const { tensors, metadata } = await safetensorsByReference(path).catch((error: Error) => {
    throw new AdapterError(`${error.message}; fetch it again`, { cause: error });
  });
  const groups = new Map<string, { key: LoraKey; tensors: Map<LoraRole, Tensor> }>();
  const unknown: string[] = [];
  let bytes = 0;
  for (const [name, tensor] of tensors) {
    const kind = otherKind(name);
    if (kind !== undefined) throw new AdapterError(`${path} holds ${kind} (${name}), which Easel does not apply; use a version of it that is a LoRA, LoHa or LoKr`);
    const key = readLoraKey(name);
    if (!key) {
      unknown.push(name);
      continue;
    }
    if (!isFloat(tensor.dtype) && key.role !== 'alpha') throw new AdapterError(`${path}: ${name} is ${tensor.dtype}, where LoRA has floats; fetch it again`);
    bytes += tensor.data.kind === 'file' ? tensor.data.length : 0;
    const place = JSON.stringify([key.part, key.module]);
    const group = groups.get(place) ?? { key, tensors: new Map<LoraRole, Tensor>() };
    if (group.tensors.has(key.role)) throw new AdapterError(`${path} changes ${key.module} twice (${name}); it is damaged, or two files in one: fetch it again`);
    group.tensors.set(key.role, tensor);
    groups.set(place, group);
  }
  if (groups.size === 0) throw new AdapterError(`${path} is no LoRA that Easel knows${unknown.length > 0 ? ` (its first tensor is ${JSON.stringify(unknown[0])})` : ''}; a prompt can name soft tokens, LoRA, LoHa and LoKr files`);
  if (bytes > LARGEST) throw new AdapterError(`${path} holds ${(bytes / 2 ** 30).toFixed(1)} GiB of factors, more than the ${LARGEST / 2 ** 30} GiB that are added to a model here; use a version of lower rank`);
  const config = await configs(path, metadata);
  const layers = [...groups.values()].map(({ key, tensors }) => layerOf(path, key, tensors, config(key.prefix)));
  return { path, layers, unknown, rank: mostCommon(layers.flatMap(({ tensors }) => tensors.get('down')?.dims[0] ?? [])), madeFor: madeFor(metadata['easel']) };
}

/** What a file says of itself decides nothing about how it acts, so a header that cannot be read is as good as none. */
function madeFor(card: string | undefined): LoraFile['madeFor'] {
  try {
    const { model: { id, sha256 } } = Card.parse(JSON.parse(card ?? ''));
    return { id, sha256 };
  } catch {
    return null;
  }
}

/** What the file says of ranks and alphas: in its header by part, or in PEFT's configuration beside it. */
async function configs(path: string, { lora_adapter_metadata: text }: Readonly<Record<string, string>>): Promise<(prefix: string) => Config> {
  const parse = (json: string, where: string) => {
    try {
      return z.record(z.string(), z.unknown()).parse(JSON.parse(json));
    } catch (error) {
      throw new AdapterError(`${where} is damaged: ${error instanceof z.ZodError ? 'no JSON object' : (error as Error).message.split('\n')[0]}; fetch the file again`, { cause: error });
    }
  };
  const beside = join(dirname(path), 'adapter_config.json');
  const own = text === undefined ? undefined : parse(text, `lora_adapter_metadata in ${path}`);
  const folder = own || basename(path) !== 'adapter_model.safetensors' ? undefined : await readFile(beside, 'utf8').then((json) => parse(json, beside), () => undefined);
  return (prefix) => {
    const entries = Object.entries(own ?? folder ?? {}).flatMap(([key, value]) => (prefix === '' || !own ? [[key, value]] : key.startsWith(`${prefix}.`) ? [[key.slice(prefix.length + 1), value]] : []));
    const config = Config.safeParse(Object.fromEntries(entries));
    if (config.success) return config.data;
    throw new AdapterError(`${path}: what it says of its ranks is not understood (${config.error.issues[0]?.path.join('.')}: ${config.error.issues[0]?.message}); fetch it again`);
  };
}

function layerOf(path: string, { part, module, underscored }: LoraKey, tensors: ReadonlyMap<LoraRole, Tensor>, config: Config): LoraLayer {
  const wrong = (problem: string): never => {
    throw new AdapterError(`${path}: ${module} ${problem}; the file is damaged or of a kind that Easel does not know: fetch it again`);
  };
  const need = (...roles: LoraRole[]): readonly Tensor[] => roles.map((role) => tensors.get(role) ?? wrong(`lacks its ${role}`));
  const fits = (a: Tensor, axisA: number, b: Tensor, axisB: number, what: string) => {
    if (a.dims[axisA] !== b.dims[axisB]) wrong(`has ${what} of rank ${a.dims[axisA]} and ${b.dims[axisB]}, which do not fit each other`);
  };
  const has = (role: LoraRole) => tensors.has(role);
  const kind = has('down') || has('up') ? 'lora' : has('hada_w1_a') || has('hada_w2_a') ? 'loha' : [...tensors.keys()].some((role) => role.startsWith('lokr')) ? 'lokr' : 'full';
  let rank: number | undefined;
  if (kind === 'lora') {
    const [down, up] = need('down', 'up') as [Tensor, Tensor];
    const mid = tensors.get('mid');
    if (down.dims.length < 2 || up.dims.length < 2) wrong('has factors that are no matrices');
    if (elementCount(up.dims.slice(2)) !== 1) wrong(`has an up factor of ${up.dims.join('×')}, where the last sizes are 1`);
    fits(mid ?? down, 0, up, 1, 'factors');
    if (mid) fits(mid, 1, down, 0, 'factors');
    rank = down.dims[0]!;
  } else if (kind === 'loha') {
    const [w1a, w1b, w2a, w2b] = need('hada_w1_a', 'hada_w1_b', 'hada_w2_a', 'hada_w2_b') as [Tensor, Tensor, Tensor, Tensor];
    fits(w1a, 1, w1b, 0, 'factors');
    fits(w2a, 1, w2b, 0, 'factors');
    rank = w1b.dims[0]!;
  } else if (kind === 'lokr') {
    for (const side of ['lokr_w1', 'lokr_w2'] as const) {
      if (has(side)) continue;
      const [a, b] = need(`${side}_a`, `${side}_b`) as [Tensor, Tensor];
      fits(a, 1, b, 0, 'factors');
      rank = b.dims[0]!;
    }
  } else if (!has('diff') && !has('diff_b')) wrong(`has nothing that changes it (${[...tensors.keys()].join(', ')})`);
  return { part, module, underscored, kind, tensors, scale: scaleOf(module, tensors.get('alpha'), rank, config) };
}

/** A LoKr of two whole factors has no rank, and an alpha then means nothing. */
function scaleOf(module: string, alphaTensor: Tensor | undefined, rank: number | undefined, config: Config): number {
  if (rank === undefined) return 1;
  const named = (pattern: Readonly<Record<string, number>> | null | undefined) =>
    Object.entries(pattern ?? {}).map(([key, value]) => [key.replace(/^\^/, '').replace(/\\\./g, '.'), value] as const).find(([key]) => module === key || module.endsWith(`.${key}`))?.[1];
  const alpha = alphaTensor ? tensorNumbers(alphaTensor)[0] : (named(config.alpha_pattern) ?? config.lora_alpha);
  if (alpha === undefined) return 1;
  const divisor = alphaTensor ? rank : (named(config.rank_pattern) ?? config.r ?? rank);
  return alpha / (config.use_rslora ? Math.sqrt(divisor) : divisor);
}

function mostCommon(values: readonly number[]): number | null {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
