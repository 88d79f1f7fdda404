/**
 * Which models exist here: the shipped one, and those a person added. A prompt file may name these, or a folder inside
 * its root; a folder anywhere else is reached only through what a person registered or typed.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { easelHome } from './easel-home';
import { EMBEDDED_MODEL, embeddedModelFolder } from './embedded';
import { ModelError, UnknownModelError } from './error';
import { readModelFolder } from './model-folder';

/** A model that can be drawn with: the name a prompt uses, and its folder. */
export interface InstalledModel {
  readonly id: string;
  /** Absolute. */
  readonly dir: string;
  readonly source: 'embedded' | 'registered' | 'path';
}

export interface RegistryOptions {
  /** `models.json` in the user's own folder unless said. */
  readonly registryFile?: string;
}

const Name = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,79}$/u, 'a model name is letters, digits, ".", "_" and "-"');
const Registry = z.strictObject({ models: z.record(Name, z.strictObject({ path: z.string().min(1) })) });

/** Every known model, the shipped one first, then by name. Folders that have gone are listed too: opening one says so. */
export async function listModels(options: RegistryOptions = {}): Promise<InstalledModel[]> {
  const embedded = embeddedModelFolder();
  const { models } = await readRegistry(options);
  const registered = Object.entries(models)
    .filter(([id]) => id !== EMBEDDED_MODEL || embedded === undefined)
    .map(([id, { path }]): InstalledModel => ({ id, dir: path, source: 'registered' }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  return embedded === undefined ? registered : [{ id: EMBEDDED_MODEL, dir: embedded, source: 'embedded' }, ...registered];
}

/**
 * The model a prompt means by `nameOrPath`: a known name, else a folder relative to `root`.
 * Throws `UnknownModelError` if there is neither, `ModelError` if the folder's real path leaves `root` (`anywhere` lifts that for a
 * path that a person typed on the command line).
 */
export async function resolveModel(
  nameOrPath: string,
  options: RegistryOptions & { root: string; anywhere?: boolean },
): Promise<InstalledModel> {
  const models = await listModels(options);
  const known = models.find(({ id }) => id === nameOrPath);
  if (known) return known;
  const dir = resolve(options.root, nameOrPath);
  const real = await realpath(dir).catch(() => undefined);
  if (real === undefined) {
    throw new UnknownModelError(`there is no model "${nameOrPath}"; known models: ${models.map(({ id }) => id).join(', ') || 'none'}. Use one of these, a folder inside ${options.root}, or \`easel models add\``);
  }
  if (!options.anywhere && !isInside(await realpath(options.root), real)) {
    throw new ModelError(`the model folder ${dir} lies outside ${options.root}; register it with \`easel models add\` to use it`);
  }
  return { id: basename(dir), dir, source: 'path' };
}

/** Registers a folder after reading it, so that a wrong one is refused now. Returns what was registered. Throws `UnknownModelError` for a name that cannot be one and a folder that is not there. */
export async function addModel(dir: string, options: RegistryOptions & { name?: string } = {}): Promise<InstalledModel> {
  const path = await realpath(resolve(dir)).catch(() => undefined);
  if (path === undefined) throw new UnknownModelError(`there is no folder ${resolve(dir)}; check the name`);
  const name = Name.safeParse(options.name ?? basename(path));
  if (!name.success) throw new UnknownModelError(`"${options.name ?? basename(path)}" cannot be a model's name: ${name.error.issues[0]?.message}; choose one with --name`);
  await readModelFolder(path, name.data);
  const registry = await readRegistry(options);
  registry.models[name.data] = { path };
  await writeRegistry(registry, options);
  return { id: name.data, dir: path, source: 'registered' };
}

/** Forgets a registered model; its folder stays. Throws `UnknownModelError` for a name that is not registered. */
export async function removeModel(name: string, options: RegistryOptions = {}): Promise<void> {
  const registry = await readRegistry(options);
  if (!Object.hasOwn(registry.models, name)) throw new UnknownModelError(`no model is registered as "${name}"; see \`easel models list\``);
  delete registry.models[name];
  await writeRegistry(registry, options);
}

async function readRegistry(options: RegistryOptions): Promise<z.infer<typeof Registry>> {
  const file = registryFile(options);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new ModelError(`cannot read ${file}: ${error.message}`, { cause: error });
  });
  if (text === undefined) return { models: {} };
  try {
    return Registry.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ') : (error as Error).message;
    throw new ModelError(`${file} is damaged (${why}); correct it, or delete it to start afresh`, { cause: error });
  }
}

async function writeRegistry(registry: z.infer<typeof Registry>, options: RegistryOptions): Promise<void> {
  const file = registryFile(options);
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(temporary, `${JSON.stringify(registry, null, 2)}\n`);
    await rename(temporary, file);
  } catch (error) {
    throw new ModelError(`cannot write ${file}: ${(error as Error).message}`, { cause: error });
  }
}

function registryFile(options: RegistryOptions): string {
  return options.registryFile ?? join(easelHome(), 'models.json');
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (!/^\.\.(?:[\\/]|$)/.test(way) && !isAbsolute(way));
}
