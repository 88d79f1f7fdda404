import assert from 'node:assert/strict';
import { english, replaced, vscode } from '../test-support/with-vscode';
import type { Run } from './run';
import type * as words from './run-words';
import { ALL_PHASES, preparing, runIn, started, step } from './test-support';

describe('the words of a run', () => {
  let restore: () => void;
  let said: typeof words;
  beforeEach(async () => {
    restore = replaced(vscode, { l10n: english });
    said = await import('./run-words');
  });
  afterEach(() => restore());

  it('name every phase', () => {
    const named: Partial<Record<string, string>> = { new: 'not started', elsewhere: 'running elsewhere' };
    assert.deepEqual(ALL_PHASES.map(said.phaseLabel), ALL_PHASES.map((phase) => named[phase] ?? phase));
  });

  it('count the time that is left in seconds, minutes or hours, and round up to no sixty of them', () => {
    const seconds = [-3, 0, 0.4, 1.5, 59.4, 59.5, 60, 89, 91, 59.4 * 60, 59.5 * 60, 3600, 3629, 3631, 119.4 * 60, 119.6 * 60, 100 * 3600 + 60];
    assert.deepEqual(seconds.map(said.timeLeft), [
      '1 s left', '1 s left', '1 s left', '2 s left', '59 s left', '1 min left', '1 min left', '1 min left', '2 min left',
      '59 min left', '1 h 0 min left', '1 h 0 min left', '1 h 0 min left', '1 h 1 min left', '1 h 59 min left', '2 h 0 min left', '100 h 1 min left',
    ]);
  });

  it('tell what a run waits for', () => {
    const waiting = (place: Run['waiting']) => said.progressLabel(Object.assign(runIn('waiting'), { waiting: place }));
    assert.deepEqual([waiting({ ahead: 0 }), waiting({ ahead: 2 }), waiting({ ahead: 2, heldBy: 'easel in a terminal' })], ['starting the engine', 'waiting, 2 before it', 'waiting for easel in a terminal']);
  });

  it('tell what is prepared, also by another process', () => {
    const all = (['dataset', 'model', 'captions', 'pictures', 'graph'] as const).map((what) => said.progressLabel(runIn('preparing', preparing(what))));
    assert.deepEqual(all, ['reading the dataset', 'loading the model', 'encoding captions', 'encoding pictures', 'building the training graph']);
    assert.equal(said.progressLabel(runIn('preparing')), 'starting');
    assert.equal(said.progressLabel(runIn('elsewhere', preparing('pictures'))), 'encoding pictures');
  });

  it('count the steps of what goes on or may go on, and nothing of what is over or has not begun', () => {
    const at40 = (['training', 'elsewhere', 'paused', 'stopping', 'interrupted', 'stopped', 'failed', 'finished'] as const).map((phase) => said.progressLabel(runIn(phase, started(), step(40))));
    assert.deepEqual(at40, [
      'step 40 of 100, 1 min left', 'step 40 of 100, 1 min left', 'paused at step 40 of 100', 'stopping after this step', 'step 40 of 100', 'step 40 of 100', 'step 40 of 100', undefined,
    ]);
    assert.deepEqual([runIn('training'), runIn('failed'), runIn('new')].map(said.progressLabel), ['step 0 of 100', undefined, undefined]);
  });
});
