/** What the events of a training run add up to. Pure: the same whether they come one by one or from RUN/events.jsonl. */
import { TrainEvent } from '../../prompt';

type Event<Name extends TrainEvent['event']> = Extract<TrainEvent, { event: Name }>;

/** A run as its events tell it. A run that goes on from a checkpoint makes later steps again: their old lines are forgotten. */
export class RunLog {
  started: Event<'started'> | undefined;
  preparing: Event<'preparing'> | undefined;
  steps: Event<'step'>[] = [];
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
        this.steps.push(event);
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
    return this.steps.at(-1)?.step ?? this.started?.step ?? 0;
  }

  /** Steps in all; 0 while that is not known. */
  get total(): number {
    return this.started?.steps ?? 0;
  }

  private forgetAfter(step: number): void {
    const isKept = (one: { step: number }) => one.step <= step;
    this.steps = this.steps.filter(isKept);
    this.validations = this.validations.filter(isKept);
    this.samples = this.samples.filter(isKept);
    this.checkpoints = this.checkpoints.filter(isKept);
    this.warnings = this.warnings.filter(isKept);
  }
}

/** A run folder's events.jsonl. Lines that are none of ours, and one that is still being written, are passed over. */
export function readRunLog(text: string): RunLog {
  const log = new RunLog();
  for (const line of text.split('\n')) {
    const event = readEvent(line);
    if (event) log.add(event);
  }
  return log;
}

function readEvent(line: string): TrainEvent | undefined {
  try {
    return TrainEvent.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
