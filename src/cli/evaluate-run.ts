/** What `easel evaluate` does. Loaded when the command runs, because it brings the engine with it. */
import { relative, resolve } from 'node:path';
import { readModelFolder, resolveModel } from '../models';
import { DEFAULT_MODEL, EMOJI_SPLITS, EvaluateRequest, SPLITS } from '../prompt';
import { adapterFromFlag } from './adapter-flag';
import type { EvaluateFlags, PicturesFlags, RetrievalFlags } from './evaluate';
import { CliError, EXIT, type ExitCode, type Io } from './io';
import { withEngine } from './with-engine';

export async function evaluateIcons(flags: PicturesFlags, io: Io): Promise<ExitCode> {
  return run(flags, io, { suite: 'icons', ...pictures(flags, SPLITS) });
}

export async function evaluateEmoji(flags: PicturesFlags, io: Io): Promise<ExitCode> {
  return run(flags, io, { suite: 'emoji', ...pictures(flags, EMOJI_SPLITS) });
}

export async function evaluateRetrieval(flags: RetrievalFlags, io: Io): Promise<ExitCode> {
  const { dataset, pictures, captions, hard = false, grid, seed } = flags;
  return run(flags, io, {
    suite: 'retrieval', dataset: resolve(io.cwd, dataset), pictures: pictures === undefined ? null : number(pictures), captions: number(captions), hard, grid: number(grid), seed: number(seed),
  });
}

function pictures({ splits, prompts, seeds, distinct, steps, cfg, size, pooled }: PicturesFlags, all: readonly string[]): Record<string, unknown> {
  return {
    splits: splits === undefined ? all : splits.split(',').map((name) => name.trim()),
    prompts: number(prompts), seeds: number(seeds), distinct: number(distinct),
    steps: steps === undefined ? null : number(steps),
    guidanceScale: cfg === undefined ? null : number(cfg),
    side: size === undefined ? null : number(size),
    pooled,
  };
}

/** No number where nothing is said: `--cfg "$UNSET"` is a mistake, not 0. */
function number(said: string): number {
  return said.trim() === '' ? NaN : Number(said);
}

/** Fields of a request whose flag is called otherwise. */
const FLAGS: Readonly<Record<string, string>> = { guidanceScale: 'cfg', side: 'size', adapters: 'adapter' };

async function run(flags: EvaluateFlags, io: Io, suite: Record<string, unknown>): Promise<ExitCode> {
  const { id, dir } = await resolveModel(flags.model ?? DEFAULT_MODEL, { root: io.cwd, anywhere: true });
  await readModelFolder(dir, id); // a folder that is none is told before anything is opened
  const parsed = EvaluateRequest.safeParse({
    ...suite,
    model: { id, path: dir },
    adapters: (flags.adapter ?? []).map((given) => adapterFromFlag(given, io.cwd)),
    folder: flags.output === undefined ? null : resolve(io.cwd, flags.output),
  });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = String(issue?.path[0] ?? 'flags');
    throw new CliError(EXIT.wrongUse, `--${FLAGS[field] ?? field}: ${issue?.message ?? 'not valid'}`);
  }
  const result = await withEngine(flags, (engine) =>
    engine.evaluate(parsed.data, {
      signal: io.signal,
      onProgress: ({ phase, step, steps, heldBy }) => io.status(phase === 'waiting' ? `waiting${heldBy === undefined ? '' : ` for ${heldBy}`}` : `${step} of ${steps}`),
    }),
  ).finally(() => io.status(''));
  io.out(flags.json ? JSON.stringify(result.report) : result.text.trimEnd());
  for (const file of result.files) io.err(relative(io.cwd, file) || file);
  return EXIT.done;
}
