/** What an evaluation needs of whoever runs it, and what comes of one. */
import type { Pipelines } from '../diffusion';

export interface EvaluationHooks {
  readonly signal: AbortSignal;
  /** `done` of `total` pictures (or captions compared). */
  onProgress(done: number, total: number): void;
  /** Between pictures: lets messages in, and gives the device to whoever has more right to it. */
  giveWay(): Promise<void>;
}

/** The pipelines that everything else is drawn with. */
export type Models = Pick<Pipelines, 'drawTogether' | 'use'>;

export interface Evaluation {
  readonly suite: string;
  /** As it is written to report.json. */
  readonly report: Readonly<Record<string, unknown>>;
  /** The same for people, as Markdown. */
  readonly text: string;
  /** Absolute paths of what was written. */
  readonly files: readonly string[];
}
