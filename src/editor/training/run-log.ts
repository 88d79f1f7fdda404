/** What the events of a training run add up to. Pure: the same whether they come one by one or from RUN/events.jsonl. */
import type { TrainEvent } from '../../prompt';
import { RunCurve } from './run-curve';

type Event<Name extends TrainEvent['event']> = Extract<TrainEvent, { event: Name }>;

/** A run as its events tell it. A run that goes on from a checkpoint makes later steps again: their old lines are forgotten. */
export class RunLog {
  started: Event<'started'> | undefined;
  preparing: Event<'preparing'> | undefined;
  readonly curve = new RunCurve();
  /** The last step that was made, if it counts. */
  lastStep: Event<'step'> | undefined;
  validations: Event<'validation'>[] = [];
  samples: Event<'sample'>[] = [];
  checkpoints: Event<'checkpoint'>[] = [];
  warnings: Event<'warning'>[] = [];
  isPaused = false;
  /** How it ended, if it did and was not taken up again. */
  ending: Event<'finished'> | Event<'failed'> | undefined;
  last: TrainEvent | undefined;

  add(event: TrainEvent): void {
    this.last = event;
    switch (event.event) {
      case 'started':
        this.started = event;
        this.preparing = this.ending = undefined;
        this.isPaused = false;
        break;
      case 'preparing':
        this.preparing = event;
        this.ending = undefined;
        break;
      case 'resumed':
        this.isPaused = false;
        if (event.from === 'checkpoint') this.forgetAfter(event.step);
        break;
      case 'step':
        this.preparing = undefined; // a graph that was freed for another model is opened again in the middle of a run
        this.lastStep = event;
        this.curve.add(event);
        break;
      case 'validation':
        this.validations.push(event);
        break;
      case 'sample':
        this.samples.push(event);
        break;
      case 'checkpoint':
        this.checkpoints.push(event);
        break;
      case 'warning':
        this.warnings.push(event);
        break;
      case 'paused':
        this.isPaused = true;
        break;
      case 'finished':
      case 'failed':
        this.ending = event;
    }
  }

  /** The last step that was made. */
  get step(): number {
    return this.lastStep?.step ?? this.started?.step ?? 0;
  }

  /** Steps in all; 0 while that is not known. */
  get total(): number {
    return this.started?.steps ?? 0;
  }

  private forgetAfter(step: number): void {
    const isKept = (one: { step: number }) => one.step <= step;
    this.curve.forgetAfter(step);
    if (this.lastStep && !isKept(this.lastStep)) this.lastStep = undefined;
    this.validations = this.validations.filter(isKept);
    this.samples = this.samples.filter(isKept);
    this.checkpoints = this.checkpoints.filter(isKept);
    this.warnings = this.warnings.filter(isKept);
  }
}
