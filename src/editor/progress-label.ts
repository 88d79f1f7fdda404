import { l10n } from 'vscode';
import type { Job } from './jobs';

/** Where a job is, in one short line. */
export function progressLabel(job: Job): string {
  const { progress } = job;
  const which = job.total > 1 ? l10n.t('Picture {0} of {1}: ', Math.min(job.done + 1, job.total), job.total) : '';
  return which + phaseLabel(progress);
}

/** What the engine does now, and whom it waits for. */
export function phaseLabel(progress: Job['progress']): string {
  switch (progress?.phase) {
    case undefined:
      return l10n.t('starting the engine');
    case 'waiting':
      if (progress?.heldBy) return l10n.t('waiting for {0}', progress.heldBy);
      return progress?.ahead ? l10n.t('waiting, {0} before it', progress.ahead) : l10n.t('waiting');
    case 'loading':
      return l10n.t('loading the model');
    case 'encoding':
      return l10n.t('reading the prompt');
    case 'denoising':
      return l10n.t('step {0} of {1}', progress?.step ?? 0, progress?.steps ?? 0);
    case 'decoding':
      return l10n.t('decoding');
    case 'writing':
      return l10n.t('writing the picture');
  }
}
