/**
 * What the names in a prompt file mean on this disk: models, wildcards, pictures that go in, and who else writes where.
 * Everything slow (models and their hashes, the search for other prompt files) is done before; what remains is read when
 * a block asks for it, because few blocks name any.
 */
import { createHash, randomInt } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { cellCount, checkInsideRoot, DEFAULT_MODEL, effectiveSettings, fileStem, matchWildcards, wildcardLines, type ExpandContext, type InputPicture, type ModelReference, type PromptDocument } from '../prompt';
import { listAdapters } from '../models';
import { deepestExisting } from './deepest-existing';
import { findWildcards } from './find-wildcards';
import { Lookups } from './lookups';

/** The answers of one disk for one version of a file. */
export interface DiskContext extends ExpandContext {
  /** Why a model that the file names cannot be used, by name; one line each. */
  readonly modelProblems: ReadonlyMap<string, string>;
  /** Names that `__x__` may have here, sorted. */
  readonly wildcardNames: readonly string[];
  /** Names that `<x>` and `<lora:x>` may have here, for one model of the file or another, sorted, with their files. */
  readonly adapterFiles: ReadonlyMap<string, string>;
  /** The file that a name means where this model draws: the repository's, the person's, or the model's own. */
  readonly adapterFile: (name: string, model: ModelReference | undefined) => string | undefined;
}

export interface DiskContextOptions {
  /** Absolute: the workspace folder, the Git top level, or a loose file's folder. */
  root: string;
  /** Absolute path of the prompt file. */
  file: string;
  prompt: PromptDocument;
  /** What a command line says against the file. */
  overrides?: ExpandContext['overrides'];
  /** A folder that a person typed, not a file of the repository, may lie outside of the root. */
  typedModel?: string;
  /** Shared by many files, so that a model or the root is looked at once. */
  lookups?: Lookups;
  signal?: AbortSignal;
}

/**
 * Gathers the context. A model that cannot be used is no failure here (`modelProblems` says why): its blocks cannot be
 * drawn, but whether their pictures are fresh can still be told by the model's name.
 */
export async function diskContext({ root, file, prompt, overrides, typedModel, lookups = new Lookups(), signal }: DiskContextOptions): Promise<DiskContext> {
  const directory = dirname(file);
  const place = { root, directory, fileStem: fileStem(prompt.fileName), deepestExisting };
  const models = new Map<string, ReturnType<ExpandContext['model']>>();
  const modelProblems = new Map<string, string>();
  for (const name of modelNames(prompt, overrides)) {
    const found = await lookups.model(name, { root, anywhere: name === typedModel, signal });
    if ('model' in found) models.set(name, found.model);
    else modelProblems.set(name, found.problem);
  }
  const folders = [...models.values()].flatMap((model) => (model ? [model.reference.path] : []));
  const filesFor = async (model?: string) => new Map((await listAdapters({ root, model })).map(({ id, path }) => [id, path]));
  const [wildcards, claims, shared] = await Promise.all([findWildcards(root, directory), lookups.claims(root), filesFor()]);
  const byModel = new Map(await Promise.all(folders.map(async (folder) => [folder, await filesFor(folder)] as const)));
  const adapterFile: DiskContext['adapterFile'] = (name, model) => ((model && byModel.get(model.path)) ?? shared).get(name);
  return {
    ...place,
    overrides,
    modelProblems,
    wildcardNames: [...wildcards.keys()].sort(),
    wildcards: wildcardReader(wildcards),
    model: (name) => models.get(name),
    adapterFiles: new Map([...new Map([...byModel.values()].flatMap((files) => [...files])), ...shared].sort(([a], [b]) => (a < b ? -1 : 1))),
    adapterFile,
    adapter: (name, model) => {
      const path = adapterFile(name, model);
      const file = path === undefined ? undefined : fileByContent(path);
      return file && { id: name, ...file };
    },
    picture: (relative) => {
      const checked = checkInsideRoot(place, relative);
      return 'path' in checked ? fileByContent(checked.path) : undefined;
    },
    // 32 bits, because torch's generator uses no more of a seed.
    seed: () => String(randomInt(2 ** 32)),
    claimedElsewhere: (path) => claims.elsewhere(path, file),
  };
}

/** Every model that some cell of some block draws with. */
function modelNames(prompt: PromptDocument, overrides: ExpandContext['overrides']): Set<string> {
  const names = new Set<string>();
  for (const block of prompt.blocks) {
    for (let cell = 0; cell < cellCount(block.matrix); cell++) names.add(effectiveSettings(block, cell, overrides).model ?? DEFAULT_MODEL);
  }
  return names;
}

/** Options by name or glob; a glob's are those of all files that fit, in the order of their names. */
function wildcardReader(files: ReadonlyMap<string, string>): ExpandContext['wildcards'] {
  const read = new Map<string, readonly string[]>();
  const linesOf = (name: string) => {
    const lines = read.get(name) ?? wildcardLines(textOf(files.get(name)));
    read.set(name, lines);
    return lines;
  };
  return (pattern) => {
    const names = matchWildcards(pattern, files.keys());
    return names.length === 0 ? undefined : names.flatMap(linesOf);
  };
}

/** A file that has gone, or may not be read, since the folder was listed has no options; that is told as such. */
function textOf(path: string | undefined): string {
  try {
    return path === undefined ? '' : readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const hashes = new Map<string, string>();

/** A picture or an adapter by content. Its hash is remembered by size and time: a block is expanded many times while one types. */
function fileByContent(path: string): InputPicture | undefined {
  try {
    const { size, mtimeMs } = statSync(path);
    const key = JSON.stringify([path, size, mtimeMs]);
    const sha256 = hashes.get(key) ?? createHash('sha256').update(readFileSync(path)).digest('hex');
    hashes.set(key, sha256);
    return { path, sha256 };
  } catch {
    return undefined; // not there, a folder, or not readable: the diagnostic is the same
  }
}
