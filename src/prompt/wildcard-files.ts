/** Files under `wildcards/`, without reading any: names are paths without `.txt`, `/` between folders, e.g. `shapes/round`. */

/** The options of a wildcard file's text: one per line; blank lines and lines that begin with `#` are none. */
export function wildcardLines(text: string): string[] {
  return text
    .replace(/^\ufeff/, '')
    .normalize('NFC')
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** The names a wildcard stands for, sorted by code unit: itself, or for a glob (`*` within a folder, `**` across) all that match. */
export function matchWildcards(pattern: string, names: Iterable<string>): string[] {
  const all = [...new Set(names)];
  if (!pattern.includes('*')) return all.filter((name) => name === pattern);
  const parts = pattern.match(/\*\*+|\*|[^*]/gu) ?? [];
  return all.filter((name) => fits(name, parts)).sort();
}

/**
 * Whether a name fits a glob, in time that grows with the product of their lengths: as a regular expression, a pattern of
 * many stars would go through more ways to fit than anybody can wait for, and patterns come from files.
 */
function fits(name: string, parts: readonly string[]): boolean {
  // reached[i]: the parts before i fit what has been read.
  let reached = withStars([true], parts);
  for (const char of name) {
    const next: boolean[] = [];
    for (const [i, part] of parts.entries()) {
      if (!reached[i]) continue;
      if (part.startsWith('*')) next[i] ||= part.length > 1 || char !== '/';
      else if (part === char) next[i + 1] = true;
    }
    reached = withStars(next, parts);
  }
  return reached[parts.length] === true;
}

/** A star also fits nothing. */
function withStars(reached: boolean[], parts: readonly string[]): boolean[] {
  for (const [i, part] of parts.entries()) if (reached[i] && part.startsWith('*')) reached[i + 1] = true;
  return reached;
}
