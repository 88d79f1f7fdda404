/** How many threads a matrix product gains from: two hyper-threads share one core's multipliers. */
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, platform } from 'node:os';

/** Physical cores that this process may run on, at least 1. Read from the system once. */
export function physicalCores(): number {
  return (cores ??= Math.max(1, count()));
}

let cores: number | undefined;

function count(): number {
  const allowed = availableParallelism();
  if (platform() === 'linux') return Math.min(allowed, coresOf(cpuinfo()) ?? allowed);
  // Arm machines have one thread per core; x86 machines mostly two, and Windows says so only through native calls.
  return arch() === 'x64' ? Math.ceil(allowed / 2) : allowed;
}

/** Distinct (socket, core) pairs in the text of `/proc/cpuinfo`; `undefined` where the kernel does not tell. */
export function coresOf(text: string): number | undefined {
  const pairs = new Set<string>();
  for (const processor of text.split(/\n\s*\n/)) {
    const socket = /^physical id\s*:\s*(\d+)/m.exec(processor)?.[1];
    const core = /^core id\s*:\s*(\d+)/m.exec(processor)?.[1];
    if (core !== undefined) pairs.add(`${socket ?? 0}/${core}`);
  }
  return pairs.size > 0 ? pairs.size : undefined;
}

function cpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
