import { basename, join } from 'node:path';
import { Uri, commands, l10n, window, workspace, type QuickPickItem } from 'vscode';
import type { Progress } from '../../engine/engine';
import { keepOutOfGit } from '../../image/store';
import { listModels, readModelFolder, type InstalledModel, type ModelKind } from '../../models';
import { EvaluateRequest, SPLITS } from '../../prompt';
import { tell } from '../actions';
import { chooseDataset } from '../dataset/choose-dataset';
import { toDiskPath } from '../disk-path';
import type { EngineDoor } from '../engine-door';
import { phaseLabel } from '../progress-label';
import { requireTrust } from '../trust';
import { underNotification } from '../under-notification';

/** "Evaluate Model…": asks what to measure, measures in the background, shows the report. */
export async function evaluateModel({ engine, storage }: { engine: EngineDoor; storage: Uri }): Promise<void> {
  try {
    requireTrust();
    const model = await askModel();
    if (!model) return;
    const { kind } = await readModelFolder(model.dir, model.id);
    const suite = await askSuite(kind);
    if (!suite) return;
    const folder = join(await reportsFolder(storage), `${model.id}-${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '')}`);
    const request = EvaluateRequest.parse({ ...suite, model: { id: model.id, path: model.dir }, adapters: [], folder });
    const page = await run(request, engine);
    if (page !== undefined) await commands.executeCommand('markdown.showPreview', Uri.file(page));
  } catch (error) {
    await tell(error);
  }
}

async function askModel(): Promise<InstalledModel | undefined> {
  const models = await listModels();
  if (models.length < 2) return models[0];
  const items = models.map((model) => ({ label: model.id, description: model.source === 'embedded' ? l10n.t('comes with Easel') : model.dir, model }));
  return (await window.showQuickPick(items, { title: l10n.t('Evaluate Model: the model'), placeHolder: l10n.t('How well does it do what it is asked?') }))?.model;
}

/** What is measured; icons are looked at, any other model is asked about a captioned folder. */
async function askSuite(kind: ModelKind): Promise<Record<string, unknown> | undefined> {
  const folder = () => chooseDataset(l10n.t('Evaluate Model: the captioned folder'));
  if (kind !== 'icon') return retrieval(await folder());
  const icons = (label: string, prompts: number, seeds: number, distinct: number): QuickPickItem & { prompts: number; seeds: number; distinct: number } => ({
    label, prompts, seeds, distinct, description: l10n.t('{0} pictures', SPLITS.length * prompts * seeds + distinct * 16),
  });
  const chosen = await window.showQuickPick(
    [
      icons(l10n.t('A Quick Look'), 10, 1, 0),
      icons(l10n.t('Colours, Concepts, Copies, Variety'), 100, 1, 10),
      icons(l10n.t('The Full Measurement'), 500, 4, 100),
      { label: l10n.t('Which Caption Belongs to Which Picture…'), description: l10n.t('on a captioned folder'), prompts: 0, seeds: 0, distinct: 0 },
    ],
    { title: l10n.t('Evaluate Model: what to measure') },
  );
  if (!chosen) return undefined;
  if (chosen.prompts === 0) return retrieval(await folder());
  const { prompts, seeds, distinct } = chosen;
  return { suite: 'icons', splits: [...SPLITS], prompts, seeds, distinct, steps: null, guidanceScale: null, pooled: 'text' };
}

function retrieval(folder: Uri | undefined): Record<string, unknown> | undefined {
  const dataset = folder && toDiskPath(folder);
  return dataset === undefined ? undefined : { suite: 'retrieval', dataset, pictures: null, captions: 8, hard: false, grid: 8, seed: 0 };
}

/** Beside the history of the first workspace folder, kept out of the repository as that is; without one, in the extension's own storage. */
async function reportsFolder(storage: Uri): Promise<string> {
  const root = workspace.workspaceFolders?.map(({ uri }) => toDiskPath(uri)).find((path) => path !== undefined);
  if (root === undefined) return join(toDiskPath(storage) ?? '', 'evaluations');
  await keepOutOfGit(root);
  return join(root, '.easel', 'evaluations');
}

/** Under a notification that counts pictures and cancels; drawing goes first meanwhile. Resolves with the report's page. */
async function run(request: EvaluateRequest, engine: EngineDoor): Promise<string | undefined> {
  const label = (now: Progress) => (now.phase === 'waiting' ? phaseLabel(now) : l10n.t('{0} of {1}', now.step, now.steps));
  const { files } = await underNotification(l10n.t('Evaluating {0}', request.model.id), label, (options) => engine.evaluate(request, options));
  return files.find((file) => basename(file) === 'report.md');
}
