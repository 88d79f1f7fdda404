/**
 * The last line of an A1111 infotext: `Steps: 20, Sampler: Euler a, Seed: 1, Hashes: {"model": "…"}`.
 * Keys and quoting follow `re_param` and `quote` of A1111's infotext_utils.py, with two differences that lose nothing:
 * a key is looked for only at the start of a comma-separated piece (so the weights in `(red:1.2) heart` are no keys),
 * and raw JSON values are taken whole.
 */
import { settingFor } from './settings';

/** One piece of a parameter line; offsets are into the line. */
export interface ParameterPiece {
  readonly key: string;
  /** Unquoted, NFC. */
  readonly value: string;
  /** A piece without a colon, e.g. a flag; its value is its key. */
  readonly bare: boolean;
  readonly start: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly end: number;
}

const KEY = /[\p{L}\p{N}_][\p{L}\p{N}_ \-/]+:/uy;
const QUOTED = /"(?:\\.|[^\\"])+"(?=\s*(?:,|$))/uy;

/** Tools write these values as JSON without quotes, and read them back only so. */
const RAW_JSON_KEYS = new Set(['Hashes', 'Civitai resources', 'Civitai metadata']);

/** Every non-empty piece of a line, in order. Linear in the line's length. */
export function readPieces(line: string): ParameterPiece[] {
  const pieces: ParameterPiece[] = [];
  // An opening bracket that nothing closes is looked for to the line's end; a few of those are enough.
  const attempts = { left: 8 };
  let position = 0;
  while (position < line.length) {
    const start = skipSpace(line, position);
    KEY.lastIndex = start;
    // `test`, and the key cut out by hand: a match array for each piece is a tenth of what parsing allocates.
    const key = KEY.test(line) ? line.slice(start, KEY.lastIndex - 1) : undefined;
    const valueStart = key === undefined ? start : skipSpace(line, KEY.lastIndex);
    const whole = key === undefined ? undefined : wholeValueEnd(line, valueStart, attempts);
    const comma = line.indexOf(',', whole ?? valueStart);
    const limit = comma < 0 ? line.length : comma;
    const end = whole ?? start + line.slice(start, limit).trimEnd().length;
    position = limit + 1;
    const text = line.slice(valueStart, Math.max(end, valueStart));
    if (key !== undefined) {
      const keyEnd = start + key.trimEnd().length;
      pieces.push({ key: key.trimEnd(), value: unquote(text).normalize('NFC'), bare: false, start, keyEnd, valueStart, end: Math.max(end, valueStart) });
    } else if (text !== '') {
      pieces.push({ key: text, value: text, bare: true, start, keyEnd: end, valueStart: start, end });
    }
  }
  return pieces;
}

/**
 * Whether a block's last line is its parameter line: A1111 would take it (three pairs), or it is nothing but pairs
 * whose keys Easel knows.
 */
export function isParameterLine(pieces: readonly ParameterPiece[]): boolean {
  let pairs = 0;
  for (const { bare } of pieces) if (!bare) pairs++;
  return pairs >= 3 || (pairs > 0 && pieces.every(({ bare, key }) => !bare && settingFor(key) !== undefined));
}

/** A pair or a bare word as a parameter line writes it. */
export function formatPiece(key: string, value: string, bare = false): string {
  if (bare) return key;
  if (RAW_JSON_KEYS.has(key) && isJson(value)) return `${key}: ${value}`;
  const needsQuotes = value === '' || value !== value.trim() || /[,:\n\r]|^["{[]/.test(value);
  return `${key}: ${needsQuotes ? JSON.stringify(value) : value}`;
}

function skipSpace(line: string, from: number): number {
  let position = from;
  while (position < line.length && /\s/.test(line.charAt(position))) position++;
  return position;
}

/** Where a quoted or JSON value ends, or undefined for a plain one, which ends at the next comma. */
function wholeValueEnd(line: string, start: number, attempts: { left: number }): number | undefined {
  const first = line[start];
  if (first === '"') {
    QUOTED.lastIndex = start;
    return QUOTED.test(line) ? QUOTED.lastIndex : undefined;
  }
  if ((first !== '{' && first !== '[') || attempts.left === 0) return undefined;
  const end = closingBracket(line, start);
  const next = end === undefined ? undefined : skipSpace(line, end);
  const isValue = next !== undefined && (next === line.length || line[next] === ',') && isJson(line.slice(start, end));
  if (!isValue) attempts.left--;
  return isValue ? end : undefined;
}

function closingBracket(line: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let i = start; i < line.length; i++) {
    const char = line[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return i + 1;
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
