/** What does a drawing show? A classifier that was taught on other drawings than the generator's. */
import { dirname, join } from 'node:path';
import { embeddedModelFolder } from '../models';
import { openSession, tensor, type Session } from '../runtime';
import { EvaluationError } from './error';
import { PIXELS, SIDE } from './pixels/mask';

export class Judge {
  private readonly place: ReadonlyMap<string, number>;

  private constructor(
    private readonly session: Session,
    private readonly input: string,
    readonly names: readonly string[],
  ) {
    this.place = new Map(names.map((name, i) => [name, i]));
  }

  /**
   * Opens `judge.onnx` with one thread: it takes a millisecond, and the same bits everywhere.
   * @param names what it tells apart, in its order
   */
  static async open(folder: string, input: 'glyph' | 'drawing', names: readonly string[]): Promise<Judge> {
    return new Judge(await openSession(join(folder, 'judge.onnx'), { threads: 1, provider: 'cpu' }), input, names);
  }

  /**
   * One number per name, the higher the more likely.
   * @param planes of `[64, 64]`, one after the other
   */
  async logits(planes: Float32Array): Promise<Float32Array> {
    const { logits } = await this.session.run({ [this.input]: tensor(planes, [1, planes.length / PIXELS, SIDE, SIDE]) }, ['logits']);
    if (logits?.data instanceof Float32Array && logits.data.length === this.names.length) return logits.data;
    throw new EvaluationError('bad-model', `${this.session.file} does not answer for ${this.names.length} names; reinstall Easel`);
  }

  /** How many names are likelier than `name`, and the likeliest one. */
  async rank(planes: Float32Array, name: string): Promise<{ rank: number; likeliest: string }> {
    const place = this.place.get(name);
    if (place === undefined) throw new EvaluationError('bad-request', `the judge does not know "${name}"; retrain it (recipes/judge)`);
    const logits = await this.logits(planes);
    const own = logits[place]!;
    return { rank: logits.filter((value) => value > own).length, likeliest: this.names[logits.indexOf(Math.max(...logits))]! };
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

/** The folder of a judge, beside the embedded model. Throws `EvaluationError` if this installation has none. */
export function folderOfJudge(name: string, start?: string): string {
  const model = embeddedModelFolder(start);
  if (model === undefined) throw new EvaluationError('bad-model', `this installation has no models/${name}; reinstall Easel`);
  return join(dirname(model), name);
}
