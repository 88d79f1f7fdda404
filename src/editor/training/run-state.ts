import { basename } from 'node:path';
import { Uri, l10n, workspace, type Webview } from 'vscode';
import { EngineError } from '../../engine/engine';
import type { RunAction, RunSample, RunState } from '../../messages';
import { actionLabel } from './run-labels';
import type { Run } from './run';
import { runValidation } from './run-validation';
import { phaseLabel, progressLabel } from './run-words';

/** Samples that the page gets: the newest of every prompt, and enough older ones to compare. */
const SAMPLES_AT_MOST = 400;

/** Everything the page needs to show one run. */
export function runState(webview: Webview, run: Run, announcement: string): RunState {
  const { log, request, phase } = run;
  const label = progressLabel(run);
  const counted = (phase === 'preparing' || phase === 'elsewhere') && log.preparing ? log.preparing : { done: log.step, total: log.total };
  const { points, stepsPerPoint } = log.curve;
  // Stopping a run before it began ends in an error too, which is none to show.
  const error = phase === 'failed' ? (run.error?.message ?? (log.ending?.event === 'failed' ? log.ending.message : undefined)) : undefined;
  return {
    memory: { run: run.folder },
    name: request?.name ?? log.started?.name ?? basename(run.folder),
    where: workspace.asRelativePath(run.folder),
    phase,
    phaseLabel: phaseLabel(phase),
    progress: label === undefined ? null : { label, done: counted.done, total: counted.total },
    facts: facts(run),
    points,
    stepsPerPoint,
    validation: runValidation(log.validations),
    samples: log.samples.slice(-SAMPLES_AT_MOST).map(({ step, prompt, seed, time, withTokens, withoutTokens }): RunSample => ({
      step,
      prompt,
      seed,
      withTokens: uriOf(webview, withTokens, time),
      withoutTokens: uriOf(webview, withoutTokens, log.started?.time ?? 0),
    })),
    warnings: [...new Set([...log.warnings.map(({ message }) => message), ...(log.started?.notes ?? [])])],
    error: error ?? null,
    actions: actionsOf(run).map((id) => ({ id, label: actionLabel(id) })),
    announcement,
  };
}

/** What may be done with a run now, the likeliest first. */
function actionsOf(run: Run): RunAction[] {
  const always: RunAction[] = ['open-config', 'open-dataset'];
  switch (run.phase) {
    case 'new':
      return ['start', ...always];
    case 'waiting':
    case 'preparing':
      return ['stop', ...always];
    case 'training':
      return ['pause', 'sample', 'stop', ...always];
    case 'paused':
      return ['resume', 'sample', 'stop', ...always];
    case 'finished':
      return ['use', ...always];
    case 'stopped':
      return ['resume', ...(run.log.step > 0 ? ['use' as const] : []), ...always];
    case 'interrupted':
      return ['resume', ...always];
    case 'failed': {
      const code = run.error instanceof EngineError ? run.error.code : undefined;
      if (code === 'untrusted') return ['manage-trust', ...always];
      return [...(code === 'bad-request' && run.log.last ? ['new-run' as const] : []), run.log.last ? 'resume' : 'start', 'show-log', ...always];
    }
    case 'stopping':
    case 'elsewhere':
      return always;
  }
}

function facts({ request, log: { started } }: Run): RunState['facts'] {
  const all: [string, string | undefined][] = [
    [l10n.t('Dataset'), request && workspace.asRelativePath(request.dataset)],
    [l10n.t('Pictures'), started && l10n.t('{0} to train on, {1} held out, {2} without caption', started.dataset.training, started.dataset.validation, started.dataset.without)],
    [l10n.t('Model'), request?.model.id],
    [l10n.t('Trained'), started && l10n.t('{0} numbers, {1} % of the model', started.trainables.toLocaleString(), ((100 * started.trainables) / started.modelParameters).toPrecision(2))],
    [l10n.t('Prompt name'), request && `<${request.name}>`],
    [l10n.t('Computed by'), started && l10n.t('{0}, {1} threads', started.runtime, started.threads)],
    [l10n.t('Revision'), started?.revision?.slice(0, 12)],
  ];
  return all.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

function uriOf(webview: Webview, path: string, time: number): string {
  return webview.asWebviewUri(Uri.file(path)).with({ query: `version=${time}` }).toString();
}
