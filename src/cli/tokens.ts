/** `easel tokens`: how many tokens each block takes of what its model reads at once. */
import { Command } from 'commander';
import { EXIT, type ExitCode, type Io } from './io';

interface TokensFlags {
  root?: string;
  model?: string;
  json?: boolean;
}

export function tokensCommand(io: Io, answer: (code: ExitCode) => void): Command {
  return new Command('tokens')
    .description('tokens per block; exit 1 if a text is longer than its model reads')
    .argument('<file>', 'a .t2i file, or Markdown with t2i blocks')
    .option('--model <dir>', 'a registered name, or a model folder')
    .option('--root <dir>', 'names stay inside; the Git top level unless said')
    .option('--json', 'one JSON object per block and encoder')
    .action(async (file: string, flags: TokensFlags) => answer(await tokens(file, flags, io)));
}

async function tokens(file: string, { root, model, json = false }: TokensFlags, io: Io): Promise<ExitCode> {
  const [{ expand, hasErrors }, { openPromptFile, tellDiagnostics }, { TokenCounter }] = await Promise.all([import('../prompt'), import('./prompt-file'), import('../freshness')]);
  const opened = await openPromptFile(file, io, { root, overrides: model === undefined ? {} : { model }, typedModel: model });
  tellDiagnostics(opened, opened.prompt.diagnostics, io);
  const counter = new TokenCounter();
  let [overflows, failed] = [false, false];
  for (const block of opened.prompt.blocks) {
    const { requests, diagnostics } = expand(opened.prompt, block, opened.context);
    tellDiagnostics(opened, diagnostics.filter((diagnostic) => !opened.prompt.diagnostics.includes(diagnostic)), io);
    failed ||= hasErrors(diagnostics);
    for (const count of await counter.longest(requests)) {
      overflows ||= count.over > 0;
      if (json) io.out(JSON.stringify({ file: opened.shown, block: block.name, ...count }));
      else io.out(`${String(count.tokens).padStart(5)} of ${count.limit}${count.chunks > 1 ? ` × ${count.chunks}` : ''}  ${count.encoder}  ${block.name}${count.part === 'negative' ? ' (negative)' : ''}${count.over > 0 ? `  ${count.over} too many: they are not read` : ''}`);
    }
  }
  return failed ? EXIT.failed : overflows ? EXIT.no : EXIT.done;
}
