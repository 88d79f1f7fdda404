/** Where Easel keeps what belongs to a user rather than to a project. `EASEL_HOME` moves both places. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Settings that a person made: the registry of models. */
export function easelHome(): string {
  return process.env['EASEL_HOME'] || join(desktopFolder('XDG_CONFIG_HOME', '.config'), 'easel');
}

/** What can be made again: hashes, derived weights. */
export function easelCache(): string {
  const home = process.env['EASEL_HOME'];
  return home ? join(home, 'cache') : join(desktopFolder('XDG_CACHE_HOME', '.cache'), 'easel');
}

/** The XDG Base Directory Specification: a variable that is empty or relative counts as not set. */
function desktopFolder(variable: string, otherwise: string): string {
  const folder = process.env[variable] ?? '';
  return isAbsolute(folder) ? folder : join(homedir(), otherwise);
}
