import { Uri, l10n, window } from 'vscode';
import { tell } from '../actions';
import type { RunPanels } from './run-panels';
import type { Runs } from './runs';
import type { TrainingActions } from './training-actions';

/** The commands of training, by their names without prefix. */
export function trainingCommands(actions: TrainingActions, runs: Runs, panels: RunPanels): Record<'trainSoftTokens' | 'startTraining' | 'pauseTraining' | 'resumeTraining' | 'stopTraining' | 'openRun', (given?: unknown) => Promise<void>> {
  const guarded = (work: (given?: unknown) => Promise<unknown>) => async (given?: unknown) => void (await work(given).catch(tell));
  return {
    trainSoftTokens: guarded((given) => actions.trainSoftTokens(given)),
    startTraining: guarded(async (given) => {
      const config = given instanceof Uri ? given : window.activeTextEditor?.document.uri;
      if (config && /(?:^|\/)train\.yaml$/.test(config.path)) await actions.start(config);
    }),
    pauseTraining: guarded(async (given) => {
      const run = await actions.choose(given, ({ phase }) => phase === 'training', l10n.t('Nothing is being trained'));
      if (run) await runs.control(run, 'pause');
    }),
    resumeTraining: guarded(async (given) => {
      const run = await actions.choose(given, ({ phase }) => ['paused', 'interrupted', 'stopped', 'failed'].includes(phase), l10n.t('No run waits to be resumed'));
      if (run) await actions.resume(run);
    }),
    stopTraining: guarded(async (given) => {
      const run = await actions.choose(given, ({ isLive }) => isLive, l10n.t('Nothing is being trained'));
      if (run) await runs.control(run, 'stop');
    }),
    openRun: guarded(async (given) => {
      const run = await actions.choose(given, () => true, l10n.t('Nothing was trained here yet'));
      if (run) await panels.open(run);
    }),
  };
}
