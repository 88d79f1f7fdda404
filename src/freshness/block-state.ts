/**
 * Fresh, stale, missing or unknown: what a block's pictures are to what the block says now (design.md). The answer is
 * the same in the editor and on the command line, on CRLF checkouts and on a machine without the model: then names are
 * compared in place of contents, and the model's defaults are taken from the picture itself.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { readPictureMetadata, type EaselRecord } from '../image/metadata';
import { canonicalRequest, effectiveSettings, expand, MAX_PICTURES, multiplicity, outputPath, REQUEST_VERSION, seedPlus, type Block, type ExpandContext, type PromptDocument } from '../prompt';
import { differences } from './differences';
import { remembered } from './remembered';
import { seedsThere, STAND_IN } from './seeds-there';

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
  const { cells, count } = multiplicity(block, context.overrides);
  const files = new Files(readPicture);
  const pictures: PictureState[] = [];
  for (let index = 0; index < Math.min(cells * count, MAX_PICTURES); index++) pictures.push(await pictureState(document, block, index, context, files));
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

/** What a picture file says of itself, or one line that says why nothing can be told; `undefined` if there is none. */
type Look = { readonly record: EaselRecord } | { readonly problem: string } | undefined;

/** The files that a block's pictures may be, each looked at once. */
class Files {
  private readonly looks = new Map<string, Promise<Look>>();
  private readonly listed = new Map<string, Promise<string[]>>();

  constructor(private readonly readPicture: ReadPicture) {}

  look(path: string): Promise<Look> {
    return remembered(this.looks, path, () => this.read(path));
  }

  /** Those that a path with `STAND_IN` in it may mean, newest first, and last what is not there; `at` is the path with a seed in its place. */
  newestFirst(path: string, at: (seed: string) => string | undefined): Promise<string[]> {
    return remembered(this.listed, path, async () => {
      const paths = (await seedsThere(path)).flatMap((seed) => at(seed) ?? []);
      const dated = await Promise.all(paths.map(async (one) => ({ path: one, time: (await stat(one).catch(() => undefined))?.mtimeMs ?? 0 })));
      return dated.sort((a, b) => b.time - a.time).map((one) => one.path);
    });
  }

  private async read(path: string): Promise<Look> {
    try {
      const bytes = await this.readPicture(path);
      if (!bytes) return undefined;
      const { easel, problem } = readPictureMetadata(bytes);
      if (problem !== null) return { problem: `${basename(path)}: ${problem}` };
      return easel ? { record: easel } : { problem: `${basename(path)} was not written by Easel` };
    } catch (error) {
      return { problem: `${basename(path)} cannot be read: ${error instanceof Error ? error.message : String(error)}` };
    }
  }
}

async function pictureState(document: PromptDocument, block: Block, index: number, context: ExpandContext, files: Files): Promise<PictureState> {
  const place = await placeOf(block, index, context, files);
  if ('problem' in place) return { path: null, state: 'unknown', reasons: [place.problem], modelVerified: true };
  const { path } = place;
  const answer = (state: Freshness, reasons: string[], modelVerified = true): PictureState => ({ path, state, reasons, modelVerified });
  if (path === null) return answer('missing', ['not drawn yet']);
  const look = await files.look(path);
  if (!look) return answer('missing', [`${basename(path)} does not exist`]);
  if ('problem' in look) return answer('unknown', [look.problem]);
  const { record: easel } = look;
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
  const named = new Set([request['adapters']].flat().map((adapter) => (typeof adapter === 'object' && adapter !== null && 'id' in adapter ? adapter.id : undefined)));
  const defaults = { width: number('width'), height: number('height'), steps: number('steps'), guidanceScale: number('guidanceScale') };
  return {
    ...context,
    pinned: { seed: request.seed, index },
    model: (name) => context.model(name) ?? { reference: { id: basename(name), path: name }, defaults },
    // A model that is not here may have brought adapters of its own.
    adapter: (name, model) => context.adapter(name, model) ?? (model?.sha256 === undefined && named.has(name) ? { id: name, path: name } : undefined),
  };
}

/**
 * Where picture `index` is. A name that holds the seed of a block that leaves it open is only known from the files
 * there: the newest that fits and is not another picture of the block is meant; `null` if there is none.
 */
async function placeOf(block: Block, index: number, context: ExpandContext, files: Files): Promise<{ path: string | null } | { problem: string }> {
  const { count } = multiplicity(block, context.overrides);
  const { seed } = effectiveSettings(block, Math.floor(index / count), context.overrides);
  const at = (own: string) => outputPath(block, context, index, own, context.overrides);
  const found = at(seed == null ? STAND_IN : seedPlus(seed, index % count));
  if ('diagnostic' in found) return { problem: found.diagnostic.message };
  if (seed != null || !found.path.includes(STAND_IN)) return found;
  const pathAt = (own: string) => {
    const place = at(own); // asked anew, because a folder that is named by a seed may be a link out of the root
    return 'path' in place ? place.path : undefined;
  };
  for (const path of await files.newestFirst(found.path, pathAt)) {
    const look = await files.look(path);
    if (look && ('problem' in look || look.record.request.index === index)) return { path };
  }
  return { path: null };
}
