/** What the service needs of `diffusion/`: `Pipelines` is this, and so is a test's stand-in. */
import type { EditRequest } from '../../prompt/edit-request';
import type { GenerateRequest } from '../../prompt/request';
import type { Progress } from '../engine';

/** How a drawing tells of itself and is stopped. */
export interface DrawHooks {
  /** Looked at between steps, after `yieldNow`. */
  signal: AbortSignal;
  onPhase(progress: Pick<Progress, 'phase' | 'step' | 'steps'>): void;
  /** Offers the picture so far, `[height, width, 3]` bytes, perhaps smaller than the picture, computed if asked for at once; `step` steps are finished. */
  onPreview?(rgb: () => Uint8Array, width: number, height: number, step: number): void;
  /** Would a preview be taken now? */
  wantsPreview?(): boolean;
  /**
   * Lets messages in and out. `session.run` blocks the thread, so without this before each look at `signal` and after
   * each progress message a cancel arrives a step late and previews pile up (measured: 130 to 190 ms).
   */
  yieldNow(): Promise<void>;
}

export interface Drawn {
  /** `[height, width, 3]`. */
  rgb: Uint8Array;
  width: number;
  height: number;
  notes: readonly string[];
  /** How prompt weights acted, to be kept with the picture; `null` if there were none. */
  emphasis: string | null;
  /** Milliseconds. */
  timings: Readonly<Record<'load' | 'encode' | 'denoise' | 'decode', number>>;
}

/** What computed, kept in the picture; it decides nothing about freshness. */
export interface EngineFacts {
  runtime?: string;
  provider?: string;
  threads?: number;
  /** Absent: fp32. */
  precision?: 'int8';
}

export interface Drawer {
  draw(request: GenerateRequest, hooks: DrawHooks): Promise<Drawn>;
  /** Draws pictures that `mayDrawTogether`, each the same as alone; a stand-in may leave it out. */
  drawTogether?(requests: readonly GenerateRequest[], hooks: DrawHooks): Promise<Drawn[]>;
  /** Edits a picture; a stand-in may leave it out. */
  edit?(request: EditRequest, hooks: DrawHooks): Promise<Drawn>;
  facts?(): EngineFacts;
  /** Folders of the models in memory. */
  loaded(): string[];
  unload(): Promise<void>;
  dispose(): Promise<void>;
}

/** One turn of the event loop, messages included. */
export const yieldNow = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
