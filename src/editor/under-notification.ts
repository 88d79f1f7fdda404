import { ProgressLocation, window } from 'vscode';
import type { JobOptions, Progress } from '../engine/engine';

/** Long work that a person asked for, under a notification that says how far it is (`label`) and cancels. */
export function underNotification<Result>(title: string, label: (now: Progress) => string, work: (options: Required<Pick<JobOptions, 'signal' | 'onProgress'>>) => Promise<Result>): Thenable<Result> {
  return window.withProgress({ location: ProgressLocation.Notification, cancellable: true, title }, async (progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    let told = 0;
    return work({
      signal: controller.signal,
      onProgress: (now) => {
        // Phases that count nothing leave the bar where it is.
        const done = now.steps > 0 ? Math.max(told, now.step / now.steps) : told;
        progress.report({ message: label(now), increment: 100 * (done - told) });
        told = done;
      },
    });
  });
}
