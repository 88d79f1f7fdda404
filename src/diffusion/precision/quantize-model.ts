/**
 * A copy of a model for this machine: layers in 8-bit integers where that is measured to pay and the pictures stay close,
 * or weights in half precision for size. Nothing is called better that was not measured to be.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { derivedRecord, hashModelFolder, readModelFolder, type ComponentName, type DerivedRecord, type ModelFolder } from '../../models';
import { readModel } from '../../onnx';
import { halveWeights, type Layer, type WeightBits } from '../../onnx/quantize';
import { physicalCores, processor, runtimeName } from '../../runtime';
import { DiffusionError } from '../error';
import { draw, type DrawHooks } from '../pipelines/draw';
import { calibrationRequests } from './calibration';
import { chooseLayers } from './choose-layers';
import { compareDrawings, median } from './compare-drawings';
import { appearWhole, copyRest } from './copy-folder';
import { observeLayers, type ObservedLayer } from './layer-errors';
import { measureGains, pays } from './layer-gains';
import { measureCopy, type Measured } from './measure-copy';
import { modelWith, readPartGraphs, writeGraph, writePartGraphs, type PartFiles, type PartGraph } from './part-graphs';
import { whyNotBetter } from './verdict';

export interface QuantizeOptions {
  readonly precision: 'int8' | 'fp16';
  /**
   * Difference of the middle picture, of full scale, up to which layers are rounded. The middle one, because now and then a
   * drawing takes another turn altogether: the smallest change does that, and no layer in fp32 prevents it (measured).
   */
  readonly keepError: number;
  /** Without measuring every layer is rounded, and nothing is refused. */
  readonly measure: boolean;
  /** Steps of the pictures by which it is judged; the model's own number unless said. */
  readonly steps?: number;
  /** How many of them. */
  readonly pictures: number;
  readonly threads?: number;
  /** 7 or 8; what the processor adds up exactly unless said. */
  readonly weightBits?: WeightBits;
  readonly signal?: AbortSignal;
  readonly yieldNow?: () => Promise<void>;
  /** What is being done, for a status line. */
  onProgress?(text: string): void;
}

export interface QuantizeResult {
  /** Whether the copy is there; if not, `reason` says in a line why the original is kept. */
  readonly written: boolean;
  readonly reason?: string;
  readonly record: DerivedRecord;
  /** Things worth telling, one line each. */
  readonly notes: readonly string[];
}

/** Drawings by which layers are chosen, and steps of the one in which they are watched. */
const CHOOSING = 5;
const WATCHED_STEPS = 4;

/**
 * Writes the copy of the model in `dir` to `target`, under a temporary name and whole or not at all.
 * Rejects with `DiffusionError`, `ModelError` or `OnnxError` in one line; `cancelled` if the signal aborts.
 * @param target an absolute path; a function gets the original's hash and may choose by it
 */
export async function quantizeModel(dir: string, id: string, target: (of: Pick<DerivedRecord, 'runtime' | 'processor' | 'threads'> & { sha256: string }) => { dir: string; replaces: boolean }, options: QuantizeOptions): Promise<QuantizeResult> {
  const folder = await readModelFolder(dir, id);
  const before = derivedRecord(folder);
  if (before) throw new DiffusionError('bad-request', `${dir} is an ${before.precision} copy itself; give the original, ${before.from.id}`);
  options.onProgress?.('reading the model');
  const sha256 = await hashModelFolder(folder, { signal: options.signal });
  const machine = { runtime: await runtimeName(), processor: processor().name, threads: options.threads ?? physicalCores() };
  const place = target({ ...machine, sha256 });
  const job = new QuantizeJob(folder, { precision: options.precision, from: { id, sha256 }, ...machine }, options);
  const written = await appearWhole(place.dir, place.replaces, (temporary) => job.run(temporary));
  return { written, record: job.record, notes: job.notes, ...(job.reason !== undefined && { reason: job.reason }) };
}

class QuantizeJob {
  reason: string | undefined;
  readonly notes: string[] = [];
  private readonly hooks: DrawHooks;
  private readonly threads: number;

  constructor(private readonly folder: ModelFolder, public record: DerivedRecord, private readonly options: QuantizeOptions) {
    this.hooks = { signal: options.signal, yieldNow: options.yieldNow };
    this.threads = record.threads;
  }

  /** Fills `dir`; true if the copy is to be kept. */
  async run(dir: string): Promise<boolean> {
    return this.options.precision === 'fp16' ? this.halve(dir) : this.round(dir);
  }

  private async round(dir: string): Promise<boolean> {
    const bits = this.options.weightBits ?? (processor().exactInt8 ? 8 : 7);
    if (bits === 7) this.notes.push('weights have 7 bits: this processor adds pairs of 8-bit products in 16 bits, which would saturate');
    const parts = await readPartGraphs(this.folder);
    const all = parts.reduce((sum, { layers }) => sum + layers.length, 0);
    const scratch = join(dir, 'scratch');
    await mkdir(scratch);
    const chosen = this.options.measure ? await this.choose(parts, bits, scratch) : new Set(parts.flatMap(({ layers }) => layers));
    await rm(scratch, { recursive: true });
    this.record = { ...this.record, weightBits: bits, layers: { quantized: chosen?.size ?? 0, all } };
    if (!chosen) return false;
    await this.say('writing the copy');
    const files = await writePartGraphs(parts, dir, bits, (layer) => chosen.has(layer));
    const refusal = this.options.measure ? whyNotBetter(await this.judge(files), this.options.keepError) : undefined;
    if (refusal !== undefined) return this.refuse(refusal);
    await copyRest(this.folder, parts.map(({ model }) => model), dir, this.record);
    return true;
  }

  private async halve(dir: string): Promise<boolean> {
    const files: Partial<Record<ComponentName, string>> = {};
    const models = [];
    for (const [part, { file }] of Object.entries(this.folder.components) as [ComponentName, { file: string }][]) {
      await this.say(`halving ${part}`);
      const model = await readModel(file);
      models.push(model);
      files[part] = await writeGraph(halveWeights(model), dir, part);
    }
    if (this.options.measure) await this.judge(files);
    await copyRest(this.folder, models, dir, this.record);
    return true;
  }

  /** Layers that pay and keep the picture; none is a refusal. */
  private async choose(parts: readonly PartGraph[], bits: WeightBits, scratch: string): Promise<ReadonlySet<Layer> | undefined> {
    const steps = this.steps();
    const requests = await calibrationRequests(this.folder, { count: CHOOSING, steps, firstSeed: 1001 });
    await this.say('watching every layer in a drawing');
    const observed = await observeLayers(this.folder, parts, { ...requests[0]!, steps: Math.min(WATCHED_STEPS, steps) }, bits, join(scratch, 'watched'), { threads: this.threads, ...this.hooks });
    await rm(join(scratch, 'watched'), { recursive: true, force: true });
    const gains = await measureGains(parts, observed, bits, scratch, { threads: this.threads, checkpoint: (done) => this.say(`timing layer ${done + 1} of ${observed.length}`) });
    const candidates = observed.filter((_, i) => gains[i] && pays(gains[i]));
    if (candidates.length === 0) {
      this.refuse('kept fp32: no layer was faster in int8');
      return undefined;
    }
    const choice = await this.search(parts, candidates, requests, bits, scratch);
    if (!choice) {
      this.refuse(`kept fp32: int8 pictures differ by more than ${this.options.keepError} of full scale; allow more with --keep-error`);
      return undefined;
    }
    const kept = candidates.length - choice.chosen.length;
    this.notes.push(`${choice.chosen.length} of ${observed.length} layers in int8; ${observed.length - candidates.length} gain nothing, ${kept} kept in fp32 for the picture`);
    return new Set(choice.chosen.map(({ layer }) => layer));
  }

  private async search(parts: readonly PartGraph[], candidates: readonly ObservedLayer[], requests: Awaited<ReturnType<typeof calibrationRequests>>, bits: WeightBits, scratch: string) {
    const original = modelWith(this.folder, {}, { threads: this.threads });
    const references: Awaited<ReturnType<typeof draw>>[] = [];
    try {
      for (const request of requests) {
        await this.say(`drawing original ${references.length + 1} of ${requests.length}`);
        references.push(await draw(original, request, this.hooks));
      }
    } finally {
      await original.dispose();
    }
    return chooseLayers(candidates, this.options.keepError, async (chosen) => {
      await this.say(`trying ${chosen.length} layers in int8`);
      const rounds = new Set(chosen.map(({ layer }) => layer));
      const files = await writePartGraphs(parts, join(scratch, 'tried'), bits, (layer) => rounds.has(layer));
      const copy = modelWith(this.folder, files, { threads: this.threads });
      try {
        const errors: number[] = [];
        for (const [i, request] of requests.entries()) errors.push(compareDrawings(references[i]!, await draw(copy, request, this.hooks)).picture);
        return median(errors);
      } finally {
        await copy.dispose();
        await rm(join(scratch, 'tried'), { recursive: true });
      }
    });
  }

  /** Draws with both and keeps what was measured. */
  private async judge(files: PartFiles): Promise<Measured> {
    const requests = await calibrationRequests(this.folder, { count: this.options.pictures, steps: this.steps() });
    const [original, copy] = [modelWith(this.folder, {}, { threads: this.threads }), modelWith(this.folder, files, { threads: this.threads })];
    try {
      const measured = await measureCopy(original, copy, requests, this.hooks, (done) => this.options.onProgress?.(`comparing pictures: ${done + 1} of ${requests.length}`));
      this.record = { ...this.record, ...measured };
      return measured;
    } finally {
      await original.dispose();
      await copy.dispose();
    }
  }

  private steps(): number {
    return this.options.steps ?? this.folder.defaults.steps;
  }

  private refuse(reason: string): false {
    this.reason = reason;
    return false;
  }

  /** Between any two pieces of work: tells what comes, and ends here if it was cancelled. */
  private async say(text: string): Promise<void> {
    this.options.onProgress?.(text);
    await this.options.yieldNow?.();
    if (this.options.signal?.aborted) throw new DiffusionError('cancelled', 'interrupted; nothing was written');
  }
}
