/** The prompt files that a command line means: names as they are, folders with all below, globs under where one stands. */
import { readFile, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { holdsPrompts, promptFiles, promptLanguageOf } from '../freshness';
import { matchWildcards } from '../prompt';
import { CliError, EXIT, type Io } from './io';

/** Whoever asks by name is told of every file: an answer for a part would let CI pass. */
export const ALL = { entries: Infinity };

/** Absolute paths, each once. Markdown without a `t2i` fence is left out unless it was named. Throws for a name that is not there. */
export async function findPromptFiles(patterns: readonly string[], io: Io): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of patterns.length === 0 ? ['.'] : patterns) {
    const path = resolve(io.cwd, pattern);
    const facts = await stat(path).catch(() => undefined);
    if (facts?.isFile()) found.add(path);
    else if (facts?.isDirectory()) for (const file of await withPrompts(await promptFiles(path, ALL))) found.add(file);
    else if (/[*]/.test(pattern)) for (const file of await matching(pattern, io.cwd)) found.add(file);
    else throw new CliError(EXIT.wrongUse, `there is no ${pattern}; give a prompt file, a folder or a glob such as "**/*.t2i"`);
  }
  return [...found];
}

async function matching(pattern: string, cwd: string): Promise<string[]> {
  const names = new Map((await promptFiles(cwd, ALL)).map((file) => [relative(cwd, file).split(sep).join('/'), file]));
  const wanted = pattern.replace(/^\.\//, '');
  // `**/` also means "no folder at all".
  const fitting = new Set([...matchWildcards(wanted, names.keys()), ...matchWildcards(wanted.replaceAll('**/', ''), names.keys())]);
  return withPrompts([...names].filter(([name]) => fitting.has(name)).map(([, file]) => file));
}

async function withPrompts(files: readonly string[]): Promise<string[]> {
  const kept: string[] = [];
  for (const file of files) {
    const language = promptLanguageOf(file);
    if (language === 't2i' || (language && holdsPrompts(await readFile(file, 'utf8').catch(() => ''), language))) kept.push(file);
  }
  return kept;
}
