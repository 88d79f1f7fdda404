/** The models in memory. One at a time is kept: switching frees the other first, so memory does not grow with models. */
import { isUnchanged, readModelFolder, type ModelFolder } from '../../models';
import type { EditRequest, GenerateRequest } from '../../prompt';
import { physicalCores, type Provider } from '../../runtime';
import { providerReports, settleProvider } from '../providers';
import type { DiffusionError } from '../error';
import { folderAtPrecision, type Precision } from '../precision/folder-at-precision';
import { flowEdit } from '../editing';
import { drawTogether, type DrawHooks, type Drawing } from './draw';
import { LoadedModel, type LoadOptions, type MemoryTier } from './loaded-model';
import type { TileMode } from './tiles';

export interface PipelinesOptions {
  /** Threads within an operator; physical cores unless said. */
  readonly threads?: number;
  /**
   * What computes; the processor unless said. `auto`: the fastest that a probe saw drawing this kind of model here
   * (`easel providers --probe`), for the denoiser and the autoencoder; text encoders are small and stay on the processor, and
   * so does what fails elsewhere. One asked for by name that does not work here is refused.
   */
  readonly provider?: Provider;
  readonly memoryTier?: MemoryTier;
  /** When the autoencoder works in tiles, which costs seams and saves memory: `auto` is for pictures above 1536×1536. */
  readonly tiles?: TileMode;
  /** `fp32` unless said: the same picture on every machine, up to the last digits. Copies in int8 are for the processor. */
  readonly precision?: Precision;
  readonly open?: LoadOptions['open'];
  readonly stepsInGraph?: LoadOptions['stepsInGraph'];
}

export class Pipelines {
  private model: LoadedModel | undefined;
  private precision: 'fp32' | 'int8' = 'fp32';
  /** What `provider` turned out to mean for the model in memory. */
  private settled: Exclude<Provider, 'auto'> | undefined;
  /** The end of the last drawing or unloading: sessions are not safe to use by two at once. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: PipelinesOptions = {}) {}

  /**
   * Draws one picture; a second call waits for the first.
   * Rejects with `DiffusionError`, `ModelError` or `RuntimeError`: one line each, and a `code` as in `EngineError`.
   */
  async draw(request: GenerateRequest, hooks: DrawHooks = {}): Promise<Drawing> {
    return (await this.drawTogether([request], hooks))[0]!;
  }

  /** Draws pictures that `mayDrawTogether`, each the same as alone; in integers, whose scales are one for all rows, one after the other. */
  drawTogether(requests: readonly GenerateRequest[], hooks: DrawHooks = {}): Promise<Drawing[]> {
    return this.pictures(requests[0]!.model, async (model) => {
      if (this.precision !== 'int8') return drawTogether(model, requests, hooks);
      const drawings: Drawing[] = [];
      for (const request of requests) drawings.push(...(await drawTogether(model, [request], hooks)));
      return drawings;
    });
  }

  /** Edits one picture, in turn with the drawings. Rejects as `draw` does. */
  async edit(request: EditRequest, hooks: DrawHooks = {}): Promise<Drawing> {
    return (await this.pictures(request.target.model, async (model) => [await flowEdit(model, request, hooks)]))[0]!;
  }

  /** Lends a model for work that is no drawing (editing, measuring); drawings wait until it is done. */
  use<Result>({ path, id }: Pick<GenerateRequest['model'], 'path' | 'id'>, work: (model: LoadedModel) => Promise<Result>): Promise<Result> {
    return this.inTurn(async () => {
      const model = await this.load(path, id);
      try {
        return await work(model);
      } finally {
        await this.model?.rest();
      }
    });
  }

  /** Pictures that fail where `auto` took them are drawn on the processor, and the next ones too. */
  private pictures(reference: Pick<GenerateRequest['model'], 'path' | 'id'>, work: (model: LoadedModel) => Promise<Drawing[]>): Promise<Drawing[]> {
    return this.use(reference, async (model) => {
      const { settled: provider = 'cpu', options } = this;
      try {
        return await work(model);
      } catch (error) {
        const { code, message: reason } = error as Partial<DiffusionError> & Error;
        if (options.provider !== 'auto' || provider === 'cpu' || code === 'cancelled' || code === 'bad-request') throw error;
        const drawings = await work(await this.open(model.folder, 'cpu'));
        await providerReports().learn(provider, model.folder.kind, { works: false, reason });
        const note = `drawn on the processor, because ${provider} failed: ${reason}; \`easel providers --probe\` tries it again`;
        return drawings.map((drawing) => ({ ...drawing, notes: [...drawing.notes, note] }));
      }
    });
  }

  /** What computes, to be kept beside a picture; it decides nothing about what the picture is. */
  facts(): { runtime?: string; provider: string; threads: number; precision?: 'int8' } {
    const { threads = physicalCores(), provider = 'cpu' } = this.options;
    return { runtime: this.model?.runtime, provider: this.settled ?? (provider === 'auto' ? 'cpu' : provider), threads, ...(this.precision === 'int8' && { precision: this.precision }) };
  }

  /** Folders of the models in memory. */
  loaded(): string[] {
    return this.model ? [this.model.folder.dir] : [];
  }

  /** Frees everything that is not drawing; waits for what is. */
  unload(): Promise<void> {
    return this.inTurn(() => this.free());
  }

  dispose(): Promise<void> {
    return this.unload();
  }

  private async load(dir: string, id: string): Promise<LoadedModel> {
    // A file may be replaced under a model in memory; an id is only a name, but messages use it.
    if (this.model?.folder.dir === dir && this.model.folder.id === id && isUnchanged(this.model.folder)) return this.model;
    const folder = await readModelFolder(dir, id);
    return this.open(folder, await settleProvider(this.options.provider ?? 'cpu', folder.kind));
  }

  private async open(folder: ModelFolder, provider: Exclude<Provider, 'auto'>): Promise<LoadedModel> {
    const { threads = physicalCores(), precision = 'fp32' } = this.options;
    const chosen = await folderAtPrecision(folder, provider === 'cpu' ? precision : 'fp32', threads);
    await this.free();
    this.settled = provider;
    this.precision = chosen.precision;
    return (this.model = new LoadedModel(chosen.folder, { ...this.options, ...(chosen.folder !== folder && { originals: folder.components }), provider, textProvider: this.options.provider === 'auto' ? 'cpu' : provider, memoryTier: this.options.memoryTier ?? 'auto' }));
  }

  private async free(): Promise<void> {
    const { model } = this;
    this.model = undefined;
    await model?.dispose();
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }
}
