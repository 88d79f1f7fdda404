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
   * @param tell told when the run is paused and when it goes on
   */
  boundary(tell?: (what: 'paused' | 'resumed') => Promise<void> | void): Promise<Orders>;
}

export interface Trainer {
  train(request: TrainRequest, hooks: TrainerHooks): Promise<TrainResult>;
}
