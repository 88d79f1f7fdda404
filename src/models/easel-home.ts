/** Where Easel keeps what belongs to a user rather than to a project. `EASEL_HOME` moves both places. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Settings that a person made: the registry of models. */
export function easelHome(): string {
  return process.env['EASEL_HOME'] ?? join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'easel');
}

/** What can be made again: hashes, derived weights. */
export function easelCache(): string {
  const home = process.env['EASEL_HOME'];
  return home !== undefined ? join(home, 'cache') : join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'easel');
}
