/** Who else writes where: the paths that the other prompt files of a root claim, so that two files never fight over one. */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, relative } from 'node:path';
import { claimOutputs, fileStem, foldPath, parse } from '../prompt';
import { promptFiles, promptLanguageOf } from './prompt-files';

/** Prompt files are text that people write; a larger one is something else. */
const MAX_BYTES = 4 << 20;

interface Claims {
  stamp: string;
  /** Folded path → who claims it. */
  byPath: ReadonlyMap<string, string>;
}

const known = new Map<string, Claims>();

/** For every folded path that another prompt file below `root` writes to: `“block” in file`. */
export async function claimsElsewhere(root: string, file: string): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const other of await promptFiles(root)) {
    if (other === file) continue;
    for (const [path, who] of await claimsOf(root, other)) all.set(path, who);
  }
  return all;
}

/** Parsed once per version of the file. */
async function claimsOf(root: string, file: string): Promise<ReadonlyMap<string, string>> {
  const nobody = new Map<string, string>();
  const facts = await stat(file).catch(() => undefined);
  if (!facts || facts.size > MAX_BYTES) return nobody;
  const stamp = JSON.stringify([root, facts.size, facts.mtimeMs]);
  const before = known.get(file);
  if (before?.stamp === stamp) return before.byPath;
  const byPath = new Map<string, string>();
  const language = promptLanguageOf(file);
  const text = await readFile(file, 'utf8').catch(() => '');
  if (language && (language === 't2i' || /^[ \t]*(`{3,}|~{3,})[ \t]*t2i\b/m.test(text))) {
    const document = parse(text, { fileName: basename(file), language });
    const { claims } = claimOutputs(document, { root, directory: dirname(file), fileStem: fileStem(file) });
    for (const { block, path } of claims) byPath.set(foldPath(path), `“${block}” in ${relative(root, file)}`);
  }
  known.set(file, { stamp, byPath });
  return byPath;
}
