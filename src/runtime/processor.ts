/** What decides how fast, and how exactly, this machine multiplies small integers. */
import { readFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';

export interface Processor {
  /** As the system calls it, with the architecture. */
  readonly name: string;
  /**
   * Whether products of 8 bits are added up in 32. Older x86 processors add pairs of them in 16 bits (`vpmaddubsw`), which
   * saturates unless weights keep to 7 bits. Where the system does not tell, this is false.
   */
  readonly exactInt8: boolean;
}

export function processor(): Processor {
  return { name: `${cpus()[0]?.model.trim() ?? 'unknown'} (${arch()})`, exactInt8: arch() !== 'x64' || hasExactInt8(platform() === 'linux' ? flags() : '') };
}

/** Reads the flags of `/proc/cpuinfo`: any of the dot-product extensions will do. */
export function hasExactInt8(cpuinfo: string): boolean {
  return /^flags\s*:.*\b(?:avx512_vnni|avx_vnni|avx_vnni_int8|amx_int8)\b/m.test(cpuinfo);
}

function flags(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
