/** What `easel train soft-tokens` does: flags and `train.yaml` to a request, the run in this process, its events told. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { keepOutOfGit } from '../image/store';
import { hashModelFolder, readModelFolder, resolveModel } from '../models';
import { optionsOf, TRAIN_VERSION, TrainConfig, TrainRequest, type TrainEvent } from '../prompt';
import { CliError, EXIT, type ExitCode, type Io } from './io';
import { findRoot } from './root';
import type { TrainFlags } from './train';
import { withEngine } from './with-engine';

export async function trainSoftTokens(dataset: string | undefined, flags: TrainFlags, io: Io): Promise<ExitCode> {
  const request = await trainRequestFromFlags(dataset, flags, io);
  if (flags.run === undefined && request.root !== null) await keepOutOfGit(request.root);
  const { json = false } = flags;
  const tell = (event: TrainEvent) => {
    if (json) io.out(JSON.stringify(event));
    const line = describe(event);
    if (line === undefined) return;
    if (event.event === 'step' || event.event === 'preparing') io.status(line);
    else io.err(line);
  };
  const result = await withEngine(flags, (engine) =>
    engine.train(request, { signal: io.signal, onEvent: tell, onWaiting: ({ heldBy }) => io.status(heldBy === undefined ? 'waiting' : `waiting for ${heldBy}`) }),
  );
  io.status('');
  for (const note of result.notes) io.err(`note: ${note}`);
  if (!json && result.path !== null) io.out(result.path);
  if (result.state === 'stopped' && io.signal.aborted) io.err(`stopped at step ${result.step}; the same command goes on with ${request.run}`);
  return result.state === 'finished' ? EXIT.done : EXIT.no;
}

/**
 * Flags win over the file. Paths in the file and in `--set` are relative to the file's folder, others to where one stands.
 * Throws `CliError` (wrong use) that names the key, and `ModelError`.
 */
export async function trainRequestFromFlags(dataset: string | undefined, flags: TrainFlags, io: Pick<Io, 'cwd' | 'signal'>): Promise<TrainRequest> {
  const file = flags.config === undefined ? undefined : resolve(io.cwd, flags.config);
  const written = file === undefined ? {} : await readConfig(file);
  const said = {
    ...written,
    ...Object.fromEntries((flags.set ?? []).map(pair)),
    ...(dataset !== undefined && { dataset: resolve(io.cwd, dataset) }),
    ...(flags.model !== undefined && { model: flags.model }),
    ...(flags.name !== undefined && { name: flags.name }),
    ...(flags.steps !== undefined && { steps: Number(flags.steps) }),
  };
  const parsed = TrainConfig.safeParse(said);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const key = issue?.path.join('.') ?? '';
    if (key === 'dataset' && said.dataset === undefined) throw new CliError(EXIT.wrongUse, 'name the folder of captioned pictures: easel train soft-tokens DATASET --name NAME');
    if (key === 'name' && said.name === undefined) throw new CliError(EXIT.wrongUse, '--name is missing: what a prompt will call the result');
    throw new CliError(EXIT.wrongUse, `${flags.config ?? 'the command'}: ${key === '' ? '' : `${key}: `}${issue?.message ?? 'not valid'}`);
  }
  const config = parsed.data;
  const base = file === undefined ? io.cwd : dirname(file);
  const folder = resolve(base, config.dataset);
  const root = findRoot(base, flags.root, io.cwd);
  const { id, dir } = await resolveModel(config.model, { root: flags.model === undefined ? base : io.cwd, anywhere: true });
  const output = flags.output !== undefined ? resolve(io.cwd, flags.output) : config.output !== undefined ? resolve(base, config.output) : join(root, 'adapters', `${config.name}.safetensors`);
  return TrainRequest.parse({
    version: TRAIN_VERSION, method: config.method, name: config.name, dataset: folder, output, root,
    model: { id, path: dir, sha256: await hashModelFolder(await readModelFolder(dir, id), { signal: io.signal }) },
    run: flags.run === undefined ? join(root, '.easel', 'runs', config.name) : resolve(io.cwd, flags.run),
    options: optionsOf(config),
  });
}

async function readConfig(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CliError(EXIT.wrongUse, `cannot read ${file}: ${error.message}`, { cause: error });
  });
  try {
    return z.record(z.string(), z.unknown()).parse(parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? 'it has no keys with values' : firstLine(error);
    throw new CliError(EXIT.wrongUse, `${file} is not the YAML of a run: ${why}; see train.yaml in any run's folder`, { cause: error });
  }
}

/** `key=value`, the value as YAML has it. */
function pair(text: string): [string, unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw new CliError(EXIT.wrongUse, `--set ${text}: KEY=VALUE, as in train.yaml`);
  try {
    return [text.slice(0, at), parse(text.slice(at + 1))];
  } catch (error) {
    throw new CliError(EXIT.wrongUse, `--set ${text}: ${firstLine(error)}; a value as in train.yaml`, { cause: error });
  }
}

/** What YAML's parser says; the lines after it show the place. */
function firstLine(error: unknown): string {
  return (error as Error).message.split('\n', 1)[0]!.replace(/:$/, '');
}

/** A line for a person, or nothing. */
function describe(event: TrainEvent): string | undefined {
  const number = (value: number | null, digits = 3) => value?.toFixed(digits) ?? '–';
  switch (event.event) {
    case 'preparing': return `${event.what}${event.total > 0 ? ` ${event.done} of ${event.total}` : ''}`;
    case 'started': {
      const { pictures, captions, without, training, validation } = event.dataset;
      const share = ((100 * event.trainables) / event.modelParameters).toFixed(3);
      return `${pictures} pictures, ${captions} captions, ${without} without; ${training} to train on, ${validation} held out. ${event.trainables.toLocaleString('en-US')} numbers are trained (${share} % of the model's ${event.modelParameters.toLocaleString('en-US')}), in ${event.blocks.join(', ')}`;
    }
    case 'step': return `step ${event.step} of ${event.steps}: loss ${number(event.loss)}, rank ${number(event.matchedRank, 2)}, ${Math.round(event.etaSeconds)} s left`;
    case 'validation': return `step ${event.step}: validation loss ${number(event.loss)}, own caption first for ${event.accuracy === null ? '–' : `${Math.round(100 * event.accuracy)} %`} of ${event.pictures} pictures`;
    case 'sample': return `step ${event.step}: ${event.withTokens}`;
    case 'warning': return `warning: ${event.message}`;
    case 'resumed': return event.from === 'checkpoint' ? `goes on from step ${event.step}` : undefined;
    default: return undefined;
  }
}
