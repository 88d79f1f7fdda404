/** The whole command line: commands in, exit code out. Whatever fails is told in one line. */
import { Command, CommanderError } from 'commander';
import { version } from '../../package.json';
import { checkCommand } from './check';
import { differentiateCommand } from './differentiate';
import { editCommand } from './edit';
import { evaluateCommand } from './evaluate';
import { generateCommand } from './generate';
import { infoCommand } from './info';
import { CliError, EXIT, oneLine, type ExitCode, type Io } from './io';
import { modelsCommand } from './models';
import { providersCommand } from './providers';
import { tokensCommand } from './tokens';
import { trainCommand } from './train';

/** Runs one command line (without `node` and the script). Never rejects. */
export async function runCommandLine(args: readonly string[], given: Io): Promise<ExitCode> {
  const io = safeFor(given);
  let code: ExitCode = EXIT.done;
  const answer = (answered: ExitCode) => void (code = answered);
  const program = new Command('easel')
    .description('Prompt files in your repository, pictures beside the text.')
    .version(version)
    .showHelpAfterError('(`easel help COMMAND` says what a command takes)')
    .addHelpText('after', '\nExit codes: 0 done, 1 the answer is no, 2 wrong use, 3 failed.')
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: (text) => given.err(text.trimEnd()) })
    .exitOverride();
  for (const command of [generateCommand, checkCommand, tokensCommand, infoCommand, modelsCommand, providersCommand, editCommand, evaluateCommand, trainCommand, differentiateCommand]) {
    program.addCommand(inheriting(command(io, answer), program));
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
    io.err(`easel: ${oneLine(error)}`);
    if (error instanceof CliError) return error.exitCode;
    const { UnknownModelError } = await import('../models');
    return error instanceof UnknownModelError ? EXIT.wrongUse : EXIT.failed;
  }
}

/** Gives a command and those below it what they would have had if they had been made under `parent`. */
function inheriting(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const below of command.commands) inheriting(below, command);
  return command;
}

/**
 * What files say about themselves ends up on terminals: characters that move the cursor, colour or turn text around are
 * shown as `�`. A result may have several lines, a remark or failure has one.
 */
function safeFor(io: Io): Io {
  const visible = (text: string) => text.replace(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '\ufffd');
  const line = (text: string) => visible(text.replace(/\s*\n\s*/g, ' '));
  return { ...io, out: (text) => io.out(visible(text)), err: (text) => io.err(line(text)), status: (text) => io.status(line(text)) };
}
