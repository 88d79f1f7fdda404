/** Path arithmetic without `node:path`: this room also runs where there is none, and reads Windows paths on Linux and the reverse. */

/** A file's name without its folder and its last extension. */
export function fileStem(fileName: string): string {
  const base = fileName.split(/[\\/]/).at(-1) ?? '';
  const dot = base.lastIndexOf('.');
  return dot > 0 ? base.slice(0, dot) : base;
}

/** Whether a path says where it begins: `/x`, `\x`, `C:\x`, `C:x`, `\\server\share`, or a URI. */
export function isAbsolutePath(path: string): boolean {
  return /^(?:[\\/]|[A-Za-z][A-Za-z0-9+.-]*:)/.test(path);
}

/** `directory` (absolute, POSIX or Windows) and a relative path, joined and with `.` and `..` resolved; `..` stops at the top. */
export function joinPath(directory: string, relative: string): string {
  const { top, segments, separator } = splitPath(directory);
  for (const segment of relative.split(/[\\/]/)) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return top + segments.join(separator);
}

/**
 * Whether `candidate` (absolute) is `root` or lies below it, by spelling alone: symbolic links are the caller's to
 * resolve first (see `checkInsideRoot`). Windows paths compare without case.
 */
export function isInsideRoot(root: string, candidate: string): boolean {
  const [outer, inner] = [splitPath(root), splitPath(candidate)];
  const isWindows = outer.separator === '\\';
  if (isWindows !== (inner.separator === '\\') || !isAbsolutePath(candidate)) return false;
  const fold = (text: string) => (isWindows ? text.toLowerCase() : text);
  if (fold(outer.top) !== fold(inner.top) || inner.segments.length < outer.segments.length) return false;
  return outer.segments.every((segment, index) => fold(segment) === fold(inner.segments[index] ?? ''));
}

/**
 * Whether a relative path from a prompt file stays inside the root, links resolved. `deepestExisting` takes an absolute
 * path and gives the real path of its deepest parent that exists (itself, if it does), or undefined if none can be
 * read. Gives the absolute path, or one line saying why not.
 */
export function checkInsideRoot(
  place: { root: string; directory: string; deepestExisting?: (path: string) => string | undefined },
  relative: string,
): { path: string } | { problem: string } {
  if (relative.includes('\0')) return { problem: 'it has a NUL character' };
  if (isAbsolutePath(relative)) return { problem: 'it must be relative to this file' };
  const path = joinPath(place.directory, relative);
  // `..` beyond the top of the disk would otherwise come out as a path that looks inside.
  if (climbsOver(place.directory, relative) || !isInsideRoot(place.root, path)) return { problem: `it leads out of ${place.root}` };
  if (place.deepestExisting === undefined) return { path };
  const [real, realRoot] = [place.deepestExisting(path), place.deepestExisting(place.root)];
  if (real === undefined || realRoot === undefined || !isInsideRoot(realRoot, real)) return { problem: `by a link it leads out of ${place.root}` };
  return { path };
}

function climbsOver(directory: string, relative: string): boolean {
  let depth = splitPath(directory).segments.length;
  for (const segment of relative.split(/[\\/]/)) {
    if (segment === '..') depth--;
    else if (segment !== '' && segment !== '.') depth++;
    if (depth < 0) return true;
  }
  return false;
}

/** An absolute path's unchanging top (`/`, `C:\`, `\\server\share\`), its resolved segments and its separator. */
function splitPath(path: string): { top: string; segments: string[]; separator: '/' | '\\' } {
  const windows = /^(?:([A-Za-z]:)[\\/]?|[\\/]{2}([^\\/]+[\\/][^\\/]+)[\\/]?)/.exec(path);
  const isUnc = windows?.[2] !== undefined && path.startsWith('\\\\');
  const isWindows = windows?.[1] !== undefined || isUnc;
  const separator = isWindows ? '\\' : '/';
  const top = isUnc ? `\\\\${windows[2]?.replace('/', '\\')}\\` : windows?.[1] !== undefined ? `${windows[1]}\\` : '/';
  const rest = isWindows ? path.slice(windows?.[0].length ?? 0) : path;
  const segments: string[] = [];
  for (const segment of rest.split(isWindows ? /[\\/]/ : '/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return { top, segments, separator };
}
