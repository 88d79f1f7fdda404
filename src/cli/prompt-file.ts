/** A prompt file as a command meets it: read, parsed, its names looked up, its remarks told with line and column. */
import { readFile } from 'node:fs/promises';
import { basename, relative, resolve } from 'node:path';
import { diskContext, promptLanguageOf, type DiskContext, type Lookups } from '../freshness';
import { resolveModel } from '../models';
import { parse, type Diagnostic, type ExpandContext, type PromptDocument } from '../prompt';
import { CliError, EXIT, type Io } from './io';
import { findRoot } from './root';

export interface OpenPromptFile {
  /** Absolute. */
  readonly file: string;
  /** As a person would type it here. */
  readonly shown: string;
  readonly text: string;
  readonly prompt: PromptDocument;
  readonly context: DiskContext;
}

export interface OpenOptions {
  root?: string;
  overrides?: ExpandContext['overrides'];
  /** A model given on the command line may lie anywhere. */
  typedModel?: string;
  /** Shared by a command that opens many files. */
  lookups?: Lookups;
}

/** Reads a file and what it names. Rejects with one line: no such file, not a prompt file, not text, no such model on the command line. */
export async function openPromptFile(path: string, io: Io, { root, ...options }: OpenOptions = {}): Promise<OpenPromptFile> {
  const file = resolve(io.cwd, path);
  const language = promptLanguageOf(file);
  if (!language) throw new CliError(EXIT.wrongUse, `${path} is not a prompt file; give a .t2i file, or Markdown with t2i blocks`);
  const text = await readText(file, path);
  const prompt = parse(text, { fileName: basename(file), language });
  const top = findRoot(file, root, io.cwd);
  if (options.typedModel !== undefined) await resolveModel(options.typedModel, { root: top, anywhere: true });
  const context = await diskContext({ root: top, file, prompt, signal: io.signal, ...options });
  return { file, shown: relative(io.cwd, file) || file, text, prompt, context };
}

async function readText(file: string, shown: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file));
  } catch (error) {
    if (error instanceof TypeError) throw new CliError(EXIT.failed, `${shown} is not UTF-8 text; save it as UTF-8`, { cause: error });
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new CliError(EXIT.wrongUse, `there is no file ${shown}; check the name`, { cause: error });
    throw new CliError(EXIT.failed, `cannot read ${shown}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Remarks told per file and call: a thousandth helps nobody. */
const TOLD_AT_MOST = 50;

/** One line per remark, as compilers write them; hints are the editor's to show. A model's own problem replaces "no such model". */
export function tellDiagnostics({ shown, text, context }: OpenPromptFile, diagnostics: readonly Diagnostic[], io: Io): void {
  const remarks = diagnostics.filter(({ severity }) => severity === 'error' || severity === 'warning');
  if (remarks.length === 0) return;
  const position = positions(text);
  const modelProblems = [...context.modelProblems.values()];
  for (const { span, severity, message, code } of remarks.slice(0, TOLD_AT_MOST)) {
    const said = code === 'unknown-model' && modelProblems.length > 0 ? modelProblems.join('; ') : message;
    io.err(`${shown}:${position(span.start)}: ${severity}: ${said}`);
  }
  if (remarks.length > TOLD_AT_MOST) io.err(`${shown}: ${remarks.length - TOLD_AT_MOST} more remarks like these`);
}

/** `line:column` of an offset, both from 1. */
function positions(text: string): (offset: number) => string {
  const starts = [0];
  for (const { index, 0: end } of text.matchAll(/\r\n|\n|\r/g)) starts.push(index + end.length);
  return (offset) => {
    const line = starts.findLastIndex((start) => start <= offset);
    return `${line + 1}:${offset - (starts[line] ?? 0) + 1}`;
  };
}
