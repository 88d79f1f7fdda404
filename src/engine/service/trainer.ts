/** What the service needs of `training/`, and what a trainer needs to stay out of the way. */
import type { TrainEvent } from '../../prompt/train-events';
import type { TrainRequest } from '../../prompt/train-request';
import type { TrainResult } from '../engine';

/** What was said to the run since the last step: go on, go on after drawing samples, or end with what is good. */
export type Orders = 'go-on' | 'sample' | 'stop';

export interface TrainerHooks {
  /** Told each event after it was appended to the run's file. */
  onEvent(event: TrainEvent): void;
  /**
   * Awaited between steps and between parts of the preparation: lets messages in, gives the device to whoever has more
   * right to it, and waits while the run is paused.
   */
  boundary(run?: BoundaryRun): Promise<Orders>;
}

/** A run, as told what happens to it between two steps. */
export interface BoundaryRun {
  /** It is paused, or goes on. */
  tell(what: 'paused' | 'resumed'): Promise<void>;
  /** The device is about to be given to somebody else: it frees what would not fit beside another model. */
  leave(): Promise<void>;
}

export interface Trainer {
  train(request: TrainRequest, hooks: TrainerHooks): Promise<TrainResult>;
}
