/** What keeps two requests from meaning the same picture, in words. */
import type { CanonicalRequest } from '../prompt';
import type { EaselRecord } from '../image/metadata';

export interface Differences {
  /** One line per setting that differs, as the block's change: `steps: 20 → 30`. */
  readonly reasons: string[];
  /** Were the model, and every adapter, compared by content? If not, only by name: they are not here, or were not hashed. */
  readonly modelVerified: boolean;
}

/** Compares what a picture was drawn from with what its block says now. */
export function differences(drawn: EaselRecord['request'], now: CanonicalRequest): Differences {
  const [before, after] = [new Map(Object.entries(drawn)), new Map<string, unknown>(Object.entries(now))];
  const reasons: string[] = [];
  let modelVerified = true;
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    if (key === 'model' || key === 'adapters') {
      const compared = compareContents([before.get(key)].flat(), [after.get(key)].flat());
      modelVerified &&= compared.verified;
      if (!compared.equal) reasons.push(`${WORDS[key]}: ${names(before.get(key))} → ${names(after.get(key))}${compared.sameNames ? ' (other content)' : ''}`);
    } else if (!equal(before.get(key), after.get(key))) {
      reasons.push(reason(key, before.get(key), after.get(key)));
    }
  }
  return { reasons, modelVerified };
}

const WORDS: Readonly<Record<string, string>> = {
  model: 'model', adapters: 'adapters', prompt: 'prompt', negativePrompt: 'negative prompt', guidanceScale: 'CFG scale', guidanceRescale: 'CFG rescale', guidanceInterval: 'CFG interval', perpendicularNegative: 'Perp-Neg', dynamicThresholding: 'dynamic thresholding',
  scheduleType: 'schedule type', clipSkip: 'clip skip', rng: 'RNG', denoisingStrength: 'denoising strength', promptSyntax: 'prompt syntax', longPrompt: 'long prompt',
  index: 'place in the block', init: 'the picture it starts from', mask: 'the mask',
};

function reason(key: string, before: unknown, after: unknown): string {
  const word = WORDS[key] ?? key;
  const plain = [before, after].every((value) => ['number', 'string', 'boolean'].includes(typeof value) || value === null);
  if (!plain || key === 'init' || key === 'mask') return `${word} changed`;
  const [from, to] = [before, after].map((value) => (value === null ? 'default' : String(value).replace(/\s+/g, ' '))) as [string, string];
  if (from === to) return `${word} changed in its white space`;
  const start = Math.max(from.length, to.length) > LONG ? Math.max(0, sharedLength(from, to) - CONTEXT) : 0;
  return `${word}: ${cut(from, start)} → ${cut(to, start)}`;
}

/** UTF-16 units of a value that a reason shows, and of what both sides share before the first that differs. */
const LONG = 60;
const CONTEXT = 20;

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function cut(text: string, start: number): string {
  if (text === '') return 'none';
  const rest = `${start > 0 ? '…' : ''}${text.slice(start)}`;
  // Half a character at either end would come out as a question mark.
  return (rest.length > LONG ? `${rest.slice(0, LONG - 1)}…` : rest).replace(/\p{Surrogate}/gu, '');
}

interface Content {
  id?: unknown;
  sha256?: unknown;
  weight?: unknown;
}

/** By name, and by content where both sides know it. */
function compareContents(before: readonly unknown[], after: readonly unknown[]): { equal: boolean; sameNames: boolean; verified: boolean } {
  if (before.length !== after.length) return { equal: false, sameNames: false, verified: true };
  let [sameContent, sameNames, verified] = [true, true, true];
  before.forEach((one, index) => {
    const [{ sha256: oldHash, ...old }, { sha256: newHash, ...current }] = [content(one), content(after[index])];
    sameNames &&= equal(old, current);
    const known = typeof oldHash === 'string' && typeof newHash === 'string';
    verified &&= known;
    sameContent &&= !known || oldHash === newHash;
  });
  return { equal: sameNames && sameContent, sameNames, verified };
}

function content(value: unknown): Content {
  return typeof value === 'object' && value !== null ? value : { id: value };
}

function names(value: unknown): string {
  return [value].flat().map(content).map(({ id, weight = 1 }) => (weight === 1 ? String(id) : `${String(id)}:${String(weight)}`)).join(', ') || 'none';
}

/** Deep equality of JSON values, whatever the order of keys. */
function equal(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [new Map<string, unknown>(Object.entries(a)), new Map<string, unknown>(Object.entries(b))];
  return left.size === right.size && [...left].every(([key, value]) => right.has(key) && equal(value, right.get(key)));
}
