/** Splits a dataset so that a picture never changes sides: each place is decided by the picture alone, not by its neighbours. */
import { createHash } from 'node:crypto';
import type { DatasetEntry } from './dataset';
import { DatasetError } from './error';

export interface SplitOptions<Entry, Name extends string> {
  /** Another seed gives another split. */
  seed: number | string;
  /** What share goes where, in this order; they sum to 1. */
  fractions: Readonly<Record<Name, number>>;
  /**
   * What a picture is known by: its path unless given. By its content's hash it keeps its place when it is renamed; by
   * its group of near duplicates, these stay together.
   */
  keyOf?: (entry: Entry) => string;
}

/**
 * Every entry in exactly one part, in the order given. The parts' sizes follow the fractions as chance has it; in
 * return, adding or removing pictures moves no other. Throws `DatasetError` if the fractions do not sum to 1.
 */
export function splitDataset<Name extends string, Entry extends Pick<DatasetEntry, 'picture'> = DatasetEntry>(
  entries: readonly Entry[],
  { seed, fractions, keyOf = ({ picture }) => picture }: SplitOptions<Entry, Name>,
): Record<Name, Entry[]> {
  const shares = Object.entries<number>(fractions) as [Name, number][];
  const sum = shares.reduce((total, [, share]) => total + share, 0);
  if (!shares.every(([, share]) => share >= 0) || !(Math.abs(sum - 1) < 1e-9)) throw new DatasetError(`the fractions of a split are not negative and sum to 1, and these sum to ${sum}; change one of ${shares.map(([name]) => name).join(', ')}`);
  const parts = Object.fromEntries(shares.map(([name]) => [name, [] as Entry[]])) as Record<Name, Entry[]>;
  // The last part that gets anything takes what rounding leaves.
  const rest = shares.findLast(([, share]) => share > 0)![0];
  for (const entry of entries) {
    let left = chance(`${seed}\0${keyOf(entry).normalize('NFC')}`);
    const [name] = shares.find(([, share]) => (left -= share) < 0) ?? [rest];
    parts[name].push(entry);
  }
  return parts;
}

/** A number in [0, 1) from a text: the first 48 bits of its SHA-256. */
function chance(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}
