/** What `easel generate` does. Loaded when the command runs, because it brings the engine with it. */
import { dirname, relative, resolve, sep } from 'node:path';
import type { Engine, GenerateResult } from '../engine/engine';
import { blockState } from '../freshness';
import { expand, hasErrors, togetherGroups, type Block, type GenerateRequest } from '../prompt';
import type { GenerateFlags } from './generate';
import { CliError, EXIT, oneLine, type ExitCode, type Io } from './io';
import { openPromptFile, tellDiagnostics, type OpenPromptFile } from './prompt-file';
import { requestFromFlags } from './request-from-flags';
import { settingsFromFlags } from './setting-flags';
import { withEngine } from './with-engine';

/** One request and what to call it. */
interface Job {
  name: string;
  request: GenerateRequest;
}

/** Draws the blocks of a file. A block that cannot be drawn does not keep the others from being drawn; the exit code is then 3. */
export async function generateFile(path: string, flags: GenerateFlags, io: Io): Promise<ExitCode> {
  for (const flag of ['prompt', 'output', 'noise', 'saveLatents'] as const) {
    if (flags[flag] !== undefined) throw new CliError(EXIT.wrongUse, `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} draws without a file; leave out ${path}, or the flag`);
  }
  const opened = await openPromptFile(path, io, { root: flags.root, overrides: await overridesOf(path, flags, io), typedModel: modelFlag(flags) });
  const blocks = chosenBlocks(opened, flags.block);
  tellDiagnostics(opened, opened.prompt.diagnostics, io);
  const { jobs, failed } = await jobsOf(opened, blocks, flags, io);
  if (jobs.length === 0 && !failed) io.err(flags.changed ? `${opened.shown}: every picture is fresh` : `${opened.shown}: no block says a picture; write a prompt under a heading`);
  const done = await draw(jobs, flags, io, opened.shown);
  return failed || done.failed ? EXIT.failed : EXIT.done;
}

/** Draws one picture that the flags describe. */
export async function generateOne(flags: GenerateFlags, io: Io): Promise<ExitCode> {
  if (flags.prompt === undefined) throw new CliError(EXIT.wrongUse, 'nothing to draw: give a prompt file, or --prompt and -o');
  for (const flag of ['block', 'changed', 'out', 'count', 'batch', 'root', 'contactSheet'] as const) {
    if (flags[flag] !== undefined) throw new CliError(EXIT.wrongUse, `--${flag === 'contactSheet' ? 'contact-sheet' : flag} needs a prompt file; with --prompt, -o says where the picture goes`);
  }
  const request = await requestFromFlags(flags, io);
  const { failed } = await draw([{ name: relative(io.cwd, request.output.path), request }], flags, io, null);
  return failed ? EXIT.failed : EXIT.done;
}

/** `--out` is relative to where one stands, as every path on a command line; a prompt file's own is relative to the file. */
async function overridesOf(path: string, flags: GenerateFlags, io: Io) {
  const count = picturesOf('count', flags);
  const folder = dirname(resolve(io.cwd, path));
  return {
    ...(await settingsFromFlags(flags)),
    ...(count !== undefined && { count }),
    ...(flags.negativePrompt !== undefined && { negativePrompt: flags.negativePrompt }),
    ...(flags.out !== undefined && { out: `./${relative(folder, resolve(io.cwd, flags.out)).split(sep).join('/')}` }),
  };
}

/** A flag that counts pictures. */
function picturesOf(flag: 'count' | 'batch', flags: GenerateFlags): number | undefined {
  const said = flags[flag];
  const count = Number(said);
  if (said !== undefined && !(Number.isInteger(count) && count >= 1)) throw new CliError(EXIT.wrongUse, `--${flag} ${said}: a whole number of pictures`);
  return said === undefined ? undefined : count;
}

function modelFlag(flags: GenerateFlags): string | undefined {
  return typeof flags['model'] === 'string' ? flags['model'] : undefined;
}

function chosenBlocks({ prompt, shown }: OpenPromptFile, names: readonly string[] | undefined): readonly Block[] {
  if (!names) return prompt.blocks;
  return names.flatMap((name) => {
    const found = prompt.blocks.filter((block) => block.name === name);
    if (found.length === 0) throw new CliError(EXIT.wrongUse, `${shown} has no block "${name}"; it has ${prompt.blocks.map((block) => block.name).join(', ') || 'none'}`);
    return found;
  });
}

async function jobsOf(opened: OpenPromptFile, blocks: readonly Block[], flags: GenerateFlags, io: Io): Promise<{ jobs: Job[]; failed: boolean }> {
  const jobs: Job[] = [];
  let failed = false;
  for (const block of blocks) {
    if (flags.changed) {
      const { state, reasons } = await blockState(opened.prompt, block, opened.context);
      if (state === 'fresh') continue;
      if (state === 'unknown') {
        failed = true;
        io.err(`${opened.shown}: ${block.name} is unknown, and so is not drawn: ${reasons.join('; ')}`);
        continue;
      }
    }
    const { requests, diagnostics } = expand(opened.prompt, block, opened.context);
    // What `parse` already said was told with the file.
    tellDiagnostics(opened, diagnostics.filter((diagnostic) => !opened.prompt.diagnostics.includes(diagnostic)), io);
    failed ||= hasErrors(diagnostics);
    requests.forEach((request, index) => jobs.push({ name: requests.length === 1 ? block.name : `${block.name} ${index + 1}/${requests.length}`, request }));
  }
  return { jobs, failed };
}

/** Draws one after the other, or as many at once as `--batch` says, telling each as it is done. After Ctrl-C nothing more is begun. */
async function draw(jobs: readonly Job[], flags: GenerateFlags, io: Io, file: string | null): Promise<{ failed: boolean }> {
  if (jobs.length === 0) return { failed: false };
  const most = picturesOf('batch', flags) ?? 1;
  const drawn: { path: string; label: string }[] = [];
  let failed = false;
  await withEngine(flags, async (engine) => {
    let begun = 0;
    for (const group of togetherGroups(jobs, most)) {
      const [name, places] = [group.map((job) => job.name).join(', '), group.length === 1 ? begun + 1 : `${begun + 1} to ${begun + group.length}`];
      begun += group.length;
      try {
        const results = await drawGroup(engine, group, `${name} (${places} of ${jobs.length})`, io);
        for (const [place, result] of results.entries()) {
          const job = group[place]!;
          drawn.push({ path: result.path, label: job.name });
          tell(result, job.request, file, flags, io);
        }
      } catch (error) {
        failed = true;
        io.status('');
        io.err(`easel: ${name}: ${oneLine(error)}`);
        if (io.signal.aborted) return;
      }
    }
  });
  if (flags.contactSheet !== undefined && drawn.length > 0) {
    const { contactSheet } = await import('../image');
    const path = resolve(io.cwd, flags.contactSheet);
    await contactSheet(drawn, path);
    io.err(`contact sheet: ${relative(io.cwd, path) || path}`);
  }
  return { failed };
}

async function drawGroup(engine: Engine, group: readonly Job[], title: string, io: Io): Promise<GenerateResult[]> {
  try {
    return await engine.generateTogether(group.map(({ request }) => request), {
      signal: io.signal,
      onProgress: ({ phase, step, steps, heldBy }) => {
        if (phase === 'denoising') io.status(`${title}: step ${step} of ${steps}`);
        else io.status(`${title}: ${phase}${heldBy === undefined ? '' : ` for ${heldBy}`}`);
      },
    });
  } finally {
    io.status('');
  }
}

function tell(result: GenerateResult, request: GenerateRequest, file: string | null, flags: GenerateFlags, io: Io): void {
  for (const note of result.notes) io.err(`${relative(io.cwd, result.path)}: ${note}`);
  const block = request.output.source?.block ?? null;
  if (flags.json) io.out(JSON.stringify({ file, block, index: request.index, ...result }));
  else io.out(relative(io.cwd, result.path) || result.path);
}
