/**
 * The network that is called once per step: a UNet or a transformer. Exporters disagree about names, dtypes and even the
 * rank of the timestep, so every feed is built from what the graph declares, and a graph that wants something else is
 * refused when it is opened.
 */
import { KeptValue, tensor, type Session, type Tensor, type ValueInfo } from '../../runtime';
import { DiffusionError } from '../error';
import type { TextEncoding } from '../text';
import { FEEDS, NOTHING, type Feed, type FeedContext } from './denoiser-feeds';
import { latentCount, type LatentShape, type Size } from './latent-space';
import { packPatches, unpackPatches } from './patches';
import { MAGNITUDE_OUTPUT, NEXT_OUTPUT, SHOWN_OUTPUT, STEP_INPUT, type StepFactors } from './step-graph';

/** Everything about a picture that stays the same over its steps. */
export interface DenoiserSettings {
  readonly shape: LatentShape;
  readonly size: Size;
  /** For models that are told the scale instead of being run twice. */
  readonly guidanceScale: number;
  /** Channels behind the latents in the same input (inpainting models: mask and masked picture), `[extra, h, w]`. */
  readonly extraChannels?: Float32Array;
}

/** What is asked about one picture at one call. */
export interface Question {
  /** `[channels, h, w]`, scaled as the scheduler says. */
  readonly latents: Float32Array;
  readonly encodings: readonly TextEncoding[];
}

export class Denoiser {
  /** The model is told the guidance scale (LCM's `timestep_cond`, Flux's `guidance`) or has none (Flux schnell), so it is not run without the prompt. */
  readonly guidesItself: boolean;
  /** Timesteps are whole numbers in this graph: fractional ones are rounded. */
  readonly wholeTimesteps: boolean;
  private readonly latentsInput: ValueInfo;
  private readonly feeds: Readonly<Record<Feed['when'], readonly (readonly [name: string, feed: Feed, info: ValueInfo])[]>>;
  private readonly output: string;
  /** Latents as the graph takes them, one tensor for all steps: a new one each time would keep the garbage collector busy. */
  private rows = tensor(new Float32Array(0), [0]);
  /** For numbers of rows that were tried: does a batch of pictures give the bytes of single ones? */
  private readonly batches = new Map<string, boolean>();
  private prepared: { encodings: readonly TextEncoding[]; settings: DenoiserSettings; feeds: Record<string, Tensor> } | undefined;

  constructor(
    private readonly session: Session,
    private readonly name: 'unet' | 'transformer',
    private readonly packs: boolean,
    /** Inputs that no answer hangs on: fed with zeros if nothing else is known for them. */
    unread: ReadonlySet<string> = new Set(),
    /** How often a UNet halves its latents on the way down. */
    private readonly halvings = 3,
    /** Channels of the latents input, for a graph whose input does not say. */
    private readonly channels?: number,
  ) {
    const unknown = unknownInputs(session).find((input) => !unread.has(input));
    if (unknown !== undefined) throw new DiffusionError('bad-model', `${session.file} wants an input "${unknown}" that Easel does not know how to feed; use a standard export of this model`);
    const latents = latentsOf(session);
    const output = [...session.outputs.keys()][0];
    if (!latents || output === undefined) throw new DiffusionError('bad-model', `${session.file} has no latents input (sample or hidden_states); is it a ${name}?`);
    this.latentsInput = latents;
    this.output = output;
    const feeds = [...session.inputs].map(([name, info]) => [name, knownFeed(name) ?? NOTHING, info] as const);
    this.feeds = { lasting: feeds.filter(([, { when }]) => when === 'lasting'), changing: feeds.filter(([, { when }]) => when === 'changing') };
    this.guidesItself = packs || session.inputs.has('timestep_cond') || session.inputs.has('guidance');
    this.wholeTimesteps = /^int/.test(session.inputs.get('timestep')?.dtype ?? '');
  }

  /** Width of `encoder_hidden_states`, if the graph fixes it. */
  get textWidth(): number | undefined {
    const width = this.session.inputs.get('encoder_hidden_states')?.shape.at(-1);
    return typeof width === 'number' ? width : undefined;
  }

  /** Channels of the latents input, as far as they are known: 9 on an inpainting model. */
  get inputChannels(): number | undefined {
    if (this.packs) return undefined;
    const channels = this.latentsInput.shape[1];
    return typeof channels === 'number' ? channels : this.channels;
  }

  /** Throws `DiffusionError` (`bad-request`) if the graph was exported for one size and this is another. */
  mustTake(shape: LatentShape, size: Size): void {
    if (this.packs) return;
    const [, , height, width] = this.latentsInput.shape;
    const fits = (typeof height === 'string' || height === shape.height) && (typeof width === 'string' || width === shape.width);
    if (fits) return;
    const pixels = (side: number | string | undefined, latent: number, pixel: number) => (typeof side === 'number' ? (side * pixel) / latent : 'any');
    throw new DiffusionError('bad-request', `this model draws ${pixels(width, shape.width, size.width)}x${pixels(height, shape.height, size.height)} only, not ${size.width}x${size.height}; leave size: out or correct it`);
  }

  /**
   * The network's answer for each encoding, `[channels, h, w]` each. Encodings of one length go through the graph in one
   * batch unless it fixes its batch size.
   * @param latents `[channels, h, w]`, scaled as the scheduler says
   */
  async predict(latents: Float32Array, timestep: number, encodings: readonly TextEncoding[], settings: DenoiserSettings): Promise<Float32Array[]> {
    if (this.takesBatch(encodings)) return this.run([{ latents, encodings }], timestep, encodings, settings);
    const fixed = this.latentsInput.shape[0];
    const predictions: Float32Array[] = [];
    for (const encoding of encodings) {
      const rows = Array.from({ length: typeof fixed === 'number' ? fixed : 1 }, () => encoding); // a graph fixed at two pictures draws a lone one twice
      predictions.push((await this.run([{ latents, encodings: rows }], timestep, rows, settings))[0]!);
    }
    return predictions;
  }

  /**
   * As `predict`, for several pictures: in one batch if that gives each the same bytes. Kernels are chosen by the number of rows
   * and may add up in another order, so the first such batch is computed both ways and compared; what differs is not batched, nor
   * what was exported for one picture or finds no memory for more.
   */
  async predictTogether(questions: readonly Question[], timestep: number, settings: DenoiserSettings): Promise<Float32Array[][]> {
    const [only] = questions;
    if (only && questions.length === 1) return [await this.predict(only.latents, timestep, only.encodings, settings)];
    const encodings = questions.flatMap((question) => question.encodings);
    const { shape } = settings;
    const key = [...questions.map((question) => question.encodings.length), encodings[0]!.tokens, shape.height, shape.width].join();
    const batches = this.takesBatch(encodings) ? this.batches.get(key) : false;
    const singles: Float32Array[][] = [];
    if (batches !== true) for (const question of questions) singles.push(await this.predict(question.latents, timestep, question.encodings, settings));
    if (batches === false) return singles;
    const rows = () => this.run(questions, timestep, encodings, settings);
    if (batches === true) {
      const answers = await rows();
      return questions.map((question) => answers.splice(0, question.encodings.length));
    }
    const answers = await rows().catch(() => null);
    this.batches.set(key, answers !== null && singles.flat().every((single, row) => sameBytes(single, answers[row]!)));
    return singles;
  }

  /** The graph takes whole steps (`step-graph.ts`), and takes them for these rows. */
  takesSteps(encodings: readonly TextEncoding[]): boolean {
    return this.session.runKeeping !== undefined && this.session.inputs.has(STEP_INPUT) && this.takesBatch(encodings);
  }

  /**
   * One call with its step, guidance included. `shown` is the sum that the factors say, if it is wanted.
   * @param latents the first latents as the scheduler scales them, then what the step before gave
   * @param encodings the prompt's, and the negative prompt's where guidance acts
   */
  async step(latents: Float32Array | KeptValue, timestep: number, encodings: readonly TextEncoding[], settings: DenoiserSettings, factors: StepFactors, shows: boolean): Promise<{ next: KeptValue; magnitude: Float32Array; shown: Float32Array | undefined }> {
    const first = latents instanceof KeptValue ? undefined : [{ latents, encodings }];
    const feeds = { ...this.feedsFor(first, timestep, encodings, settings, factors), ...(latents instanceof KeptValue && { [this.latentsInput.name]: latents }) };
    const { results, kept } = await this.session.runKeeping!(feeds, NEXT_OUTPUT, shows ? [MAGNITUDE_OUTPUT, SHOWN_OUTPUT] : [MAGNITUDE_OUTPUT]);
    return { next: kept, magnitude: results[MAGNITUDE_OUTPUT]!.data as Float32Array, shown: results[SHOWN_OUTPUT]?.data as Float32Array | undefined };
  }

  private takesBatch(encodings: readonly TextEncoding[]): boolean {
    const batch = this.latentsInput.shape[0];
    return (typeof batch === 'string' || batch === encodings.length) && encodings.every(({ tokens, soft }) => tokens === encodings[0]!.tokens && soft === encodings[0]!.soft);
  }

  /** One row for each encoding of each question; `encodings` are all of them. */
  private async run(questions: readonly Question[], timestep: number, encodings: readonly TextEncoding[], settings: DenoiserSettings): Promise<Float32Array[]> {
    const feeds = this.feedsFor(questions, timestep, encodings, settings);
    const answer = (await this.session.run(feeds, [this.output]).catch((error: unknown) => this.refuseSize(settings, error)))[this.output];
    const count = latentCount(settings.shape);
    if (!(answer?.data instanceof Float32Array) || answer.data.length !== encodings.length * count) {
      throw new DiffusionError('bad-model', `${this.name} answered ${answer?.dtype ?? 'nothing'} [${answer?.dims.join(', ') ?? ''}] for float32 latents of [${encodings.length}, ${settings.shape.channels}, ${settings.shape.height}, ${settings.shape.width}]; its parts do not belong together`);
    }
    const { data } = answer;
    return encodings.map((_, i) => {
      const one = data.subarray(i * count, (i + 1) * count);
      return this.packs ? unpackPatches(one, settings.shape) : one;
    });
  }

  /** Most UNets were traced with sides that halve evenly, some transformers with their size: they fail in the middle of the graph at others. */
  private refuseSize({ shape, size }: DenoiserSettings, error: unknown): never {
    if (this.name === 'transformer' && error instanceof Error) {
      throw new DiffusionError('failed', `${error.message}; if it draws at the model's own size, it was exported for that alone: set no size:, or export it with symbolic sides`, { cause: error });
    }
    const unit = 2 ** this.halvings;
    if (this.name !== 'unet' || (shape.height % unit === 0 && shape.width % unit === 0)) throw error;
    const step = (unit * size.width) / shape.width;
    const nearest = [size.width, size.height].map((side) => Math.max(step, Math.round(side / step) * step)).join('x');
    throw new DiffusionError('bad-request', `this UNet was exported for sides that it can halve, multiples of ${step}, not ${size.width}x${size.height}; set size: ${nearest}`, { cause: error });
  }

  /** What the graph is fed at one call. One object for all steps of a picture: what lasts is in it already. */
  private feedsFor(questions: readonly Question[] | undefined, timestep: number, encodings: readonly TextEncoding[], settings: DenoiserSettings, step?: StepFactors): Record<string, Tensor> {
    const feeds = this.lasting(encodings, settings);
    const context = { latents: questions && this.stackedRows(questions, encodings.length, settings), timestep, encodings, settings, packs: this.packs, step };
    return this.feed(feeds, 'changing', context);
  }

  /** Feeds that depend on the prompt and the picture's size only: made once for all steps. */
  private lasting(encodings: readonly TextEncoding[], settings: DenoiserSettings): Record<string, Tensor> {
    const { prepared } = this;
    const same = prepared?.settings === settings && prepared.encodings.length === encodings.length && encodings.every((encoding, i) => encoding === prepared.encodings[i]);
    if (same) return prepared.feeds;
    const feeds = this.feed({}, 'lasting', { latents: undefined, timestep: 0, encodings, settings, packs: this.packs });
    this.prepared = { encodings, settings, feeds };
    return feeds;
  }

  /** The latents of each question, as often as it has encodings. */
  private stackedRows(questions: readonly Question[], batch: number, settings: DenoiserSettings): Tensor {
    let row = 0;
    for (const { latents, encodings } of questions) {
      const one = settings.extraChannels ? joined(latents, settings.extraChannels) : this.packs ? packPatches(latents, settings.shape) : latents;
      if (row === 0) this.rows = this.roomFor(one.length * batch, batch, settings);
      for (let i = 0; i < encodings.length; i++) this.rows.data.set(one, one.length * row++);
    }
    return this.rows;
  }

  /** The tensor of the step before, if this step's is of its shape. */
  private roomFor(values: number, batch: number, { shape: { channels, height, width } }: DenoiserSettings): Denoiser['rows'] {
    const dims = this.packs ? [batch, (height * width) / 4, channels * 4] : [batch, values / (batch * height * width), height, width];
    if (this.rows.dims.length === dims.length && dims.every((side, i) => side === this.rows.dims[i])) return this.rows;
    if (this.inputChannels !== undefined && this.inputChannels !== dims[1]) {
      throw new DiffusionError('bad-model', `${this.name} takes ${this.inputChannels} channels and its autoencoder has ${dims[1]}; a part is from another model, or this is an inpainting model drawn without Init: and Mask:`);
    }
    return tensor(new Float32Array(values), dims);
  }

  private feed(feeds: Record<string, Tensor>, when: Feed['when'], context: FeedContext): Record<string, Tensor> {
    for (const [name, feed, info] of this.feeds[when]) feeds[name] = feed.make(context, info, feeds[name]);
    return feeds;
  }
}

/** The input that takes the latents, by whichever of its names. */
export function latentsOf(session: Session): ValueInfo | undefined {
  return ['sample', 'hidden_states', 'latent_model_input', 'latents'].map((input) => session.inputs.get(input)).find((info) => info !== undefined);
}

/** Inputs for which no feed is known. */
export function unknownInputs(session: Session): string[] {
  return [...session.inputs.keys()].filter((input) => !knownFeed(input));
}

/** A graph may call an input whatever it likes: `constructor`, for one. */
function knownFeed(input: string): Feed | undefined {
  return Object.hasOwn(FEEDS, input) ? FEEDS[input] : undefined;
}

function sameBytes(a: Float32Array, b: Float32Array): boolean {
  return Buffer.compare(Buffer.from(a.buffer, a.byteOffset, a.byteLength), Buffer.from(b.buffer, b.byteOffset, b.byteLength)) === 0;
}

function joined(first: Float32Array, second: Float32Array): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
