/** `easel differentiate`: an ONNX model in, the model with its vector-Jacobian products out. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { progressTo } from './differentiate-progress';
import { CliError, EXIT, type ExitCode, type Io } from './io';

interface Flags {
  wrt: string;
  outputs?: string;
  out: string;
  recompute?: string;
  json?: boolean;
}

export function differentiateCommand(io: Io, answer: (code: ExitCode) => void): Command {
  return new Command('differentiate')
    .description('writes a model that also computes gradients: per output Y an input grad_Y, per name X in --wrt an output grad_X')
    .argument('<model>', 'an ONNX file; its external data stays where it is')
    .requiredOption('--wrt <names>', 'inputs, initializers or intermediate values to differentiate by, separated by commas')
    .option('--outputs <names>', 'outputs to differentiate, separated by commas; without it all of them')
    .requiredOption('-o, --out <file>', 'the ONNX file to write')
    .option('--recompute <pattern>', 'compute the insides of blocks again instead of keeping them: less memory, more time; a regular expression that finds a block\'s name in those of its nodes, like "transformer_blocks\\.[0-9]+"')
    .option('--json', 'what was written, as one JSON object')
    .action(async (model: string, flags: Flags) => answer(await differentiateFile(model, flags, io)));
}

async function differentiateFile(file: string, { wrt, outputs, out, recompute, json = false }: Flags, io: Io): Promise<ExitCode> {
  const { differentiate, readModel, writeModel } = await import('../onnx');
  const source = resolve(io.cwd, file);
  const target = resolve(io.cwd, out);
  await refuseTarget(source, target, out);
  const tell = progressTo(io);
  const options = { onProgress: tell, recompute: recompute === undefined ? undefined : expression(recompute), wrt: listed(wrt, '--wrt'), outputs: outputs === undefined ? undefined : listed(outputs, '--outputs') };
  tell(`reading ${basename(source)}`);
  const model = await readModel(source);
  if (io.signal.aborted) throw new CliError(EXIT.failed, 'interrupted; nothing was written');
  const gradient = differentiate(model, options);
  if (io.signal.aborted) throw new CliError(EXIT.failed, 'interrupted; nothing was written');
  tell(`writing ${basename(target)}`, 0, gradient.graph.nodes.length);
  await writeModel(gradient, target);
  io.status('');
  const shape = ({ inputs, outputs: ends, nodes }: typeof gradient.graph) => ({ inputs: inputs.map(({ name }) => name), outputs: ends.map(({ name }) => name), nodes: nodes.length });
  if (json) io.out(JSON.stringify({ path: target, ...shape(gradient.graph) }));
  else io.out(target);
  return EXIT.done;
}

/** Writing over the model itself would leave neither; a name in a folder that is not there is a slip. */
async function refuseTarget(source: string, target: string, said: string): Promise<void> {
  if (source === target) throw new CliError(EXIT.wrongUse, `${said} is the model itself; give -o another name`);
  const folder = await stat(dirname(target)).catch(() => undefined);
  if (!folder?.isDirectory()) throw new CliError(EXIT.wrongUse, `there is no folder ${join(said, '..')}; make it first`);
}

function expression(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch (error) {
    throw new CliError(EXIT.wrongUse, `--recompute "${pattern}" is no regular expression: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function listed(text: string, flag: string): string[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()).filter((name) => name !== ''))];
  if (names.length === 0) throw new CliError(EXIT.wrongUse, `${flag} names nothing; give names separated by commas`);
  return names;
}
