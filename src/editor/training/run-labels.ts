import { l10n } from 'vscode';
import type { RunAction, RunLabels } from '../../messages';

/** The page's fixed words, translated here because a webview has no `l10n`. */
export function runLabels(): RunLabels {
  return {
    loss: l10n.t('Loss'),
    validationLoss: l10n.t('Held-out error'),
    learningRate: l10n.t('Learning rate'),
    gradientNorm: l10n.t('Gradient norm'),
    matchedRank: l10n.t('Rank of the right caption'),
    matchedRankHint: l10n.t('1 is perfect'),
    accuracy: l10n.t('Held-out accuracy'),
    tokenCosine: l10n.t('Likeness of tokens'),
    tokenCosineHint: l10n.t('largest cosine; 1 is collapse'),
    step: l10n.t('Step'),
    samples: l10n.t('Samples'),
    noSamples: l10n.t('No samples yet. They are drawn as the run goes on.'),
    withTokens: l10n.t('with tokens'),
    withoutTokens: l10n.t('without'),
    sampleStep: l10n.t('Samples of step'),
    averaged: l10n.t('Each point is the mean of {0} steps.', '{0}'),
    progress: l10n.t('Progress'),
    charts: l10n.t('Charts'),
    facts: l10n.t('Run'),
    noPoints: l10n.t('No step yet.'),
  };
}

export function actionLabel(action: RunAction): string {
  switch (action) {
    case 'start':
      return l10n.t('Start');
    case 'pause':
      return l10n.t('Pause');
    case 'resume':
      return l10n.t('Resume');
    case 'stop':
      return l10n.t('Stop');
    case 'sample':
      return l10n.t('Draw Samples');
    case 'use':
      return l10n.t('Use in a Prompt');
    case 'new-run':
      return l10n.t('Start as a New Run');
    case 'open-config':
      return l10n.t('Open train.yaml');
    case 'open-dataset':
      return l10n.t('Open Dataset');
    case 'show-log':
      return l10n.t('Show Log');
    case 'manage-trust':
      return l10n.t('Manage Workspace Trust');
  }
}
