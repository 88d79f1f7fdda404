/** A model folder in memory: its graphs, opened when a picture first needs them and freed as the memory tier says. */
import type { LoraPart } from '../../adapters';
import type { ComponentConfig, ComponentName, ModelFolder } from '../../models';
import { readModel } from '../../onnx';
import { openSession, type Session, type SessionOptions } from '../../runtime';
import { loadTokenizer } from '../../tokenizer';
import { DiffusionError } from '../error';
import { knownTexts, TextEncoder, type TextModel } from '../text';
import { Decoder, Encoder } from './autoencoder';
import { ChangedGraphs } from './changed-graphs';
import { Denoiser, latentsOf, unknownInputs } from './denoiser';
import { denoiserGraph } from './denoiser-graph';
import { fusedGraph } from './fused-graph';
import { openInParts } from './graph-in-parts';
import { latentChannels } from './latent-channels';
import type { LatentShape, Size } from './latent-space';
import { averaged } from './planes';
import { encoderWithNoiseInput } from './sampled-encoder';
import type { Injection } from './requested-adapters';
import type { TileMode } from './tiles';
import { unreadInputs } from './unread-inputs';
import { openWide } from './wide-decoder';

/**
 * What stays in memory between pictures. `auto`: everything, but of a denoiser of more than 1 GiB on the processor one half;
 * `keep-all`: everything; `keep-text-encoder`: only the text encoders; `unload`: nothing, each part is freed before the next is
 * opened. What of such a denoiser does not stay goes through memory in parts at every step, and so does all of it under `unload`
 * (the same picture up to the last digits: kernels without weights laid out beforehand add up otherwise).
 */
export const MEMORY_TIERS = ['auto', 'keep-all', 'keep-text-encoder', 'unload'] as const;
export type MemoryTier = (typeof MEMORY_TIERS)[number];

export interface LoadOptions extends Pick<SessionOptions, 'provider' | 'threads'> {
  readonly memoryTier: MemoryTier;
  /** For the text encoders; `provider` unless said. */
  readonly textProvider?: SessionOptions['provider'];
  /** When the autoencoder works in tiles; `auto` unless said. */
  readonly tiles?: TileMode;
  /** The denoiser's graph takes the scheduler's steps, where it can; unless said, on WebGPU alone, where latents then stay on the device. */
  readonly stepsInGraph?: boolean;
  /** Bytes of weights from which a denoiser goes through memory in parts, under tiers that do so; 1 GiB unless said. */
  readonly largeBytes?: number;
  /** The graphs that the folder's own were derived from, if they were: a LoRA is added to those. */
  readonly originals?: ModelFolder['components'];
  /** How a part's graph is opened, for whoever wants to look at what goes through it. */
  readonly open?: (part: ComponentName, file: string, options: SessionOptions) => Promise<Session>;
}

/** The diffusers script exports graphs without their configurations. */
const NO_CONFIG: ComponentConfig = {};

const TEXT_ENCODERS = ['text_encoder', 'text_encoder_2', 'text_encoder_3'] as const;

type Stage = 'text' | 'denoiser' | 'decoder';

export class LoadedModel {
  /** The library that runs the graphs, once one is open. */
  runtime: string | undefined;
  /** What is worth telling with every picture that it draws, one line each. */
  readonly notes = new Set<string>();
  private readonly sessions = new Map<ComponentName, Session>();
  private textModel: TextModel | undefined;
  private openDenoiser: Denoiser | undefined;
  /** The denoiser's graph is one for sides that do not halve evenly. */
  private unevenSides = false;
  /** The decoder in float32, where half floats overflowed. */
  private wideDecoder: Session | null | undefined;
  /** The parts whose turn comes late could be opened, under a tier that keeps nothing for them. */
  private latePartsOpen = false;
  /** The graphs under the adapters that were used last. */
  private changed: { key: string; graphs: ChangedGraphs } | undefined;

  constructor(
    readonly folder: ModelFolder,
    private readonly options: LoadOptions,
  ) {}

  /**
   * Opens what the first stages need, so that a bad part is told before anything is computed: all parts, unless the tier
   * says that they do not fit together. Then those whose turn comes later are opened once, each by itself.
   * @param shape the latents that are to be drawn
   */
  async open(shape: LatentShape, checkpoint: () => Promise<void>, injection?: Injection): Promise<void> {
    await this.takeSidesOf(shape);
    const opensLate = this.options.memoryTier === 'unload';
    if (opensLate) await this.tryLateParts(checkpoint);
    await this.text(injection);
    await checkpoint();
    if (opensLate) return;
    await this.denoiser(injection);
    await checkpoint();
    if (this.lastPart) await this.decoder();
  }

  /** With `injection`, encoders whose weights LoRAs change; those that none changes are the plain ones. */
  async text(injection?: Injection): Promise<TextModel> {
    const changed = injection && (await this.graphsOf(injection));
    const changes = (name: ComponentName) => this.folder.components[name] !== undefined && changed?.changes(name) === true;
    const own = TEXT_ENCODERS.some(changes) ? changed : undefined;
    const open = own ? own.text : this.textModel;
    if (open) return open;
    const encoders: (TextEncoder | undefined)[] = [];
    for (const [i, name] of TEXT_ENCODERS.entries()) {
      const directory = this.folder.tokenizers[i];
      const present = this.folder.components[name] !== undefined && directory !== undefined;
      encoders.push(present ? new TextEncoder(name, await openTokenizer(directory), await (own && changes(name) ? this.changedSession(name, own) : this.session(name)), this.hidesPadding(name)) : undefined);
    }
    const { kind, index } = this.folder;
    const width = kind === 'sd3' && !encoders[2] ? (await this.denoiser(injection)).textWidth : undefined;
    const text = { kind, encoders, width, zerosForNone: kind === 'sdxl' && (index.force_zeros_for_empty_prompt ?? true), known: knownTexts() };
    if (own) own.text = text;
    else this.textModel = text;
    return text;
  }

  /** With `injection`, one that reads soft tokens or has a LoRA's weights; the plain one stays open beside it, as far as the tier keeps it. */
  async denoiser(injection?: Injection): Promise<Denoiser> {
    const name = this.denoiserName;
    const graphs = injection && (await this.graphsOf(injection));
    const changed = graphs?.changes(name) ? graphs : undefined;
    const open = changed ? changed.denoiser : this.openDenoiser;
    if (open) return open;
    const denoiser = await this.denoiserOn(changed ? await this.changedSession(name, changed) : await this.session(name));
    if (changed) changed.denoiser = denoiser;
    else this.openDenoiser = denoiser;
    return denoiser;
  }

  /** What there is to tell of the adapters, once the graphs are open that they change. */
  adapterNotes({ loras = [] }: Injection): string[] {
    const lacks = (part: LoraPart) => part !== 'denoiser' && this.folder.components[part] === undefined;
    const absent = loras.flatMap(({ id, file }) => [...new Set(file.layers.map(({ part }) => part))].filter(lacks).map((part) => `<lora:${id}> changes ${part} too, which ${this.folder.id} does not have`));
    const original = loras.length > 0 && this.options.originals ? [`drawn without the int8 copy: a LoRA is added to the weights that it was made of`] : [];
    return [...absent, ...original, ...(this.changed?.graphs.notes ?? [])];
  }

  /** The picture `[3, H, W]` of latents. A model that draws in pixels has it already, or draws it again larger. */
  async decodeLatents(latents: Float32Array, shape: LatentShape, size: Size, tell?: (note: string) => void): Promise<Float32Array> {
    const isPicture = this.folder.kind === 'icon' && shape.width === size.width;
    return isPicture ? latents : (await this.decoder()).decode(latents, shape, size, tell);
  }

  async decoder(): Promise<Decoder> {
    return this.decoderOn(await this.session(this.lastPart ?? 'vae_decoder'));
  }

  /** Latents of a picture `[3, H, W]`. A model that draws in pixels has them already, or in fewer pixels. */
  async encodePicture(picture: Float32Array, size: Size, shape: LatentShape, randn: (count: number) => Float32Array): Promise<Float32Array> {
    if (this.folder.kind === 'icon') return averaged(picture, size, shape);
    const part = this.folder.components.vae_encoder;
    if (!part) throw new DiffusionError('bad-request', `${this.folder.id} has no vae_encoder/model.onnx, so no picture can go in; draw without Init:, or fetch the whole model`);
    const config = part.config.scaling_factor === undefined ? this.autoencoderConfig : part.config;
    return new Encoder(await this.session('vae_encoder'), config, this.options.tiles).encode(picture, size, shape, randn);
  }

  /** Says that a stage is over: its graphs are freed if the tier does not keep them. */
  async finished(stage: Stage): Promise<void> {
    const { memoryTier } = this.options;
    if (memoryTier === 'auto' || memoryTier === 'keep-all' || (memoryTier === 'keep-text-encoder' && stage === 'text')) return;
    if (stage === 'text') {
      this.textModel = undefined;
      await this.changed?.graphs.release(TEXT_ENCODERS);
      await this.release(...TEXT_ENCODERS);
    } else if (stage === 'denoiser') {
      this.openDenoiser = undefined;
      await this.changed?.graphs.release(['unet', 'transformer']);
      await this.release('unet', 'transformer', 'vae_encoder');
    } else {
      await this.releaseWide();
      await this.release('vae_decoder', 'upscaler');
    }
  }

  /** Parts whose graphs are in memory. */
  openParts(): ComponentName[] {
    return [...this.sessions.keys()];
  }

  /** Says that no drawing is under way, also after one that failed or was cancelled. */
  async rest(): Promise<void> {
    for (const stage of ['text', 'denoiser', 'decoder'] as const) await this.finished(stage);
  }

  async dispose(): Promise<void> {
    this.textModel = undefined;
    this.openDenoiser = undefined;
    await this.changed?.graphs.release();
    await this.releaseWide();
    await this.release(...this.sessions.keys());
  }

  /** Opens the denoiser and the decoder and frees them. Weights stay in their files meanwhile, so that this takes a fraction of opening them to run. */
  private async tryLateParts(checkpoint: () => Promise<void>): Promise<void> {
    if (this.latePartsOpen) return;
    await this.tryPart(this.denoiserName, (session) => this.denoiserOn(session));
    await checkpoint();
    if (this.lastPart) await this.tryPart(this.lastPart, (session) => this.decoderOn(session));
    this.latePartsOpen = true;
  }

  private async tryPart(name: ComponentName, read: (session: Session) => unknown): Promise<void> {
    const session = await this.opened(name, { mapped: true });
    try {
      await read(session);
    } finally {
      await session.release();
    }
  }

  /** diffusers gives a text encoder no mask, but for what Stable Diffusion's `use_attention_mask` says; the icon family is ours. */
  private hidesPadding(name: ComponentName): boolean {
    const { kind, components } = this.folder;
    return kind === 'icon' || (kind === 'sd' && components[name]?.config.use_attention_mask === true);
  }

  /** What makes a picture of latents. Of models that draw in pixels only those with an upscaler have one. */
  private get lastPart(): 'vae_decoder' | 'upscaler' | undefined {
    if (this.folder.kind !== 'icon') return 'vae_decoder';
    return this.folder.components.upscaler && 'upscaler';
  }

  private decoderOn(session: Session): Decoder {
    if (this.lastPart === 'upscaler') return new Decoder(session, { scaling_factor: 1 }, 'never', undefined, 'upscaler'); // takes what the transformer draws, as it is and whole
    const wide = async () => (this.wideDecoder ??= await openWide(session.file, (file) => openSession(file, this.options)));
    return new Decoder(session, this.autoencoderConfig, this.options.tiles, wide);
  }

  private get denoiserName(): 'unet' | 'transformer' {
    return this.folder.components.unet ? 'unet' : 'transformer';
  }

  private async denoiserOn(session: Session): Promise<Denoiser> {
    const unread = unknownInputs(session).length > 0 ? await unreadInputs(session.file) : undefined;
    return new Denoiser(session, this.denoiserName, this.folder.kind === 'flux', unread, this.halvings, await this.unsaidChannels(session));
  }

  private async unsaidChannels(session: Session): Promise<number | undefined> {
    const latents = latentsOf(session);
    if (typeof latents?.shape[1] !== 'string') return undefined;
    return this.folder.components[this.denoiserName]?.config.in_channels ?? (await latentChannels(session.file, latents.name));
  }

  /** The first uneven sides change the graph; from then on it takes both kinds. */
  private async takeSidesOf({ height, width }: LatentShape): Promise<void> {
    const unit = 2 ** (this.halvings ?? 3);
    if (this.unevenSides || this.denoiserName === 'transformer' || (height % unit === 0 && width % unit === 0)) return;
    this.unevenSides = true;
    this.latePartsOpen = false;
    this.openDenoiser = undefined;
    await this.changed?.graphs.release([this.denoiserName]);
    await this.release(this.denoiserName);
  }

  private get halvings(): number | undefined {
    const levels = this.folder.components.unet?.config.block_out_channels?.length;
    return levels === undefined ? undefined : levels - 1;
  }

  private async releaseWide(): Promise<void> {
    const session = this.wideDecoder;
    this.wideDecoder = undefined;
    await session?.release();
  }

  private get autoencoderConfig() {
    return this.folder.components.vae_decoder?.config ?? NO_CONFIG;
  }

  private async session(name: ComponentName): Promise<Session> {
    const known = this.sessions.get(name);
    if (known) return known;
    const session = await this.opened(name);
    this.sessions.set(name, session);
    this.runtime = session.runtime;
    return session;
  }

  private async opened(name: ComponentName, how: Pick<SessionOptions, 'mapped'> = {}): Promise<Session> {
    const component = this.folder.components[name];
    if (!component) throw new DiffusionError('bad-model', `the model folder ${this.folder.dir} lacks ${name}/model.onnx; fetch the model again`);
    const { open = (_part, file, options) => openSession(file, options), textProvider, threads } = this.options;
    const provider = name.startsWith('text_encoder') ? (textProvider ?? this.options.provider) : this.options.provider;
    const onProcessor = provider === undefined || provider === 'auto' || provider === 'cpu';
    const { memoryTier, largeBytes } = this.options;
    const { file } = component;
    if (name === 'unet' || name === 'transformer') {
      const own = await readModel(file).catch(() => undefined); // what is wrong with it, opening it says better
      const mayPart = own && onProcessor && (memoryTier === 'auto' || memoryTier === 'unload') && this.options.open === undefined;
      const parts = mayPart ? await openInParts(file, { threads, largeBytes, half: memoryTier === 'auto', model: own, unevenSides: this.unevenSides }) : undefined;
      if (parts) return parts;
      const { stepsInGraph = provider === 'webgpu' } = this.options;
      const refused = (reason: string) => void this.notes.add(`latents left the device at every step, because the denoiser could not take the scheduler's: ${reason}`);
      return open(name, file, { provider, threads, ...how, ...(own && denoiserGraph(file, own, { provider, steps: stepsInGraph && this.folder.kind !== 'flux', unevenSides: this.unevenSides, refused })) });
    }
    const graph = name === 'vae_encoder' ? await encoderWithNoiseInput(file) : onProcessor ? await fusedGraph(file) : undefined;
    // In a large graph the plan of all buffers as one block gains no time and costs 140 MiB (measured: recipes/bench/README.md).
    return open(name, file, { provider, threads, ...how, ...(graph && { graph, memoryPattern: false }) });
  }

  private async graphsOf(injection: Injection): Promise<ChangedGraphs> {
    const key = ChangedGraphs.keyOf(injection);
    if (this.changed?.key !== key) {
      await this.changed?.graphs.release();
      this.changed = { key, graphs: new ChangedGraphs(injection) };
    }
    return this.changed.graphs;
  }

  private async changedSession(name: ComponentName, graphs: ChangedGraphs): Promise<Session> {
    const { provider, textProvider, threads, originals, memoryTier, largeBytes } = this.options;
    const component = (graphs.needsOriginals ? originals?.[name] : undefined) ?? this.folder.components[name];
    if (!component) throw new DiffusionError('bad-model', `the model folder ${this.folder.dir} lacks ${name}/model.onnx; fetch the model again`);
    const session = await graphs.session(name, component.file, {
      threads, provider: name.startsWith('text_encoder') ? (textProvider ?? provider) : provider, unevenSides: this.unevenSides,
      parts: memoryTier === 'auto' || memoryTier === 'unload' ? { largeBytes, half: memoryTier === 'auto' } : undefined,
    });
    this.runtime = session.runtime;
    return session;
  }

  private async release(...names: ComponentName[]): Promise<void> {
    for (const name of names) {
      const session = this.sessions.get(name);
      this.sessions.delete(name);
      await session?.release();
    }
  }
}

async function openTokenizer(directory: string) {
  try {
    return await loadTokenizer(directory);
  } catch (error) {
    throw new DiffusionError('bad-model', `cannot read the tokenizer in ${directory}: ${(error as Error).message}`, { cause: error });
  }
}
