/** Everything a run needs before its first step: the captioned pictures, the model's places for tokens, the step's graph. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { chooseBlocks, tokenPlaces, type TimeEmbedding } from '../adapters';
import { fingerprintDataset, readDataset, splitDataset, type Dataset } from '../dataset';
import { noisingOf } from '../diffusion/noising';
import { latentShape } from '../diffusion/pipelines/latent-space';
import { hashModelFolder, knownConcepts, readModelFolder, type ModelFolder } from '../models';
import { elementCount, isFloat, readModel } from '../onnx';
import type { TrainRequest } from '../prompt';
import type { SessionOptions } from '../runtime';
import { Batches } from './batches';
import type { CaptionedEntry, DataPlace } from './encoded-data';
import { TrainingError } from './error';
import type { LossOptions } from './losses';
import { StepRunner } from './step-runner';

export interface PreparedData {
  readonly dataset: Dataset;
  readonly fingerprint: string;
  readonly training: readonly CaptionedEntry[];
  readonly validation: readonly CaptionedEntry[];
}

/** Reads, fingerprints and splits. Throws `TrainingError` or `DatasetError`. */
export async function prepareData({ dataset: folder, options }: TrainRequest, onProgress: (done: number, total: number) => void): Promise<PreparedData> {
  const dataset = await readDataset(folder);
  const captioned = dataset.entries.filter((entry): entry is CaptionedEntry => entry.caption !== null && entry.caption !== '');
  if (captioned.length === 0) throw new TrainingError('bad-request', `${folder} has no picture with a caption; write x.txt beside x.png, or a metadata.jsonl`);
  const fingerprint = await fingerprintDataset(dataset, { onProgress: ({ done, total }) => onProgress(done, total) });
  const { training, validation } = splitDataset(captioned, { seed: options.seed, fractions: { training: 1 - options.validationShare, validation: options.validationShare } });
  return { dataset, fingerprint, training, validation };
}

export interface PreparedModel {
  readonly folder: ModelFolder;
  readonly sha256: string;
  readonly file: string;
  readonly blocks: readonly string[];
  readonly layers: number;
  readonly width: number;
  /** Numbers in the denoiser. */
  readonly parameters: number;
  readonly time: TimeEmbedding;
  readonly loss: LossOptions;
  readonly side: number;
}

/** A denoiser with more numbers than this is shown one picture's captions at a time: the whole error matrix would not fit. */
const LARGE = 200e6;

/** Reads the model and settles every `auto`. Throws `TrainingError`, `ModelError` or `AdapterError`. */
export async function prepareModel({ model, options }: TrainRequest): Promise<PreparedModel> {
  const folder = await readModelFolder(model.path, model.id);
  const denoiser = folder.components.unet ?? folder.components.transformer;
  if (!denoiser) throw new TrainingError('bad-model', `${folder.dir} has no denoiser; fetch the model again`);
  const graph = await readModel(denoiser.file);
  const places = tokenPlaces(graph);
  const unet = places.kind === 'cross';
  const blocks = chooseBlocks(places, options.blocks === 'auto' && folder.kind === 'sdxl' ? 'down+mid' : options.blocks);
  if (blocks.length === 0) throw new TrainingError('bad-model', `${denoiser.file} reads its text in none of the blocks that "${options.blocks}" means; choose others with blocks:`);
  if (options.loss === 'soft-rank' && options.batchSize < 3) throw new TrainingError('bad-request', 'loss: soft-rank compares captions by their spread, which needs batchSize: 3 or more');
  const parameters = [...graph.graph.initializers.values()].filter(({ dtype }) => isFloat(dtype)).reduce((sum, { dims }) => sum + elementCount(dims), 0);
  const pictures = options.picturesPerPass !== 'auto' ? options.picturesPerPass : parameters > LARGE ? 1 : options.batchSize;
  if (options.batchSize % pictures !== 0) throw new TrainingError('bad-request', `picturesPerPass: ${pictures} does not divide batchSize: ${options.batchSize}; choose one that does`);
  return {
    folder, sha256: await hashModelFolder(folder), file: denoiser.file, blocks, layers: unet ? 1 : blocks.length, width: places.width,
    parameters,
    time: options.timeEmbedding !== 'auto' ? options.timeEmbedding : folder.kind === 'sd3' ? 'buckets' : 'smooth',
    loss: { loss: options.loss, batchSize: options.batchSize, pictures, temperature: options.temperature, scale: options.scale, denoisingWeight: options.denoisingWeight !== 'auto' ? options.denoisingWeight : unet ? 10 : 0 },
    side: options.resolution === 'auto' ? folder.defaults.width : options.resolution,
  };
}

export function openStep({ folder, file, blocks, loss, side }: PreparedModel, options: SessionOptions): Promise<StepRunner> {
  const size = { width: side, height: side };
  return StepRunner.open({ file, blocks, loss, noising: noisingOf(folder), shape: latentShape(folder, size), size }, options);
}

export async function batchesOf(entries: readonly CaptionedEntry[], { options }: TrainRequest, folder: ModelFolder, seed = options.seed): Promise<Batches> {
  const known = options.hardNegatives ? await knownConcepts(folder) : undefined;
  const concepts = known?.concepts.map(({ name, synonyms }) => [name, ...synonyms]) ?? [];
  return new Batches(entries, { batchSize: options.batchSize, seed, hardNegatives: options.hardNegatives, concepts });
}

export function dataPlace({ dataset }: PreparedData, { sha256, side }: PreparedModel, cache?: string): DataPlace {
  return { root: dataset.root, model: sha256, side, cache };
}

/** The Git revision of the dataset's repository, `-dirty` if the dataset has changes; `null` outside of one. */
export async function gitRevision(folder: string): Promise<string | null> {
  const git = (...args: string[]) => promisify(execFile)('git', ['-C', folder, ...args], { timeout: 10_000 }).then(({ stdout }) => stdout.trim());
  try {
    const revision = await git('rev-parse', 'HEAD');
    return (await git('status', '--porcelain', '--', '.')) === '' ? revision : `${revision}-dirty`;
  } catch {
    return null;
  }
}
