/** `easel evaluate icons`: asks a model for pictures, looks at each, and says how often it did what it was asked. */
import { readModelFolder } from '../../models';
import type { IconsRequest, Split } from '../../prompt';
import { EvaluationError } from '../error';
import type { Evaluation, EvaluationHooks, Models } from '../job';
import { refuseOtherSheets, SHEET_SIZE } from '../write-sheet';
import { bitsOf, distinctShare, type Glyph, type GlyphBits } from './glyph';
import { Judge } from './judge';
import { judgeFolder, readCalibration, readPrompts, readReferences, type AskedPicture } from './judge-files';
import { SIDE } from './mask';
import { OwnEmbeddings } from './own-embeddings';
import { pictureRequest, type Settings } from './pictures';
import { iconReport, reportText, type DrawnPrompt } from './report';
import { isCopy, scorePicture } from './score-picture';
import { writeReport, type DrawnPicture } from './write-report';

/** Pictures of one prompt among which repetitions are counted. */
const TURNS = 16;
/** Pictures of one prompt that are drawn at once: the same bytes as alone, in a seventh less time. */
const TOGETHER = 4;

/**
 * Draws `prompts` × `seeds` pictures per split with the model's own sampler, and 16 of each of the first `distinct` prompts.
 * Rejects with `EvaluationError` or what drawing rejects with; cancelled, or failed before everything was drawn, nothing has been written.
 */
export async function evaluateIcons(request: IconsRequest, models: Models, hooks: EvaluationHooks): Promise<Evaluation> {
  const settings = await settingsOf(request);
  if (request.folder !== null) await refuseOtherSheets(request.folder, request.splits);
  const folder = judgeFolder();
  const [lists, calibration, references, judge] = await Promise.all([readPrompts(folder), readCalibration(folder), readReferences(folder), Judge.open(folder)]);
  let embeddings: OwnEmbeddings | null = null;
  try {
    embeddings = await OwnEmbeddings.open(request.model);
    const run = new IconRun(request, settings, models, hooks, { judge, references, embeddings });
    const splits = new Map<Split, DrawnPrompt[]>();
    for (const split of request.splits) splits.set(split, await run.split(lists[split].slice(0, request.prompts)));
    const first = request.splits[0]!;
    const shares = await run.distinctness(lists[first].slice(0, request.distinct), splits.get(first)!);
    const precision = new Map<Split, number[]>();
    for (const [split, drawn] of splits) precision.set(split, await run.rPrecision(drawn));
    const report = iconReport({ request, settings, splits, shares, precision, calibration, seconds: run.secondsPerPicture });
    const text = reportText(report);
    const sheets = new Map([...splits].map(([split, drawn]) => [split, drawn.slice(0, SHEET_SIZE).map(sheetPicture)]));
    return { suite: 'icons', report, text, files: request.folder === null ? [] : await writeReport(request.folder, { report, text, sheets }) };
  } finally {
    await judge.release();
    await embeddings?.release();
  }
}

interface Instruments {
  readonly judge: Judge;
  readonly references: readonly GlyphBits[];
  readonly embeddings: OwnEmbeddings | null;
}

class IconRun {
  private done = 0;
  private milliseconds = 0;

  constructor(
    private readonly request: IconsRequest,
    private readonly settings: Settings,
    private readonly models: Models,
    private readonly hooks: EvaluationHooks,
    private readonly instruments: Instruments,
  ) {}

  get secondsPerPicture(): number {
    return this.milliseconds / 1000 / Math.max(1, this.done);
  }

  async split(asked: readonly AskedPicture[]): Promise<DrawnPrompt[]> {
    const drawn: DrawnPrompt[] = [];
    for (const [place, one] of asked.entries()) drawn.push(await this.prompt(one, place));
    return drawn;
  }

  /** The share of 16 pictures of each prompt that repeat none of the others. */
  async distinctness(asked: readonly AskedPicture[], drawn: readonly DrawnPrompt[]): Promise<number[]> {
    const shares: number[] = [];
    for (const [place, one] of asked.entries()) {
      const glyphs: (Glyph | null)[] = [...(drawn[place]?.glyphs ?? [])].slice(0, TURNS);
      glyphs.push(...(await this.scored(one, place, glyphs.length, TURNS)).map(({ glyph }) => glyph));
      shares.push(distinctShare(glyphs.map((glyph) => glyph && bitsOf(glyph))));
    }
    return shares;
  }

  /** Whether the model's own encoders find each prompt's first picture nearest to its own caption among up to a hundred. */
  async rPrecision(drawn: readonly DrawnPrompt[]): Promise<number[]> {
    const { embeddings } = this.instruments;
    if (!embeddings || drawn.length < 2) return [];
    const captions = await this.models.use(this.request.model, (model) => embeddings.ofCaptions(model, drawn.map(({ asked }) => asked.prompt)));
    return embeddings.precision(drawn.map(({ embedding }) => embedding!), captions);
  }

  private async prompt(asked: AskedPicture, place: number): Promise<DrawnPrompt> {
    const { references, embeddings } = this.instruments;
    const pictures = await this.scored(asked, place, 0, this.request.seeds);
    const first = pictures[0]!;
    return {
      asked, marks: pictures.map(({ marks }) => marks), glyphs: pictures.map(({ glyph }) => glyph), first: first.rgb, likeliest: first.likeliest,
      copies: pictures.filter(({ glyph }) => isCopy(glyph, references)).length,
      embedding: embeddings && (await embeddings.ofPicture(first.rgb)),
    };
  }

  /** The pictures of the turns from `from` up to `to`. */
  private async scored(asked: AskedPicture, place: number, from: number, to: number) {
    const pictures = [];
    for (let turn = from; turn < to; turn += TOGETHER) {
      const turns = Array.from({ length: Math.min(TOGETHER, to - turn) }, (_, i) => turn + i);
      for (const rgb of await this.drawn(asked, place, turns)) pictures.push({ rgb, ...(await scorePicture(rgb, asked, this.instruments.judge)) });
    }
    return pictures;
  }

  private async drawn(asked: AskedPicture, place: number, turns: readonly number[]): Promise<Uint8Array[]> {
    await this.hooks.giveWay();
    if (this.hooks.signal.aborted) throw new EvaluationError('cancelled', 'the evaluation was cancelled; nothing was written');
    const started = performance.now();
    const drawings = await this.models.drawTogether(turns.map((turn) => pictureRequest(asked.prompt, place, turn, this.request, this.settings)), {
      signal: this.hooks.signal,
      ...(this.request.pooled === 'null' && { condition: (encoding) => ({ ...encoding, pooled: encoding.pooled && new Float32Array(encoding.pooled.length) }) }),
      yieldNow: () => new Promise((resolve) => setImmediate(resolve)),
    });
    this.milliseconds += performance.now() - started;
    this.done += turns.length;
    this.hooks.onProgress(this.done, this.total);
    return drawings.map(({ rgb }) => rgb);
  }

  private get total(): number {
    const { splits, prompts, seeds, distinct } = this.request;
    return splits.length * prompts * seeds + Math.min(distinct, 500) * TURNS - Math.min(distinct, prompts) * Math.min(seeds, TURNS);
  }
}

async function settingsOf({ model, steps, guidanceScale }: IconsRequest): Promise<Settings> {
  const { kind, defaults } = await readModelFolder(model.path, model.id);
  if (kind !== 'icon' || defaults.width !== SIDE || defaults.height !== SIDE) {
    throw new EvaluationError('bad-request', `${model.id} does not draw 64x64 icons, which this suite looks at; use \`easel evaluate retrieval\``);
  }
  return { width: SIDE, height: SIDE, steps: steps ?? defaults.steps, guidanceScale: guidanceScale ?? defaults.guidanceScale };
}

function sheetPicture({ asked, first, likeliest, marks }: DrawnPrompt): DrawnPicture {
  const right = marks[0]!;
  const wrong = (['canvas', 'container', 'background', 'foreground'] as const).filter((name) => right[name] === 0);
  return { rgb: first, prompt: asked.prompt, label: asked.concept, remark: [right.top1 === 1 ? '' : `seen as ${likeliest ?? 'nothing'}`, ...wrong.map((name) => `${name} wrong`)].filter((part) => part !== '').join(', ') };
}
