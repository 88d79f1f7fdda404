/** A complete request without a prompt file, for scripts and for comparing with other tools. */
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { hashModelFolder, readModelFolder, resolveModel } from '../models';
import { completeSettings, DEFAULT_MODEL, GenerateRequest, REQUEST_VERSION } from '../prompt';
import { takeAdapters } from './adapters-in-text';
import type { GenerateFlags } from './generate';
import { CliError, EXIT, type Io } from './io';
import { findRoot } from './root';
import { settingsFromFlags } from './setting-flags';

/**
 * The text is taken as it is, without wildcards or variants; weights and scheduling act unless `--prompt-syntax plain`.
 * Throws `CliError` (wrong use) and `ModelError`.
 */
export async function requestFromFlags(flags: GenerateFlags, io: Io): Promise<GenerateRequest> {
  if (flags.prompt === undefined || flags.output === undefined) throw new CliError(EXIT.wrongUse, '--prompt needs -o OUT.png, which says where the picture goes');
  if (!/\.png$/i.test(flags.output)) throw new CliError(EXIT.wrongUse, `-o ${flags.output}: the name of a PNG file`);
  if (flags.noise !== undefined && !existsSync(resolve(io.cwd, flags.noise))) throw new CliError(EXIT.wrongUse, `--noise: there is no file ${flags.noise}; check the name`);
  const settings = await settingsFromFlags(flags);
  const { id, dir } = await resolveModel(settings.model ?? DEFAULT_MODEL, { root: io.cwd, anywhere: true });
  const folder = await readModelFolder(dir, id);
  const path = (flag: string | undefined) => (flag === undefined ? null : resolve(io.cwd, flag));
  const written = [flags.prompt, flags.negativePrompt ?? ''].map((text) => text.normalize('NFC'));
  const { texts: [prompt, negativePrompt], adapters } = await takeAdapters(written, findRoot(io.cwd, undefined, io.cwd), dir);
  const parsed = GenerateRequest.safeParse({
    version: REQUEST_VERSION,
    prompt,
    negativePrompt,
    ...completeSettings(settings, folder.defaults),
    model: { id, sha256: await hashModelFolder(folder, { signal: io.signal }), path: dir },
    adapters,
    seed: settings.seed ?? String(randomInt(2 ** 32)),
    init: null,
    mask: null,
    denoisingStrength: 1,
    index: 0,
    output: { path: path(flags.output), root: null, source: null, noise: path(flags.noise), saveLatents: path(flags.saveLatents) },
  } satisfies Record<keyof GenerateRequest, unknown>);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CliError(EXIT.wrongUse, `${basename(flags.output)}: ${issue?.path.join('.') ?? 'request'}: ${issue?.message ?? 'not valid'}`);
}
