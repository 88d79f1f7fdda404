/**
 * `train.yaml` as text: written so that a person can read and change it, read back with the place of everything that is
 * wrong. Pure; what the keys mean is the schema's.
 */
import { LineCounter, isMap, isScalar, parseDocument, type Document } from 'yaml';
import { SoftTokenOptions, TrainConfig, trainConfigJsonSchema } from '../../prompt';

/** UTF-16 offsets into the text. */
export interface ConfigProblem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** A key that `train.yaml` may have. */
export interface ConfigKey {
  readonly key: string;
  readonly description: string;
  /** Values it may take, where these are few. */
  readonly values: readonly string[];
  /** As YAML; `null` if it has none. */
  readonly default: string | null;
}

/** Options that a person is likely to change: they are written out, with their meaning. */
const WRITTEN_OUT = ['steps', 'batchSize', 'learningRate', 'seed', 'sampleEvery', 'checkpointEvery'] as const;

/** A config for these choices: named things, then the options most often changed; all others keep their defaults. */
export function writeTrainConfig({ name, model, dataset }: { name: string; model: string; dataset: string }): string {
  const defaults = SoftTokenOptions.parse({}) as Record<string, unknown>;
  const meaning = new Map(CONFIG_KEYS.map(({ key, description }) => [key, description]));
  // Seeds are text, because they may be larger than a number; these are not.
  const valueOf = (key: string) => JSON.stringify(defaults[key]).replace(/^"(\d{1,15})"$/, '$1');
  const option = (key: string) => `${`${key}: ${valueOf(key)}`.padEnd(24)} # ${meaning.get(key)}`.replace(/ +# (?:undefined)?$/, '');
  return `# What is trained, on what, and how. The editor completes and explains every key; those left out keep their defaults.
method: soft-tokens
name: ${JSON.stringify(name)}
model: ${JSON.stringify(model)}
dataset: ${JSON.stringify(dataset)}

${WRITTEN_OUT.map(option).join('\n')}
`;
}

/** The config, or what is wrong with it and where. Total: any text can be read. */
export function readTrainConfig(text: string): { config: TrainConfig | null; problems: ConfigProblem[] } {
  const document = parseDocument(text, { lineCounter: new LineCounter(), prettyErrors: false });
  if (document.errors.length > 0) return { config: null, problems: document.errors.map(({ message, pos: [start, end] }) => ({ message: message.split('\n', 1)[0] ?? '', start, end: Math.max(end, start + 1) })) };
  const parsed = TrainConfig.safeParse(valueOf(document) ?? {});
  if (parsed.success) return { config: parsed.data, problems: [] };
  return { config: null, problems: parsed.error.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys.map((key) => unknownKey(document, key)) : [{ message: `${issue.path.join('.') || 'train.yaml'}: ${issue.message}`, ...placeOf(document, issue.path[0]) }])) };
}

/** Every key with its meaning, in the schema's order. */
export const CONFIG_KEYS: readonly ConfigKey[] = Object.entries((trainConfigJsonSchema().properties ?? {}) as Record<string, JsonSchema>).map(([key, schema]) => ({
  key,
  description: schema.description ?? '',
  values: valuesOf(schema),
  default: schema.default === undefined ? null : JSON.stringify(schema.default),
}));

interface JsonSchema {
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  type?: string;
  anyOf?: JsonSchema[];
}

function valuesOf({ enum: values = [], const: only, type, anyOf = [] }: JsonSchema): string[] {
  return [...values.map(String), ...(only === undefined ? [] : [String(only)]), ...(type === 'boolean' ? ['true', 'false'] : []), ...anyOf.flatMap(valuesOf)];
}

/** An alias of nothing, or one that would grow without end, is found only now; then no key is right. */
function valueOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return null;
  }
}

function unknownKey(document: Document, key: string): ConfigProblem {
  const near = CONFIG_KEYS.map((known) => known.key).filter((known) => known.toLowerCase().startsWith(key.toLowerCase().slice(0, 4)));
  return { message: `train.yaml has no “${key}”${near.length > 0 ? `; is it ${near.slice(0, 3).join(' or ')}?` : ''}`, ...placeOf(document, key, true) };
}

/** Where a key's value stands, or the key; without one, the beginning. */
function placeOf({ contents }: Document, key: PropertyKey | undefined, keyItself = false): { start: number; end: number } {
  const pair = isMap(contents) ? contents.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
  const node = pair && ((keyItself ? undefined : pair.value) ?? pair.key);
  const range = node && typeof node === 'object' && 'range' in node ? (node.range as [number, number, number] | null) : null;
  return range ? { start: range[0], end: Math.max(range[1], range[0] + 1) } : { start: 0, end: 1 };
}
