/** `easel check`: are the pictures still what their blocks say? The exit code is the answer, for CI. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { CliError, EXIT, type ExitCode, type Io } from './io';

interface CheckFlags {
  root?: string;
  strict?: boolean;
  json?: boolean;
}

export function checkCommand(io: Io, answer: (code: ExitCode) => void): Command {
  return new Command('check')
    .description('say which pictures are fresh, stale, missing or unknown; exit 1 unless all are fresh')
    .argument('[files...]', 'prompt files, folders or globs; everything under here unless said')
    .option('--root <dir>', 'pictures stay inside; the Git top level unless said')
    .option('--strict', 'a picture whose model is not here is not fresh')
    .option('--json', 'one JSON object per block')
    .addHelpText('after', '\nExamples:\n  easel check\n  easel check "docs/**/*.md" --strict')
    .action(async (patterns: string[], flags: CheckFlags) => answer(await check(patterns, flags, io)));
}

async function check(patterns: readonly string[], { root, strict = false, json = false }: CheckFlags, io: Io): Promise<ExitCode> {
  const [{ blockState, Lookups }, { openPromptFile, tellDiagnostics }, { findPromptFiles }] = await Promise.all([import('../freshness'), import('./prompt-file'), import('./find-prompt-files')]);
  const files = await findPromptFiles(patterns, io);
  if (files.length === 0) throw new CliError(EXIT.wrongUse, `no prompt file ${patterns.length === 0 ? `under ${resolve(io.cwd)}` : `fits ${patterns.join(' ')}`}; give a .t2i file or a folder that holds one`);
  const counts = { fresh: 0, stale: 0, missing: 0, unknown: 0 };
  let notVerified = 0;
  const lookups = new Lookups();
  for (const file of files) {
    io.signal.throwIfAborted();
    const opened = await openPromptFile(file, io, { root, lookups });
    tellDiagnostics(opened, opened.prompt.diagnostics, io);
    for (const block of opened.prompt.blocks) {
      if (block.count === 0) continue;
      const { state, reasons, modelVerified, paths } = await blockState(opened.prompt, block, opened.context);
      counts[state]++;
      const onlyByName = state === 'fresh' && !modelVerified;
      if (onlyByName) notVerified++;
      if (json) io.out(JSON.stringify({ file: opened.shown, block: block.name, state, modelVerified, reasons, paths }));
      else io.out(`${state.padEnd(7)} ${opened.shown}  ${block.name}${onlyByName ? '  (model not verified)' : ''}${reasons.length > 0 ? `  ${reasons.join('; ')}` : ''}`);
    }
  }
  const summary = Object.entries(counts).filter(([, count]) => count > 0).map(([state, count]) => `${count} ${state}`).join(', ') || 'no pictures';
  io.err(`${summary}${notVerified > 0 ? ` (${notVerified} with the model not verified${strict ? ', which --strict does not accept' : ''})` : ''}`);
  return counts.stale + counts.missing + counts.unknown > 0 || (strict && notVerified > 0) ? EXIT.no : EXIT.done;
}
