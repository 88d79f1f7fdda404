/** Which concept does a glyph show? A classifier that was taught on other drawings than the generator's. */
import { join } from 'node:path';
import { openSession, tensor, type Session } from '../../runtime';
import { EvaluationError } from '../error';
import type { Glyph } from './glyph';
import { readConcepts } from './judge-files';
import { SIDE } from './mask';

export class Judge {
  private readonly place: ReadonlyMap<string, number>;

  private constructor(
    private readonly session: Session,
    readonly concepts: readonly string[],
  ) {
    this.place = new Map(concepts.map((name, i) => [name, i]));
  }

  /** Opens `judge.onnx` with one thread: it takes a millisecond, and the same bits everywhere. */
  static async open(folder: string): Promise<Judge> {
    return new Judge(await openSession(join(folder, 'judge.onnx'), { threads: 1, provider: 'cpu' }), await readConcepts(folder));
  }

  /** One number per concept, the higher the more likely. */
  async logits(glyph: Glyph): Promise<Float32Array> {
    const { logits } = await this.session.run({ glyph: tensor(glyph, [1, 1, SIDE, SIDE]) }, ['logits']);
    if (logits?.data instanceof Float32Array && logits.data.length === this.concepts.length) return logits.data;
    throw new EvaluationError('bad-model', `${this.session.file} does not answer for ${this.concepts.length} concepts; reinstall Easel`);
  }

  /** How many concepts are likelier than `concept`, and the likeliest one. */
  async rank(glyph: Glyph, concept: string): Promise<{ rank: number; likeliest: string }> {
    const place = this.place.get(concept);
    if (place === undefined) throw new EvaluationError('bad-request', `the judge does not know the concept "${concept}"; retrain it (recipes/judge)`);
    const logits = await this.logits(glyph);
    const own = logits[place]!;
    return { rank: logits.filter((value) => value > own).length, likeliest: this.concepts[logits.indexOf(Math.max(...logits))]! };
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
