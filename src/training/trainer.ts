/** What a trainer is given and what it gives: the same for every method. */
import type { Pipelines } from '../diffusion';
import type { GenerateRequest, TrainEvent } from '../prompt';

export interface TrainerOptions {
  /** Encodes captions and pictures, and draws the samples. */
  readonly pipelines: Pick<Pipelines, 'use' | 'facts'>;
  /** Draws and writes one picture. */
  readonly draw: (request: GenerateRequest) => Promise<unknown>;
  readonly threads: number;
  readonly provider?: 'auto' | 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';
  /** Where encodings are kept; the user's cache directory unless said. */
  readonly cache?: string;
  /** Bytes that another model may take before the machine swaps; the system's word unless said. */
  readonly freeMemory?: () => number;
}

/** What a trainer needs of whoever runs it; see the engine's `TrainerHooks`. */
export interface TrainHooks {
  onEvent(event: TrainEvent): void;
  boundary(run?: BoundaryRun): Promise<'go-on' | 'sample' | 'stop'>;
}

/** A run, as told what happens to it between two steps. */
export interface BoundaryRun {
  /** It is paused, or goes on. */
  tell(what: 'paused' | 'resumed'): Promise<void>;
  /** The device is about to be given to somebody else. */
  leave(): Promise<void>;
}

export interface TrainOutcome {
  state: 'finished' | 'stopped';
  step: number;
  path: string | null;
  notes: string[];
}
