/** Runs as tests need them. */
import assert from 'node:assert/strict';
import type { RunState } from '../../messages';
import type { TrainEvent } from '../../prompt';
import { Run } from './run';

type Phase = RunState['phase'];
type Told<Name extends TrainEvent['event']> = Extract<TrainEvent, { event: Name }>;

export const RUN = '/work/.easel/runs/cats';

export const started = (more: Partial<Told<'started'>> = {}): TrainEvent => ({
  event: 'started', time: 7, step: 0, run: RUN, name: 'cats', steps: 100, dataset: { pictures: 12, captions: 10, without: 2, training: 9, validation: 1, fingerprint: 'f' },
  trainables: 640, modelParameters: 1_000_000, blocks: [], threads: 2, runtime: 'cpu', revision: null, notes: [], ...more,
});
export const step = (at: number, more: Partial<Told<'step'>> = {}): TrainEvent => ({
  event: 'step', time: 7, step: at, steps: 100, loss: 1, learningRate: 1e-3, gradientNorm: 1, matchedRank: 2, tokenCosine: 0.1, secondsPerStep: 1, etaSeconds: 100 - at, ...more,
});
export const preparing = (what: Told<'preparing'>['what'], done = 0, total = 0): TrainEvent => ({ event: 'preparing', time: 7, step: 0, what, done, total });
const finished = (state: 'finished' | 'stopped'): TrainEvent => ({ event: 'finished', time: 7, step: 0, path: null, state, seconds: 1 });

/** What a run of each phase has been told, and what else is true of it. */
const PHASES: Record<Phase, { events?: TrainEvent[]; facts?: Partial<Run> }> = {
  new: {},
  waiting: { facts: { isLive: true, waiting: { ahead: 0 } } },
  preparing: { facts: { isLive: true } },
  training: { events: [started()], facts: { isLive: true } },
  paused: { events: [started(), { event: 'paused', time: 7, step: 0 }], facts: { isLive: true } },
  stopping: { events: [started()], facts: { isLive: true, isStopping: true } },
  finished: { events: [started(), finished('finished')] },
  stopped: { events: [started(), finished('stopped')] },
  failed: { facts: { error: new Error('no space') } },
  interrupted: { events: [started()] },
  elsewhere: { events: [{ event: 'checkpoint', time: Infinity, step: 0, path: '/c' }] },
};
export const ALL_PHASES = Object.keys(PHASES) as Phase[];

/** A run in a phase, after what it was told besides. */
export function runIn(phase: Phase, ...besides: TrainEvent[]): Run {
  const { events = [], facts = {} } = PHASES[phase];
  const run = Object.assign(new Run(RUN), facts);
  for (const event of [...besides, ...events]) run.log.add(event);
  assert.equal(run.phase, phase);
  return run;
}
