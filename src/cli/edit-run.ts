/** What `easel edit` does. Loaded when the command runs, because it brings the engine with it. */
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { readPictureMetadata, type PictureMetadata } from '../image/metadata';
import { readModelFolder, resolveModel } from '../models';
import { DEFAULT_MODEL, makeEdit, parseInfotext, type EditRequest } from '../prompt';
import { adapterFromFlag } from './adapter-flag';
import { takeAdapters } from './adapters-in-text';
import type { EditFlags } from './edit';
import { CliError, EXIT, type ExitCode, type Io } from './io';
import { findRoot } from './root';
import { settingsFromFlags } from './setting-flags';
import { withEngine } from './with-engine';

export async function editPicture(picture: string, flags: EditFlags, io: Io): Promise<ExitCode> {
  const request = await editFromFlags(picture, flags, io);
  const result = await withEngine(flags, (engine) =>
    engine.edit(request, {
      signal: io.signal,
      onProgress: ({ phase, step, steps, heldBy }) => io.status(phase === 'denoising' ? `step ${step} of ${steps}` : `${phase}${heldBy === undefined ? '' : ` for ${heldBy}`}`),
    }),
  ).finally(() => io.status(''));
  for (const note of result.notes) io.err(`${relative(io.cwd, result.path)}: ${note}`);
  io.out(flags.json ? JSON.stringify({ from: request.source.prompt, ...result }) : relative(io.cwd, result.path) || result.path);
  return EXIT.done;
}

/** Throws `CliError` for what cannot be. */
async function editFromFlags(picture: string, flags: EditFlags, io: Io): Promise<EditRequest> {
  const path = resolve(io.cwd, picture);
  const output = resolve(io.cwd, flags.output);
  if (!/\.png$/i.test(output)) throw new CliError(EXIT.wrongUse, `-o ${flags.output}: the name of a PNG file`);
  if (existsSync(output)) throw new CliError(EXIT.wrongUse, `${flags.output} exists already and is not overwritten; choose another name`);
  const metadata = await metadataOf(path, picture);
  const source = flags.from ?? promptOf(metadata);
  if (source === undefined) throw new CliError(EXIT.wrongUse, `${picture} does not say what it shows; give --from`);
  const { id, dir } = await resolveModel(flags.model ?? metadata.easel?.request.model.id ?? DEFAULT_MODEL, { root: io.cwd, anywhere: true });
  const { kind } = await readModelFolder(dir, id);
  const settings = await settingsFromFlags({ steps: flags.steps, seed: flags.seed, size: flags.size });
  const { texts: [from = '', to = '', negativePrompt = ''], adapters } = await takeAdapters([source, flags.to, flags.negativePrompt ?? ''], findRoot(io.cwd, undefined, io.cwd), dir);
  const given = (flags.adapter ?? []).map((one) => adapterFromFlag(one, io.cwd));
  const number = (flag: string | undefined) => (flag === undefined ? undefined : Number(flag));
  const parsed = makeEdit({
    picture: path, width: settings.size?.width ?? metadata.width ?? 0, height: settings.size?.height ?? metadata.height ?? 0,
    from, to, negativePrompt, model: { id, path: dir }, kind, adapters: [...given, ...adapters.filter((known) => given.every((one) => one.id !== known.id))],
    steps: settings.steps, nStart: number(flags.nStart), cfgFrom: number(flags.cfgFrom), cfgTo: number(flags.cfgTo), seed: settings.seed ?? String(randomInt(2 ** 32)),
    output: { path: output, root: null, saveLatents: flags.saveLatents === undefined ? null : resolve(io.cwd, flags.saveLatents) },
  });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CliError(EXIT.wrongUse, `${issue?.path.join('.') || picture}: ${issue?.message ?? 'not valid'}`);
}

async function metadataOf(path: string, shown: string): Promise<PictureMetadata> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(EXIT.wrongUse, error.code === 'ENOENT' ? `there is no file ${shown}; check the name` : `cannot read ${shown}: ${error.message}`, { cause: error });
  });
  const metadata = readPictureMetadata(bytes);
  if (metadata.format === null) throw new CliError(EXIT.wrongUse, `${shown}: ${metadata.problem ?? 'it is no picture'}; give a PNG, JPEG or WebP file`);
  return metadata;
}

/** What a picture says it shows: its request's text, or its infotext's. */
function promptOf({ easel, infotext }: PictureMetadata): string | undefined {
  return easel?.request.prompt ?? (infotext === null ? undefined : parseInfotext(infotext).prompt);
}
