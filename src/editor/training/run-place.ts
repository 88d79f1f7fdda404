/** Where a run lies, what it is asked, and what it is called. */
import { access, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { TRAIN_VERSION, TrainRequest, AdapterName, isInsideRoot, optionsOf, type TrainConfig } from '../../prompt';
import { deepestExisting } from '../../freshness';
import { resolveModel } from '../../models';

const CONFIG = 'train.yaml';

/** Where a root's runs lie. */
export function runsFolder(root: string): string {
  return join(root, '.easel', 'runs');
}

export function configOf(run: string): string {
  return join(run, CONFIG);
}

/** `RUNS/NAME`, or `RUNS/NAME-2` and so on if that is there. */
export async function freeRunFolder(root: string, name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const folder = join(runsFolder(root), number === 1 ? name : `${name}-${number}`);
    if (await access(folder).then(() => false, () => true)) return folder;
  }
}

/** The run of a `train.yaml`: its own folder if that lies among the root's runs, else the one of the config's name. */
export function runOfConfig(root: string, configPath: string, name: string): string {
  const folder = dirname(configPath);
  return dirname(folder) === runsFolder(root) ? folder : join(runsFolder(root), name);
}

/** The complete request. Rejects with one line if the model is unknown, or if the result would lie outside of the root. */
export async function requestOf(root: string, configPath: string, config: TrainConfig): Promise<TrainRequest> {
  const folder = dirname(configPath);
  const model = await resolveModel(config.model, { root });
  const output = config.output === undefined ? join(root, 'adapters', `${config.name}.safetensors`) : resolve(folder, config.output);
  if (!isReallyInside(root, output)) throw new Error(`output: ${output} lies outside ${root}, by its name or by a link; name a file inside it`);
  return {
    version: TRAIN_VERSION,
    method: config.method,
    name: config.name,
    model: { id: model.id, path: model.dir },
    dataset: resolve(folder, config.dataset),
    run: runOfConfig(root, configPath, config.name),
    output,
    root,
    options: optionsOf(config),
  };
}

/** Links resolved, and case where the disk does not tell it apart: it is the disk that is written to. */
function isReallyInside(root: string, path: string): boolean {
  const [real, realRoot] = [deepestExisting(path), deepestExisting(root)];
  return real !== undefined && realRoot !== undefined && isInsideRoot(realRoot, real);
}

/** What a run was asked to do, from its folder; `undefined` if it was never started, or is no run of this version. */
export async function requestIn(run: string): Promise<TrainRequest | undefined> {
  try {
    const request = TrainRequest.parse(JSON.parse(await readFile(join(run, 'request.json'), 'utf8')));
    // A folder that was moved or copied is a run of its own.
    return { ...request, run };
  } catch {
    return undefined;
  }
}

/** A name for what is trained on a folder, such that a prompt can say it. */
export function nameFor(dataset: string): string {
  const name = basename(dataset).normalize('NFC').replace(/[^\p{L}\p{N}_.-]+/gu, '-').replace(/^[^\p{L}_]+/u, '').replace(/[.-]+$/, '').slice(0, 80);
  return AdapterName.safeParse(name).success ? name : 'tokens';
}

/** With forward slashes, as `train.yaml` has it on every system. */
export function relativePath(from: string, to: string): string {
  return relative(from, to).split(sep).join('/') || '.';
}
