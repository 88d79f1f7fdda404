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
  const glob = new RegExp(
    `^${pattern
      .split(/(\*\*|\*)/)
      .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')))
      .join('')}$`,
    'u',
  );
  return [...new Set(names)].filter((name) => (pattern.includes('*') ? glob.test(name) : name === pattern)).sort();
}
