import assert from 'node:assert/strict';
import { EngineError } from '../../engine/engine';
import { RunState } from '../../messages';
import type { TrainEvent } from '../../prompt';
import { FakeUri, english, replaced, vscode } from '../test-support/with-vscode';
import type { Run } from './run';
import type { runState } from './run-state';
import { ALL_PHASES, RUN, preparing, runIn, started, step } from './test-support';

const request = { name: 'kittens', dataset: '/work/sets/cats', model: { id: 'icon-64', path: '/m' } } as Run['request'];
const sample = (at: number, time: number): TrainEvent => ({ event: 'sample', time, step: at, prompt: 'a cat', seed: '1', withTokens: `${RUN}/samples/${at}.png`, withoutTokens: `${RUN}/samples/without.png` });
const warning = (message: string): TrainEvent => ({ event: 'warning', time: 7, step: 1, kind: 'collapse', message });
const failed: TrainEvent = { event: 'failed', time: 7, step: 1, message: 'the disk is full' };

describe('what the panel of a run is told', () => {
  let restore: (() => void)[];
  let make: typeof runState;
  const told = (run: Run, announcement = '') => RunState.parse(make({ asWebviewUri: ({ path }: FakeUri) => new FakeUri(`/page${path}`) } as never, run, announcement));
  const offered = (run: Run) => told(run).actions.map(({ id }) => id).join(' ');
  beforeEach(async () => {
    restore = [
      replaced(vscode, { Uri: FakeUri, l10n: english }),
      replaced(vscode.workspace, { asRelativePath: (path: string) => path.replace('/work/', '') }),
    ];
    make = (await import('./run-state')).runState;
  });
  afterEach(() => restore.forEach((one) => one()));

  it('is a name and a place, before anything has happened', () => {
    const state = told(runIn('new'));
    assert.deepEqual(
      [state.memory, state.name, state.where, state.phase, state.phaseLabel, state.progress, state.facts, state.samples, state.warnings, state.error, state.announcement],
      [{ run: RUN }, 'cats', '.easel/runs/cats', 'new', 'not started', null, [], [], [], null, ''],
    );
  });

  it('is called as it was asked to be, as it says itself, or by its folder', () => {
    const run = runIn('training', started());
    assert.equal(told(Object.assign(run, { request })).name, 'kittens');
    run.log.add(started({ name: 'cat-2' }));
    assert.deepEqual([told(Object.assign(run, { request: undefined })).name, told(run, 'it goes on').announcement], ['cat-2', 'it goes on']);
  });

  it('offers what can be done in each phase, and its config and dataset always', () => {
    assert.deepEqual(Object.fromEntries(ALL_PHASES.map((phase) => [phase, offered(runIn(phase)).replace(/ ?open-config open-dataset$/, ' +')])), {
      new: 'start +', waiting: 'stop +', preparing: 'stop +', training: 'pause sample stop +', paused: 'resume sample stop +', stopping: ' +',
      finished: 'use +', stopped: 'resume +', failed: 'start show-log +', interrupted: 'resume +', elsewhere: ' +',
    });
    assert.deepEqual(told(runIn('new')).actions.map(({ label }) => label), ['Start', 'Open train.yaml', 'Open Dataset']);
  });

  it('offers a stopped run for use only if it has learned something', () => {
    assert.match(offered(runIn('stopped', step(1))), /^resume use /);
  });

  it('offers after a failure what may help: trust, another run, or the same again', () => {
    const after = (code: EngineError['code'], ...events: TrainEvent[]) => offered(Object.assign(runIn('failed', ...events), { error: new EngineError(code, 'no') })).replace(' open-config open-dataset', '');
    assert.deepEqual([after('untrusted'), after('untrusted', step(1))], ['manage-trust', 'manage-trust']);
    assert.deepEqual([after('bad-request'), after('bad-request', step(1))], ['start show-log', 'new-run resume show-log']);
    assert.deepEqual([after('crashed'), after('crashed', step(1))], ['start show-log', 'resume show-log']);
  });

  it('counts steps, and before them what is prepared, here or elsewhere', () => {
    const { progress } = told(runIn('training', started(), step(40)));
    assert.deepEqual(progress, { label: 'step 40 of 100, 1 min left', done: 40, total: 100 });
    const prepared = { label: 'encoding pictures', done: 8, total: 20 };
    assert.deepEqual([runIn('preparing', started(), step(40), preparing('pictures', 8, 20)), runIn('elsewhere', preparing('pictures', 8, 20))].map((run) => told(run).progress), [prepared, prepared]);
    assert.deepEqual(told(runIn('failed', started(), step(40), preparing('pictures', 8, 20))).progress, { label: 'step 40 of 100', done: 40, total: 100 });
  });

  it('tells why it failed, in this window or before, until it is made again', () => {
    const run = runIn('failed', step(1), failed);
    assert.equal(told(run).error, 'no space');
    run.error = undefined;
    assert.deepEqual([run.phase, told(run).error], ['failed', 'the disk is full']);
    assert.equal(told(Object.assign(run, { isLive: true, error: new Error('no space') })).error, null);
    assert.equal(told(runIn('finished')).error, null);
    assert.equal(told(Object.assign(runIn('new'), { error: new EngineError('cancelled', 'stopped while it waited') })).error, null);
  });

  it('has facts of what is trained on what', () => {
    const { facts } = told(Object.assign(runIn('training', started()), { request }));
    assert.deepEqual(facts.map(({ name, value }) => `${name}: ${value}`), [
      'Dataset: sets/cats', 'Pictures: 9 to train on, 1 held out, 2 without caption', 'Model: icon-64', 'Trained: 640 numbers, 0.064 % of the model', 'Prompt name: <kittens>', 'Computed by: cpu, 2 threads',
    ]);
    const run = runIn('interrupted');
    run.log.add(started({ revision: '0123456789abcdef' }));
    assert.deepEqual(told(run).facts.at(-1), { name: 'Revision', value: '0123456789ab' });
  });

  it('shows the last samples, each a new picture when it was drawn anew; the one without tokens is the start\'s', () => {
    const { samples } = told(runIn('training', started(), sample(50, 8), sample(100, 9)));
    assert.deepEqual(samples, [50, 100].map((at, place) => ({
      step: at, prompt: 'a cat', seed: '1', withTokens: `file:///page${RUN}/samples/${at}.png?version=${8 + place}`, withoutTokens: `file:///page${RUN}/samples/without.png?version=7`,
    })));
    const many = told(runIn('training', ...Array.from({ length: 402 }, (_, at) => sample(at, at)))).samples;
    assert.deepEqual([many.length, many[0]?.step, many.at(-1)?.step], [400, 2, 401]);
  });

  it('tells each warning and note once', () => {
    const run = runIn('training', warning('tokens have collapsed'), warning('tokens have collapsed'));
    run.log.add(started({ notes: ['a short prompt was cut', 'tokens have collapsed'] }));
    assert.deepEqual(told(run).warnings, ['tokens have collapsed', 'a short prompt was cut']);
  });

  it('has the lines of its charts', () => {
    const { points, stepsPerPoint, validation } = told(runIn('finished', step(1), step(2, { loss: null }), { event: 'validation', time: 7, step: 2, loss: 3, accuracy: 0.5, matchedRank: 1, pictures: 2 }));
    assert.deepEqual([points.step, points.loss, stepsPerPoint, validation], [[1, 2], [1, null], 1, { step: [2], loss: [3], accuracy: [0.5] }]);
  });
});
