/** A complete request without a prompt file, for scripts and for comparing with other tools. */
import { randomInt } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { hashModelFolder, readModelFolder, resolveModel } from '../models';
import { DEFAULT_MODEL, GenerateRequest, REQUEST_VERSION } from '../prompt';
import type { GenerateFlags } from './generate';
import { CliError, EXIT, type Io } from './io';
import { settingsFromFlags } from './setting-flags';

/**
 * The text is taken as it is, without wildcards or variants; weights and scheduling act unless `--prompt-syntax plain`.
 * Throws `CliError` (wrong use) and `ModelError`.
 */
export async function requestFromFlags(flags: GenerateFlags, io: Io): Promise<GenerateRequest> {
  if (flags.prompt === undefined || flags.output === undefined) throw new CliError(EXIT.wrongUse, '--prompt needs -o OUT.png, which says where the picture goes');
  if (!/\.png$/i.test(flags.output)) throw new CliError(EXIT.wrongUse, `-o ${flags.output}: the name of a PNG file`);
  const settings = await settingsFromFlags(flags);
  const { id, dir } = await resolveModel(settings.model ?? DEFAULT_MODEL, { root: io.cwd, anywhere: true });
  const folder = await readModelFolder(dir, id);
  const path = (flag: string | undefined) => (flag === undefined ? null : resolve(io.cwd, flag));
  const parsed = GenerateRequest.safeParse({
    version: REQUEST_VERSION,
    prompt: flags.prompt.normalize('NFC'),
    negativePrompt: (flags.negativePrompt ?? '').normalize('NFC'),
    promptSyntax: settings.promptSyntax ?? 'a1111',
    longPrompt: settings.longPrompt ?? 'chunk',
    model: { id, sha256: await hashModelFolder(folder, { signal: io.signal }), path: dir },
    adapters: [],
    width: settings.size?.width ?? folder.defaults.width,
    height: settings.size?.height ?? folder.defaults.height,
    steps: settings.steps ?? folder.defaults.steps,
    guidanceScale: settings.guidanceScale ?? folder.defaults.guidanceScale,
    guidanceRescale: settings.guidanceRescale ?? 0,
    guidanceInterval: settings.guidanceInterval ?? [0, 1],
    perpendicularNegative: settings.perpendicularNegative ?? 0,
    dynamicThresholding: settings.dynamicThresholding ?? 0,
    sampler: settings.sampler ?? null,
    scheduleType: settings.scheduleType ?? 'Automatic',
    eta: settings.eta ?? 0,
    clipSkip: settings.clipSkip ?? 1,
    seed: settings.seed ?? String(randomInt(2 ** 32)),
    rng: settings.rng ?? 'torch',
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
