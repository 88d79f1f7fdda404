/**
 * Fresh, stale, missing or unknown: what a block's pictures are to what the block says now (design.md). The answer is
 * the same in the editor and on the command line, on CRLF checkouts and on a machine without the model: then names are
 * compared in place of contents, and the model's defaults are taken from the picture itself.
 */
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readPictureMetadata, type EaselRecord } from '../image/metadata';
import { canonicalRequest, effectiveSettings, expand, outputPath, REQUEST_VERSION, type Block, type ExpandContext, type PromptDocument } from '../prompt';
import { differences } from './differences';

export type Freshness = 'fresh' | 'stale' | 'missing' | 'unknown';

export interface PictureState {
  /** Absolute path of the PNG; `null` while a block without a seed puts it into the name and nothing has been drawn. */
  readonly path: string | null;
  readonly state: Freshness;
  /** Why it is not fresh, one line each. */
  readonly reasons: readonly string[];
  /** `false`: the model is not here (or has no hash), so only its name was compared. */
  readonly modelVerified: boolean;
}

export interface BlockState {
  /** The worst of the block's pictures: unknown, then missing, then stale. A block without pictures is fresh. */
  readonly state: Freshness;
  readonly reasons: readonly string[];
  readonly modelVerified: boolean;
  /** Where the block's pictures are or will be. */
  readonly paths: readonly string[];
  readonly pictures: readonly PictureState[];
}

/** The bytes of a picture file; `undefined` if there is none. */
export type ReadPicture = (path: string) => Promise<Uint8Array | undefined>;

/** How bad each state is. */
const ORDER: readonly Freshness[] = ['fresh', 'stale', 'missing', 'unknown'];

/** The state of every picture of a block. Never rejects: what cannot be read is `unknown` and says why. */
export async function blockState(document: PromptDocument, block: Block, context: ExpandContext, readPicture: ReadPicture = readPictureFile): Promise<BlockState> {
  const pictures: PictureState[] = [];
  for (let index = 0; index < block.count; index++) pictures.push(await pictureState(document, block, index, context, readPicture));
  return {
    state: pictures.reduce<Freshness>((worst, { state }) => (ORDER.indexOf(state) > ORDER.indexOf(worst) ? state : worst), 'fresh'),
    reasons: [...new Set(pictures.flatMap(({ reasons }) => reasons))],
    modelVerified: pictures.every(({ modelVerified }) => modelVerified),
    paths: pictures.flatMap(({ path }) => path ?? []),
    pictures,
  };
}

/** Reads a file of pictures; anything but a missing file is the caller's to hear of. */
export async function readPictureFile(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw error;
  }
}

async function pictureState(document: PromptDocument, block: Block, index: number, context: ExpandContext, readPicture: ReadPicture): Promise<PictureState> {
  const place = await placeOf(block, index, context);
  if ('problem' in place) return { path: null, state: 'unknown', reasons: [place.problem], modelVerified: true };
  const { path } = place;
  const answer = (state: Freshness, reasons: string[], modelVerified = true): PictureState => ({ path, state, reasons, modelVerified });
  if (path === null) return answer('missing', ['not drawn yet']);
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readPicture(path);
  } catch (error) {
    return answer('unknown', [`${basename(path)} cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
  if (!bytes) return answer('missing', [`${basename(path)} does not exist`]);
  const { easel, problem } = readPictureMetadata(bytes);
  if (problem !== null) return answer('unknown', [`${basename(path)}: ${problem}`]);
  if (!easel) return answer('unknown', [`${basename(path)} was not written by Easel`]);
  if (easel.request.version !== REQUEST_VERSION) return answer('unknown', [`${basename(path)} answers a request of version ${easel.request.version}; this Easel knows ${REQUEST_VERSION}`]);
  const { requests, diagnostics } = expand(document, block, asDrawn(context, easel, index));
  const request = requests[0];
  if (!request) return answer('unknown', diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message));
  const { reasons, modelVerified } = differences(easel.request, canonicalRequest(request));
  return answer(reasons.length === 0 ? 'fresh' : 'stale', reasons, modelVerified);
}

/** The context in which the picture was drawn: its seed, and if the model is not here, its name and its defaults. */
function asDrawn(context: ExpandContext, { request }: EaselRecord, index: number): ExpandContext {
  const number = (key: string) => (typeof request[key] === 'number' ? request[key] : 0);
  const defaults = { width: number('width'), height: number('height'), steps: number('steps'), guidanceScale: number('guidanceScale') };
  return {
    ...context,
    pinned: { seed: request.seed, index },
    model: (name) => context.model(name) ?? { reference: { id: basename(name), path: name }, defaults },
  };
}

/** A seed no other text of a path contains by chance: the largest. */
const STAND_IN = (2n ** 64n - 1n).toString();

/**
 * Where picture `index` is. A name that holds the seed of a block that leaves it open is only known from the files
 * there: the newest that fits is meant; `null` if there is none.
 */
async function placeOf(block: Block, index: number, context: ExpandContext): Promise<{ path: string | null } | { problem: string }> {
  const { seed } = effectiveSettings(block, Math.floor(index / Math.max(1, picturesPerCell(block))), context.overrides);
  const own = seed == null ? STAND_IN : (BigInt.asUintN(64, BigInt(seed) + BigInt(index % Math.max(1, picturesPerCell(block))))).toString();
  const found = outputPath(block, context, index, own, context.overrides);
  if ('diagnostic' in found) return { problem: found.diagnostic.message };
  if (seed != null || !found.path.includes(STAND_IN)) return found;
  return { path: await newestMatch(found.path) };
}

function picturesPerCell(block: Block): number {
  return block.matrix ? block.count / block.matrix.axes.reduce((cells, { values }) => cells * values.length, 1) : block.count;
}

async function newestMatch(path: string): Promise<string | null> {
  const folder = dirname(path);
  if (folder.includes(STAND_IN)) return null;
  const pattern = new RegExp(`^${basename(path).split(STAND_IN).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('\\d{1,20}')}$`);
  const names = (await readdir(folder).catch((): string[] => [])).filter((name) => pattern.test(name));
  const dated = await Promise.all(names.map(async (name) => ({ name, time: (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? 0 })));
  const newest = dated.sort((a, b) => b.time - a.time)[0];
  return newest ? join(folder, newest.name) : null;
}
