import { SAMPLERS, SCHEDULE_TYPES, Seed, type Sampler, type ScheduleType } from './request';

/**
 * What front matter, a parameter line, a matrix or a command line can say about a picture. Absent means "not said
 * here"; a `null` seed, sampler, init or mask says "none", against an outer default.
 */
export interface Settings {
  steps?: number;
  guidanceScale?: number;
  guidanceRescale?: number;
  guidanceInterval?: [number, number];
  perpendicularNegative?: number;
  dynamicThresholding?: number;
  sampler?: Sampler | null;
  scheduleType?: ScheduleType;
  /** Decimal text; `null` is a new seed every time (A1111's −1). */
  seed?: string | null;
  size?: { width: number; height: number };
  model?: string;
  count?: number;
  clipSkip?: number;
  rng?: 'torch' | 'philox';
  eta?: number;
  init?: string | null;
  mask?: string | null;
  denoisingStrength?: number;
  out?: string;
  promptSyntax?: 'a1111' | 'plain';
  longPrompt?: 'chunk' | 'truncate';
}

export type SettingName = keyof Settings;

/** What a value says, or why it says nothing: one line, for a person. */
export type Reading = { settings: Settings } | { problem: string };

interface SettingKind {
  readonly name: SettingName;
  /** The key of the parameter line; A1111's where A1111 has one. */
  readonly key: string;
  /** Other spellings, lower case without spaces, hyphens or underscores; the first is front matter's. */
  readonly aliases: readonly string[];
  /** For completion and messages. */
  readonly values: string;
  read(text: string): Reading;
}

const MAX_COUNT = 1000;

const numberBetween = (name: SettingName, from: number, to: number, whole = false) => (text: string): Reading => {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  const fits = value >= from && value <= to && (!whole || Number.isInteger(value));
  return fits ? { settings: { [name]: value } } : { problem: `not ${whole ? 'a whole number' : 'a number'} from ${from} to ${to}` };
};

const text = (name: SettingName) => (value: string): Reading =>
  value === '' ? { problem: 'empty' } : { settings: { [name]: value } };

const textOrNone = (name: SettingName) => (value: string): Reading => ({
  settings: { [name]: value === '' || fold(value) === 'none' ? null : value },
});

const oneOf = <Value extends string | null>(name: SettingName, spellings: readonly (readonly [string, Value])[]) => {
  const byFold = new Map(spellings.map(([spelling, value]) => [fold(spelling), value]));
  const problem = `not one of ${spellings.map(([spelling]) => spelling).join(', ')}`;
  return (value: string): Reading => {
    const found = byFold.get(fold(value));
    return found === undefined ? { problem } : { settings: { [name]: found } };
  };
};

const same = <Value extends string>(values: readonly Value[]) => values.map((value) => [value, value] as const);

const readSampler = oneOf<Sampler | null>('sampler', [...same(SAMPLERS), ['Automatic', null]]);

/** A1111 before 1.9 wrote the schedule into the sampler's name: `DPM++ 2M Karras`. */
function readSamplerAndSchedule(value: string): Reading {
  const [, sampler, scheduleType] = /^(.*?)\s+(Karras|Exponential)$/i.exec(value) ?? [];
  if (sampler === undefined || scheduleType === undefined) return readSampler(value);
  const reading = readSampler(sampler);
  const schedule = SCHEDULE_TYPES.find((type) => fold(type) === fold(scheduleType));
  return 'settings' in reading ? { settings: { ...reading.settings, scheduleType: schedule } } : reading;
}

function readSeed(value: string): Reading {
  if (value === '-1' || fold(value) === 'random') return { settings: { seed: null } };
  if (/^\d{1,15}$/.test(value)) return { settings: { seed: String(Number(value)) } };
  const seed = Seed.safeParse(value);
  return seed.success ? { settings: { seed: seed.data } } : { problem: 'not an integer from 0 to 18446744073709551615, nor -1 for a new seed' };
}

function readSize(value: string): Reading {
  const [, width, height] = /^(\d{1,5})\s*[x×]\s*(\d{1,5})$/i.exec(value) ?? [];
  const fits = (side: number) => side >= 16 && side <= 8192;
  if (!fits(Number(width)) || !fits(Number(height))) return { problem: 'not WIDTHxHEIGHT with sides from 16 to 8192' };
  return { settings: { size: { width: Number(width), height: Number(height) } } };
}

function readInterval(value: string): Reading {
  const [, ...ends] = /^(\d*\.?\d+(?:e-\d+)?)\s*(?:-|–|to)\s*(\d*\.?\d+(?:e-\d+)?)$/.exec(value) ?? [];
  const [from, to] = ends.map(Number);
  if (from === undefined || to === undefined || from > to || to > 1) return { problem: 'not FROM-TO with fractions of the steps from 0 to 1, like 0.2-0.8' };
  return { settings: { guidanceInterval: [from, to] } };
}

/** Every setting, in the order in which Easel writes them. */
export const SETTINGS: readonly SettingKind[] = [
  { name: 'steps', key: 'Steps', aliases: [], values: '1 to 1000', read: numberBetween('steps', 1, 1000, true) },
  { name: 'sampler', key: 'Sampler', aliases: ['sampler', 'samplername'], values: [...SAMPLERS, 'Automatic'].join(', '), read: readSamplerAndSchedule },
  { name: 'scheduleType', key: 'Schedule type', aliases: ['schedule'], values: SCHEDULE_TYPES.join(', '), read: oneOf('scheduleType', same(SCHEDULE_TYPES)) },
  { name: 'guidanceScale', key: 'CFG scale', aliases: ['cfg', 'guidance', 'guidancescale'], values: '0 to 100; 1 is off', read: numberBetween('guidanceScale', 0, 100) },
  { name: 'guidanceRescale', key: 'CFG rescale', aliases: ['rescale', 'guidancerescale'], values: '0 to 1', read: numberBetween('guidanceRescale', 0, 1) },
  { name: 'guidanceInterval', key: 'CFG interval', aliases: ['interval', 'guidanceinterval'], values: 'FROM-TO, fractions of the steps; 0-1 is all of them', read: readInterval },
  { name: 'perpendicularNegative', key: 'Perp-Neg', aliases: ['perpneg', 'perpendicularnegative'], values: '0 to 10; 0 is off', read: numberBetween('perpendicularNegative', 0, 10) },
  { name: 'dynamicThresholding', key: 'Dynamic thresholding', aliases: ['thresholding'], values: '0 to 1, a quantile like 0.995; 0 is off', read: numberBetween('dynamicThresholding', 0, 1) },
  { name: 'seed', key: 'Seed', aliases: [], values: '0 to 18446744073709551615; -1 is a new one every time', read: readSeed },
  { name: 'size', key: 'Size', aliases: [], values: 'WIDTHxHEIGHT in pixels', read: readSize },
  { name: 'model', key: 'Model', aliases: [], values: 'a registered name, or a path inside the root', read: text('model') },
  { name: 'count', key: 'Count', aliases: [], values: `1 to ${MAX_COUNT}`, read: numberBetween('count', 1, MAX_COUNT, true) },
  { name: 'clipSkip', key: 'Clip skip', aliases: [], values: '1 to 12', read: numberBetween('clipSkip', 1, 12, true) },
  { name: 'rng', key: 'RNG', aliases: [], values: 'CPU or torch; NV, GPU or philox', read: oneOf('rng', [['CPU', 'torch'], ['torch', 'torch'], ['NV', 'philox'], ['GPU', 'philox'], ['philox', 'philox']]) },
  { name: 'eta', key: 'Eta', aliases: [], values: '0 to 1', read: numberBetween('eta', 0, 1) },
  { name: 'init', key: 'Init', aliases: ['init', 'initimage'], values: 'a picture to start from, relative to this file', read: textOrNone('init') },
  { name: 'mask', key: 'Mask', aliases: [], values: 'a mask, relative to this file; white is drawn', read: textOrNone('mask') },
  { name: 'denoisingStrength', key: 'Denoising strength', aliases: ['denoising', 'denoise', 'strength'], values: '0 to 1', read: numberBetween('denoisingStrength', 0, 1) },
  { name: 'out', key: 'Out', aliases: ['out', 'output'], values: 'a path with {file} {name} {index} {seed} {cell}', read: text('out') },
  { name: 'promptSyntax', key: 'Prompt syntax', aliases: ['syntax'], values: 'a1111, plain', read: oneOf('promptSyntax', same(['a1111', 'plain'])) },
  { name: 'longPrompt', key: 'Long prompt', aliases: [], values: 'chunk, truncate', read: oneOf('longPrompt', same(['chunk', 'truncate'])) },
];

/** Pictures one block may stand for. */
export const MAX_PICTURES = MAX_COUNT;

const byKey = new Map(SETTINGS.flatMap((kind) => [kind.key, ...kind.aliases].flatMap((key) => [[key, kind], [fold(key), kind]] as const)));

/** The setting a key names, in any spelling (`CFG scale`, `cfg`, `cfg_scale`), or undefined. */
export function settingFor(key: string): SettingKind | undefined {
  return byKey.get(key) ?? byKey.get(fold(key));
}

/** The spelling used in front matter and matrices. */
export function shortKey(kind: SettingKind): string {
  return kind.aliases[0] ?? kind.key.toLowerCase();
}

/** The known key nearest to a mistyped one (at most two letters away), or undefined. */
export function nearestKey(key: string): string | undefined {
  const folded = fold(key);
  if (folded.length < 4 || folded.length > 24) return undefined;
  return SETTINGS.find((kind) => [kind.key, ...kind.aliases].some((known) => distance(fold(known), folded) <= (folded.length > 5 ? 2 : 1)))?.key;
}

function fold(key: string): string {
  return key.toLowerCase().replace(/[\s_-]+/g, '');
}

/** Levenshtein distance of two short words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + (a[i] === b[j] ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
