/**
 * Who writes where: the paths that all prompt files of a root claim, so that two files never fight over one. Read once
 * and asked for many files; a file is parsed again only when it has changed.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, relative } from 'node:path';
import { claimOutputs, fileStem, foldPath, parse } from '../prompt';
import { holdsPrompts, promptFiles, promptLanguageOf } from './prompt-files';

/** Prompt files are text that people write; a larger one is something else. */
const MAX_BYTES = 4 << 20;

interface Claims {
  stamp: string;
  /** Folded path → block. */
  byPath: ReadonlyMap<string, string>;
}

const parsed = new Map<string, Claims>();

/** The claims of every prompt file below a root, as they were when it was read. */
export class ClaimIndex {
  private constructor(
    private readonly root: string,
    private readonly claimants: ReadonlyMap<string, readonly { file: string; block: string }[]>,
  ) {}

  static async read(root: string): Promise<ClaimIndex> {
    const claimants = new Map<string, { file: string; block: string }[]>();
    for (const file of await promptFiles(root)) {
      for (const [path, block] of await claimsOf(root, file)) claimants.set(path, [...(claimants.get(path) ?? []), { file, block }]);
    }
    return new ClaimIndex(root, claimants);
  }

  /** `“block” in file` of the first other file that writes to an absolute path; `undefined` if none does. */
  elsewhere(path: string, file: string): string | undefined {
    const other = this.claimants.get(foldPath(path))?.find((claimant) => claimant.file !== file);
    return other && `“${other.block}” in ${relative(this.root, other.file)}`;
  }
}

/** Parsed once per version of the file. */
async function claimsOf(root: string, file: string): Promise<ReadonlyMap<string, string>> {
  const language = promptLanguageOf(file);
  const facts = await stat(file).catch(() => undefined);
  if (!language || !facts || facts.size > MAX_BYTES) return new Map();
  const stamp = JSON.stringify([root, facts.size, facts.mtimeMs]);
  const before = parsed.get(file);
  if (before?.stamp === stamp) return before.byPath;
  const byPath = new Map<string, string>();
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return byPath; // and tried again: its stamp says nothing of why it cannot be read
  if (holdsPrompts(text, language)) {
    const document = parse(text, { fileName: basename(file), language });
    const { claims } = claimOutputs(document, { root, directory: dirname(file), fileStem: fileStem(file) });
    for (const { block, path } of claims) byPath.set(foldPath(path), block);
  }
  parsed.set(file, { stamp, byPath });
  return byPath;
}
