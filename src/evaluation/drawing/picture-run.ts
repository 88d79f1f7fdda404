/** The pictures that a suite asks a model for: drawn, looked at one by one, counted. */
import { averaged, planesToRgb, rgbToPlanes } from '../../diffusion';
import type { PicturesRequest } from '../../prompt';
import { EvaluationError } from '../error';
import type { EvaluationHooks, Models } from '../job';
import { distinctShare } from '../pixels/ink-bits';
import { SIDE } from '../pixels/mask';
import type { Asked, DrawnPrompt, Eye, SeenPicture } from './drawn-prompt';
import { pictureRequest, type Settings } from './pictures';

/** Pictures of one prompt among which repetitions are counted. */
const TURNS = 16;
/** Pictures of one prompt that are drawn at once: the same bytes as alone, in a seventh less time. */
const TOGETHER = 4;
/** Prompts of a split's list. */
const LISTED = 500;

interface Measured<Split extends string, Drawn> {
  readonly splits: ReadonlyMap<Split, readonly Drawn[]>;
  /** Of the first split's first prompts: the share of 16 pictures that repeat none of the others. */
  readonly shares: readonly number[];
}

/** Each pixel the mean of those it stands for. */
function inLookedAtSize(rgb: Uint8Array, { width, height }: Settings): Uint8Array {
  if (width === SIDE && height === SIDE) return rgb;
  return planesToRgb(averaged(rgbToPlanes(rgb, width, height), { width, height }, { width: SIDE, height: SIDE }), SIDE, SIDE);
}

export class PictureRun<Wanted extends Asked, Mark extends string> {
  private done = 0;
  private milliseconds = 0;

  constructor(
    private readonly request: PicturesRequest,
    private readonly settings: Settings,
    private readonly models: Models,
    private readonly hooks: EvaluationHooks,
    private readonly eye: Eye<Wanted, Mark>,
  ) {}

  get secondsPerPicture(): number {
    return this.milliseconds / 1000 / Math.max(1, this.done);
  }

  /**
   * `prompts` × `seeds` pictures per split with the model's own sampler, and 16 of each of the first split's first `distinct` prompts.
   * @param also what else the suite wants of a prompt's pictures
   */
  async measure<Split extends string, Drawn extends DrawnPrompt<Wanted, Mark>>(names: readonly Split[], lists: Readonly<Record<Split, readonly Wanted[]>>, also: (drawn: DrawnPrompt<Wanted, Mark>) => Promise<Drawn>): Promise<Measured<Split, Drawn>> {
    const { prompts, distinct } = this.request;
    const splits = new Map<Split, Drawn[]>();
    for (const name of names) {
      const drawn: Drawn[] = [];
      for (const [place, asked] of lists[name].slice(0, prompts).entries()) drawn.push(await also(await this.prompt(asked, place)));
      splits.set(name, drawn);
    }
    const first = names[0]!;
    return { splits, shares: await this.distinctness(lists[first].slice(0, distinct), splits.get(first)!) };
  }

  private async prompt(asked: Wanted, place: number): Promise<DrawnPrompt<Wanted, Mark>> {
    const pictures = await this.seen(asked, place, 0, this.request.seeds);
    const { rgb: first, likeliest } = pictures[0]!;
    return { asked, marks: pictures.map(({ marks }) => marks), bits: pictures.map(({ bits }) => bits), first, likeliest };
  }

  private async distinctness(asked: readonly Wanted[], drawn: readonly DrawnPrompt<Wanted, Mark>[]): Promise<number[]> {
    const shares: number[] = [];
    for (const [place, one] of asked.entries()) {
      const bits = (drawn[place]?.bits ?? []).slice(0, TURNS);
      bits.push(...(await this.seen(one, place, bits.length, TURNS)).map((picture) => picture.bits));
      shares.push(distinctShare(bits, this.eye.same));
    }
    return shares;
  }

  /** The pictures of the turns from `from` up to `to`. */
  private async seen(asked: Wanted, place: number, from: number, to: number): Promise<(SeenPicture<Mark> & { rgb: Uint8Array })[]> {
    const pictures = [];
    for (let turn = from; turn < to; turn += TOGETHER) {
      const turns = Array.from({ length: Math.min(TOGETHER, to - turn) }, (_, i) => turn + i);
      for (const rgb of await this.drawn(asked, place, turns)) pictures.push({ rgb, ...(await this.eye.look(rgb, asked)) });
    }
    return pictures;
  }

  private async drawn({ prompt }: Wanted, place: number, turns: readonly number[]): Promise<Uint8Array[]> {
    await this.hooks.giveWay();
    if (this.hooks.signal.aborted) throw new EvaluationError('cancelled', 'the evaluation was cancelled; nothing was written');
    const started = performance.now();
    const drawings = await this.models.drawTogether(turns.map((turn) => pictureRequest(prompt, place, turn, this.request, this.settings)), {
      signal: this.hooks.signal,
      ...(this.request.pooled === 'null' && { condition: (encoding) => ({ ...encoding, pooled: encoding.pooled && new Float32Array(encoding.pooled.length) }) }),
      yieldNow: () => new Promise((resolve) => setImmediate(resolve)),
    });
    this.milliseconds += performance.now() - started;
    this.done += turns.length;
    this.hooks.onProgress(this.done, this.total);
    return drawings.map(({ rgb }) => inLookedAtSize(rgb, this.settings));
  }

  private get total(): number {
    const { splits, prompts, seeds, distinct } = this.request;
    return splits.length * prompts * seeds + Math.min(distinct, LISTED) * TURNS - Math.min(distinct, prompts) * Math.min(seeds, TURNS);
  }
}
