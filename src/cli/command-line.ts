/** The whole command line: commands in, exit code out. Whatever fails is told in one line. */
import { Command, CommanderError } from 'commander';
import { version } from '../../package.json';
import { checkCommand } from './check';
import { generateCommand } from './generate';
import { infoCommand } from './info';
import { CliError, EXIT, oneLine, type ExitCode, type Io } from './io';
import { modelsCommand } from './models';
import { tokensCommand } from './tokens';

/** Runs one command line (without `node` and the script). Never rejects. */
export async function runCommandLine(args: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const answer = (answered: ExitCode) => void (code = answered);
  const program = new Command('easel')
    .description('Prompt files in your repository, pictures beside the text.')
    .version(version)
    .showHelpAfterError('(`easel help COMMAND` says what a command takes)')
    .addHelpText('after', '\nExit codes: 0 done, 1 the answer is no, 2 wrong use, 3 failed.')
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: (text) => io.err(text.trimEnd()) })
    .exitOverride();
  for (const command of [generateCommand, checkCommand, tokensCommand, infoCommand, modelsCommand]) {
    program.addCommand(command(io, answer).copyInheritedSettings(program));
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
    io.err(`easel: ${oneLine(error)}`);
    return error instanceof CliError ? error.exitCode : EXIT.failed;
  }
}
