/** `easel models quantize`: a copy of a model that is faster or smaller here, or a word why there is none. */
import { stat } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { Quantized } from '../engine';
import { CliError, EXIT, type ExitCode, type Io } from './io';

interface Flags {
  out?: string;
  name?: string;
  weights: 'int8' | 'fp16';
  keepError: string;
  measure: boolean;
  steps?: string;
  pictures: string;
  threads?: string;
  json?: boolean;
}

export function quantizeCommand(io: Io, answer: (code: ExitCode) => void): Command {
  return new Command('quantize')
    .description('write an int8 copy of a model for this machine, if it is measured to be faster')
    .argument('<model>', 'a registered name, or a diffusers-layout ONNX folder')
    .option('--out <dir>', 'where the copy goes; without it, to the user\'s cache, where --precision auto finds it')
    .option('--name <name>', "with --out: know the copy by this name; the folder's own unless said")
    .addOption(new Option('--weights <kind>', 'int8 for speed, fp16 (needs --out) for size').choices(['int8', 'fp16']).default('int8'))
    .option('--keep-error <fraction>', 'difference of the middle picture, of full scale, up to which layers are rounded', '0.01')
    .option('--no-measure', 'round every layer, compare nothing, refuse nothing')
    .option('--steps <n>', "steps of the pictures that are compared; the model's own number unless said")
    .option('--pictures <n>', 'pictures that are compared', '16')
    .option('--threads <n>', 'physical cores unless said')
    .option('--json', 'what was made, as one JSON object')
    .addHelpText('after', '\nExit code 1: the copy was not faster, or its pictures differ too much; nothing was written.')
    .action(async (model: string, flags: Flags) => answer(await quantizeModelFolder(model, flags, io)));
}

async function quantizeModelFolder(nameOrDir: string, flags: Flags, io: Io): Promise<ExitCode> {
  const whole = (flag: string, text: string, most: number) => {
    const value = Number(text);
    if (!(Number.isInteger(value) && value >= 1 && value <= most)) throw new CliError(EXIT.wrongUse, `${flag} ${text}: a whole number from 1 to ${most}`);
    return value;
  };
  const keepError = Number(flags.keepError);
  if (!(keepError > 0 && keepError <= 1)) throw new CliError(EXIT.wrongUse, `--keep-error ${flags.keepError}: a fraction above 0, at most 1`);
  const settings = {
    precision: flags.weights, keepError, measure: flags.measure, pictures: whole('--pictures', flags.pictures, 1000),
    ...(flags.steps !== undefined && { steps: whole('--steps', flags.steps, 1000) }), ...(flags.threads !== undefined && { threads: whole('--threads', flags.threads, 256) }),
  };
  if (flags.weights === 'fp16' && flags.out === undefined) throw new CliError(EXIT.wrongUse, '--weights fp16 needs --out DIR: such a copy saves space, not time');
  const { addModel, listModels, resolveModel } = await import('../models');
  const model = await resolveModel(nameOrDir, { root: io.cwd, anywhere: true });
  const out = flags.out === undefined ? undefined : resolve(io.cwd, flags.out);
  if (out !== undefined) await refuseTarget(out, model.dir, flags.out!);
  const { quantize } = await import('../engine');
  const result = await quantize({ model, out, ...settings, label: `easel on the command line (process ${process.pid})`, signal: io.signal, onProgress: (text) => io.status(`${model.id}: ${text}`) }).finally(() => io.status(''));
  for (const note of result.notes) io.err(`${model.id}: ${note}`);
  const known = out !== undefined && result.written ? await addModel(out, { name: flags.name ?? nameFor(out, await listModels()) }) : undefined;
  if (flags.json) io.out(JSON.stringify({ written: result.written, reason: result.reason ?? null, dir: result.written ? result.dir : null, name: known?.id ?? null, ...result.record }));
  else tell(result, known?.id, io);
  return result.written ? EXIT.done : EXIT.no;
}

function tell({ written, reason, dir, record: { quality, speed, precision } }: Quantized, name: string | undefined, io: Io): void {
  const percent = (fraction: number) => `${(100 * fraction).toFixed(2)} %`;
  if (quality) {
    io.out(`quality  latents differ by ${percent(quality.latentMean)}, at most ${percent(quality.latentMax)}; pictures by ${percent(quality.pictureMean)} of full scale${quality.pictureMedian === undefined ? '' : ` (${percent(quality.pictureMedian)} the middle one)`}, at most ${percent(quality.pictureMax)} (${quality.pictures} pictures, ${quality.steps} steps)`);
  }
  if (speed) io.out(`speed    ${speed.ratio.toFixed(2)}x: ${seconds(speed.original)} with the original, ${seconds(speed.copy)} with ${precision}`);
  if (!written) io.out(reason ?? 'kept fp32');
  else io.out(`${name ?? `use it with --precision auto`}  ${relative(io.cwd, dir).startsWith('..') ? dir : relative(io.cwd, dir)}`);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

/** The folder's own name; one that is taken gets a number. */
function nameFor(dir: string, models: readonly { id: string; dir: string }[]): string {
  const own = dir.split(/[\\/]/).at(-1)!;
  let name = own;
  for (let n = 2; models.some(({ id, dir: at }) => id === name && at !== dir); n++) name = `${own}-${n}`;
  return name;
}

/** Nothing is replaced that a person made, and a copy inside its original would become part of it. */
async function refuseTarget(target: string, source: string, said: string): Promise<void> {
  if (await stat(target).catch(() => undefined)) throw new CliError(EXIT.wrongUse, `${said} exists; choose another --out, or remove it`);
  if (target === source || target.startsWith(`${source}/`) || target.startsWith(`${source}\\`)) throw new CliError(EXIT.wrongUse, `${said} lies in the model itself; choose another --out`);
  const folder = await stat(dirname(target)).catch(() => undefined);
  if (!folder?.isDirectory()) throw new CliError(EXIT.wrongUse, `there is no folder ${dirname(target)}; make it first`);
}
