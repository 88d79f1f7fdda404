import { l10n } from 'vscode';
import type { RunState } from '../../messages';
import type { Run } from './run';

/** Where a run is, as a word or two. */
export function phaseLabel(phase: RunState['phase']): string {
  switch (phase) {
    case 'new':
      return l10n.t('not started');
    case 'waiting':
      return l10n.t('waiting');
    case 'preparing':
      return l10n.t('preparing');
    case 'training':
      return l10n.t('training');
    case 'paused':
      return l10n.t('paused');
    case 'stopping':
      return l10n.t('stopping');
    case 'finished':
      return l10n.t('finished');
    case 'stopped':
      return l10n.t('stopped');
    case 'failed':
      return l10n.t('failed');
    case 'interrupted':
      return l10n.t('interrupted');
    case 'elsewhere':
      return l10n.t('running elsewhere');
  }
}

/** How far a run is, in one short line; `undefined` if there is nothing to count. */
export function progressLabel(run: Run): string | undefined {
  const { phase, log, waiting } = run;
  switch (phase) {
    case 'waiting':
      if (waiting?.heldBy) return l10n.t('waiting for {0}', waiting.heldBy);
      return waiting?.ahead ? l10n.t('waiting, {0} before it', waiting.ahead) : l10n.t('starting the engine');
    case 'preparing':
      return log.preparing ? preparingLabel(log.preparing.what) : l10n.t('starting');
    case 'training':
    case 'elsewhere': {
      if (log.preparing) return preparingLabel(log.preparing.what);
      const eta = log.lastStep?.etaSeconds;
      const steps = l10n.t('step {0} of {1}', log.step, log.total);
      return eta === undefined ? steps : `${steps}, ${timeLeft(eta)}`;
    }
    case 'paused':
      return l10n.t('paused at step {0} of {1}', log.step, log.total);
    case 'stopping':
      return l10n.t('stopping after this step');
    case 'interrupted':
    case 'stopped':
    case 'failed':
      return log.total > 0 ? l10n.t('step {0} of {1}', log.step, log.total) : undefined;
    default:
      return undefined;
  }
}

function preparingLabel(what: 'dataset' | 'model' | 'captions' | 'pictures' | 'graph'): string {
  switch (what) {
    case 'dataset':
      return l10n.t('reading the dataset');
    case 'model':
      return l10n.t('loading the model');
    case 'captions':
      return l10n.t('encoding captions');
    case 'pictures':
      return l10n.t('encoding pictures');
    case 'graph':
      return l10n.t('building the training graph');
  }
}

export function timeLeft(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return l10n.t('{0} s left', whole);
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? l10n.t('{0} min left', minutes) : l10n.t('{0} h {1} min left', Math.floor(minutes / 60), minutes % 60);
}
