/** What was measured already, one JSON line each, so that a report that takes hours goes on where it was killed. */
import { appendFileSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';

export class Ledger {
  private readonly values = new Map<string, unknown>();

  /** Opens the file, or makes it. A last line that was cut short is cut off. */
  constructor(private readonly file: string) {
    mkdirSync(dirname(file), { recursive: true });
    const bytes = read(file);
    const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
    if (whole.length < bytes.length) truncateSync(file, whole.length);
    for (const line of whole.toString('utf8').split('\n')) {
      if (line === '') continue;
      const [key, value] = JSON.parse(line) as [string, unknown];
      this.values.set(key, value);
    }
  }

  /** The value that was written under the key, or the one that `make` gives, written down. Throws if an old one does not fit the schema. */
  async get<T extends z.ZodType>(key: readonly (string | number)[], schema: T, make: () => Promise<z.output<T>>): Promise<z.output<T>> {
    const name = key.join('|');
    if (this.values.has(name)) return schema.parse(this.values.get(name));
    const value = await make();
    appendFileSync(this.file, `${JSON.stringify([name, value])}\n`);
    this.values.set(name, value);
    return value;
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
