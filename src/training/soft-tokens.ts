/**
 * Contrastive soft tokens (SoftREPA, arXiv 2503.08250): a run from its request to its file. One time and one noise for a
 * batch, every picture under every caption, a row softmax over captions; only the bank of tokens changes.
 */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { largestCosine, tokensAt, trainableCount, writeSoftTokens, type SoftTokenProvenance, type SoftTokens } from '../adapters';
import { encodeText } from '../diffusion';
import { latentCount, latentShape } from '../diffusion/pipelines/latent-space';
import { readAdapterCard } from '../models';
import type { TrainRequest } from '../prompt';
import { version } from '../../package.json';
import { bankGradients, newBank, trainablesOf } from './bank';
import type { Batches, BatchRow } from './batches';
import { differencesFrom, readLastCheckpoint, writeCheckpoint, type CheckpointFacts } from './checkpoint';
import { integer, normals } from './counter-random';
import type { CaptionedEntry } from './encoded-data';
import { Encodings } from './encodings';
import { TrainingError } from './error';
import { matchedRanks, mean } from './matched-rank';
import { accumulate, clipGradients, createOptimizer, type Optimizer, type Trainables } from './optimizer';
import { batchesOf, dataPlace, gitRevision, openStep, prepareData, prepareModel, type PreparedData, type PreparedModel } from './prepare';
import { RunFolder } from './run-folder';
import { sampleRequests } from './samples';
import { learningRateAt } from './schedule';
import type { StepResult, StepRunner } from './step-runner';
import type { TrainerOptions, TrainHooks, TrainOutcome } from './trainer';
import { Watch, type Alarm } from './watch';

/** A number of the denoiser in memory, and how much another model of its size needs, with what it computes. */
const BYTES = 4;
const ROOM = 1.5;
/** Batches of held-out pictures, and times, that a validation looks at. */
const VALIDATION_BATCHES = 4;
const VALIDATION_TIMES = [250, 650];

export class SoftTokenTrainer {
  constructor(private readonly options: TrainerOptions) {}

  /** Makes the run, or goes on with it. Rejects with one line; the folder then holds the last checkpoint. */
  async train(request: TrainRequest, hooks: TrainHooks): Promise<TrainOutcome> {
    await mayWrite(request.output);
    const folder = await RunFolder.open(request, (event) => hooks.onEvent(event));
    const run = new Run(request, folder, hooks, this.options);
    try {
      return await run.make();
    } catch (error) {
      await folder.tell({ event: 'failed', step: run.step, message: error instanceof Error ? error.message : String(error) }).catch(() => undefined);
      throw error;
    } finally {
      await run.release();
    }
  }
}

/** A file that is no bank of tokens is somebody's. */
async function mayWrite(output: string): Promise<void> {
  if (!(await stat(output).catch(() => null))) return;
  if ((await readAdapterCard(output))?.method !== 'soft-tokens') throw new TrainingError('not-ours', `${output} is there and is no bank of soft tokens; move it away, or give the run another output`);
}

class Run {
  step = 0;
  private model!: PreparedModel;
  private data!: PreparedData;
  private encodings!: Encodings;
  private runner: StepRunner | undefined;
  private runtime = '';
  private bank!: SoftTokens;
  private trainables!: Trainables;
  private optimizer!: Optimizer;
  private watch!: Watch;
  private batches!: Batches;
  private validation: Batches | null = null;
  private validationLoss: number | null = null;
  private revision: string | null = null;
  private secondsPerStep = 0;
  /** The step of the newest checkpoint on disk; −1: none. */
  private kept = -1;
  private readonly notes: string[] = [];
  private readonly began = Date.now();

  constructor(private readonly request: TrainRequest, private readonly folder: RunFolder, private readonly hooks: TrainHooks, private readonly trainer: TrainerOptions) {}

  async make(): Promise<TrainOutcome> {
    if (!(await this.prepare())) return this.end('stopped');
    const { steps, checkpointEvery, sampleEvery } = this.request.options;
    if (this.step === 0 && sampleEvery > 0) await this.look();
    while (this.step < steps) {
      const orders = await this.boundary();
      if (orders === 'stop') return this.end('stopped');
      if (orders === 'sample') {
        await this.sample();
        continue;
      }
      const alarm = await this.makeStep();
      if (alarm) return this.endBy(alarm);
      if (this.step % checkpointEvery === 0) await this.checkpoint();
      if (sampleEvery > 0 && (this.step % sampleEvery === 0 || this.step === steps)) await this.look();
    }
    return this.end('finished');
  }

  async release(): Promise<void> {
    await this.runner?.release();
  }

  /** False: stopped meanwhile. */
  private async prepare(): Promise<boolean> {
    const { request, folder } = this;
    const tell = (what: 'dataset' | 'model' | 'captions' | 'pictures' | 'graph', done: number, total: number) => folder.tell({ event: 'preparing', step: this.step, what, done, total });
    const goesOn = async () => (await this.boundary()) !== 'stop';
    await tell('dataset', 0, 0);
    this.data = await prepareData(request, () => undefined);
    await tell('model', 0, 0);
    this.model = await prepareModel(request);
    const captions = new Set(this.data.dataset.entries.flatMap(({ caption }) => caption ?? []));
    this.encodings = new Encodings(this.trainer.pipelines, this.modelReference, dataPlace(this.data, this.model, this.trainer.cache), captions);
    this.revision = await gitRevision(request.dataset);
    this.batches = await batchesOf(this.data.training, request, this.model.folder);
    this.validation = await batchesOf(this.data.validation, request, this.model.folder).catch(() => null); // too few: none
    if (!this.validation) this.notes.push('too few held-out captions for a validation batch: none is made');
    if (!(await goesOn())) return false;
    await this.opened();
    await this.begin();
    const needed = this.neededEntries();
    for (const [i, entry] of needed.entries()) {
      if (i % 8 === 0) {
        await tell('pictures', i, needed.length);
        if (!(await goesOn())) return false;
      }
      await this.encodings.latents(entry);
      await this.encodings.caption(entry.caption);
    }
    await this.tellStart();
    return true;
  }

  /** The step's graph, opened again if it was freed for somebody else's model. */
  private async opened(): Promise<StepRunner> {
    if (this.runner) return this.runner;
    await this.folder.tell({ event: 'preparing', step: this.step, what: 'graph', done: 0, total: 0 });
    this.runner = await openStep(this.model, { threads: this.trainer.threads, provider: this.trainer.provider });
    this.runtime = this.runner.runtime;
    return this.runner;
  }

  /** Others draw now: where two models do not fit, the run is kept on disk and its graph freed meanwhile. */
  private async leave(): Promise<void> {
    const { runner, trainer: { freeMemory = () => process.availableMemory() } } = this;
    if (!runner || freeMemory() >= ROOM * BYTES * this.model.parameters) return;
    if (this.bank && this.kept < this.step) await this.checkpoint();
    this.runner = undefined;
    await runner.release();
  }

  /** A new bank, or the last checkpoint's. */
  private async begin(): Promise<void> {
    const { options } = this.request;
    const { layers, width, time, folder } = this.model;
    const published = options.initialization === 'published' && folder.kind === 'sd';
    const start = published ? await this.trainer.pipelines.use(this.modelReference, async (model) => (await encodeText(await model.text(), '', 'prompt', { promptSyntax: 'plain', longPrompt: 'truncate', clipSkip: 1 })).encoding.hidden.slice(0, width)) : undefined;
    this.bank = newBank({ layers, count: options.tokens, width, time }, options.seed, start);
    this.trainables = trainablesOf(this.bank);
    this.optimizer = createOptimizer(this.trainables, options);
    const before = await readLastCheckpoint(this.folder.checkpoints, this.trainables, this.optimizer.state);
    this.watch = new Watch(published, before?.watch);
    if (!before) return;
    this.step = before.step;
    this.kept = before.step;
    this.validationLoss = before.validationLoss;
    this.resumed = differencesFrom(before, this.facts());
  }
  private resumed: string[] | null = null;

  private async tellStart(): Promise<void> {
    const { request: { options, name, run }, data: { dataset, training, validation, fingerprint }, model } = this;
    const { pictures, captions, without } = dataset.counts;
    await this.folder.tell({
      event: 'started', step: this.step, run, name, steps: options.steps,
      dataset: { pictures, captions, without, training: training.length, validation: validation.length, fingerprint },
      trainables: trainableCount(this.bank), modelParameters: model.parameters, blocks: [...model.blocks], threads: this.trainer.threads, runtime: this.runtime,
      revision: this.revision, notes: [...this.notes],
    });
    if (this.resumed) await this.folder.tell({ event: 'resumed', step: this.step, from: 'checkpoint', notes: this.resumed });
    this.notes.push(...(this.resumed ?? []));
  }

  /** What is left to train on, so that a large folder is not encoded for a short run. */
  private neededEntries(): CaptionedEntry[] {
    const { steps, gradientAccumulation } = this.request.options;
    const places = new Set<number>();
    for (let step = this.step; step < steps && places.size < this.data.training.length; step++) {
      for (let part = 0; part < gradientAccumulation; part++) for (const { place } of this.batches.at(step, part)) places.add(place);
    }
    return [...places].sort((a, b) => a - b).map((place) => this.data.training[place]!);
  }

  /** One optimizer step. An alarm comes before anything has changed. */
  private async makeStep(): Promise<Alarm | null> {
    const { options } = this.request;
    const started = performance.now();
    const parts: StepResult[] = [];
    const sum = new Map([...this.trainables].map(([name, { length }]) => [name, new Float32Array(length)]));
    for (let part = 0; part < options.gradientAccumulation; part++) {
      const timestep = integer({ seed: options.seed, step: this.step, purpose: 'timestep', index: part }, 1000);
      const result = await this.pass(this.data.training, this.batches.at(this.step, part), timestep, normals({ seed: options.seed, step: this.step, purpose: 'noise', index: part }, this.latentLength));
      accumulate(sum, bankGradients(this.bank, result.gradient, timestep), 1 / options.gradientAccumulation);
      parts.push(result);
    }
    const loss = mean(parts.map((part) => part.loss));
    const norm = clipGradients(sum, options.gradientClip);
    const tokenCosine = largestCosine(this.bank);
    const learningRate = learningRateAt(this.step, options);
    const alarm = this.watch.look(this.step + 1, { loss, gradientNorm: norm, tokenCosine });
    if (alarm?.kind !== 'nan') {
      this.optimizer.apply(sum, learningRate, this.step + 1);
      this.step += 1;
    }
    const seconds = (performance.now() - started) / 1000;
    this.secondsPerStep = this.secondsPerStep === 0 ? seconds : 0.9 * this.secondsPerStep + 0.1 * seconds;
    const real = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null);
    const matchedRank = options.loss === 'denoising' ? null : mean(parts.flatMap(({ errors }) => matchedRanks(errors, options.batchSize)));
    await this.folder.tell({
      event: 'step', step: this.step, steps: options.steps, loss: real(loss), learningRate, gradientNorm: real(norm), matchedRank: real(matchedRank), tokenCosine: real(tokenCosine),
      secondsPerStep: this.secondsPerStep, etaSeconds: this.secondsPerStep * (options.steps - this.step),
    });
    return alarm;
  }

  private async pass(entries: readonly CaptionedEntry[], rows: readonly BatchRow[], timestep: number, noise: Float32Array): Promise<StepResult> {
    const pictures = await Promise.all(rows.map(({ place }) => this.encodings.latents(entries[place]!)));
    const read = this.request.options.loss === 'denoising' ? 1 : undefined;
    const captions = await Promise.all(rows.map((row) => Promise.all(row.captions.slice(0, read).map((caption) => this.encodings.caption(caption)))));
    return (await this.opened()).run({ pictures, captions, timestep, noise }, tokensAt(this.bank, timestep));
  }

  /** Validation and samples. */
  private async look(): Promise<void> {
    await this.validate();
    await this.sample();
  }

  private async validate(): Promise<void> {
    const { validation, request: { options } } = this;
    if (!validation) return;
    const [losses, ranks]: [number[], number[]] = [[], []];
    for (let batch = 0; batch < VALIDATION_BATCHES; batch++) {
      const rows = validation.at(0, batch);
      const noise = normals({ seed: options.seed, step: 0, purpose: 'validation', index: batch }, this.latentLength);
      const sums = new Float32Array(options.batchSize * (options.loss === 'denoising' ? 1 : options.batchSize));
      for (const timestep of VALIDATION_TIMES) {
        if ((await this.boundary()) === 'stop') return;
        const { loss, errors } = await this.pass(this.data.validation, rows, timestep, noise);
        losses.push(loss);
        errors.forEach((error, i) => (sums[i] = sums[i]! + error));
      }
      if (options.loss !== 'denoising') ranks.push(...matchedRanks(sums, options.batchSize));
    }
    this.validationLoss = mean(losses);
    const accuracy = ranks.length === 0 ? null : ranks.filter((rank) => rank === 1).length / ranks.length;
    await this.folder.tell({ event: 'validation', step: this.step, loss: this.validationLoss, accuracy, matchedRank: ranks.length === 0 ? null : mean(ranks), pictures: VALIDATION_BATCHES * options.batchSize });
  }

  private async sample(): Promise<void> {
    await this.export(this.folder.artefact);
    const entries = this.data.validation.length > 0 ? this.data.validation : this.data.training;
    for (const sample of sampleRequests(this.request, { sha256: this.model.sha256, folder: this.folder, step: this.step, defaults: this.model.folder.defaults, side: this.model.side, captions: entries.map(({ caption }) => caption) })) {
      if ((await this.boundary()) === 'stop') return;
      for (const request of [sample.withTokens, ...((await stat(sample.withoutTokens.output.path).catch(() => null)) ? [] : [sample.withoutTokens])]) await this.trainer.draw(request);
      await this.folder.tell({ event: 'sample', step: this.step, prompt: sample.prompt, seed: sample.withTokens.seed, withTokens: sample.withTokens.output.path, withoutTokens: sample.withoutTokens.output.path });
    }
  }

  private async checkpoint(): Promise<void> {
    const path = await writeCheckpoint(this.folder.checkpoints, this.facts(), this.trainables, this.optimizer.state, this.request.options.keepCheckpoints);
    this.kept = this.step;
    await this.folder.tell({ event: 'checkpoint', step: this.step, path });
  }

  private facts(): CheckpointFacts {
    const { provider = 'auto', threads } = this.trainer;
    return {
      step: this.step, optimizer: this.request.options.optimizer, threads, runtime: this.runtime, provider: provider === 'auto' ? 'cpu' : provider,
      dataset: this.data.fingerprint, watch: this.watch.state, validationLoss: this.validationLoss,
    };
  }

  private async endBy(alarm: Alarm): Promise<TrainOutcome> {
    await this.folder.tell({ event: 'warning', step: this.step, ...alarm });
    this.notes.push(alarm.message);
    if (alarm.kind !== 'nan') {
      const good = await readLastCheckpoint(this.folder.checkpoints, this.trainables, this.optimizer.state);
      if (good) this.step = good.step;
    }
    return this.end('stopped');
  }

  private async end(state: 'finished' | 'stopped'): Promise<TrainOutcome> {
    const path = this.step > 0 && this.bank ? this.request.output : null;
    if (path !== null) {
      if (this.kept < this.step) await this.checkpoint();
      await this.export(this.folder.artefact);
      await mkdir(dirname(path), { recursive: true });
      await this.export(path);
    }
    await this.folder.tell({ event: 'finished', step: this.step, path, state, seconds: (Date.now() - this.began) / 1000 });
    return { state, step: this.step, path, notes: [...this.notes] };
  }

  private async export(path: string): Promise<void> {
    const { request, data: { dataset, fingerprint }, model } = this;
    const provenance: SoftTokenProvenance = {
      version: 1, method: 'soft-tokens', name: request.name, model: { id: request.model.id, sha256: model.sha256 }, blocks: [...model.blocks], time: model.time, options: request.options,
      dataset: { fingerprint, pictures: dataset.counts.pictures, captions: dataset.counts.captions }, revision: this.revision, steps: this.step, validationLoss: this.validationLoss, easel: version,
    };
    await writeSoftTokens(path, { soft: this.bank, provenance });
  }

  private boundary() {
    return this.hooks.boundary({
      tell: (what) => this.folder.tell(what === 'paused' ? { event: 'paused', step: this.step } : { event: 'resumed', step: this.step, from: 'memory', notes: [] }),
      leave: () => this.leave(),
    });
  }

  private get modelReference() {
    return { path: this.model.folder.dir, id: this.model.folder.id };
  }

  private get latentLength(): number {
    const { folder, side } = this.model;
    return latentCount(latentShape(folder, { width: side, height: side }));
  }
}
