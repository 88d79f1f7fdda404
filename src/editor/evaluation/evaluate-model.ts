import { basename, join } from 'node:path';
import { Uri, commands, l10n, window, workspace, type QuickPickItem } from 'vscode';
import type { Progress } from '../../engine/engine';
import { keepOutOfGit } from '../../image/store';
import { knownConcepts, listModels, readModelFolder, type InstalledModel, type ModelFolder } from '../../models';
import { EMOJI_SPLITS, EvaluateRequest, SPLITS } from '../../prompt';
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
    const suite = await askSuite(await readModelFolder(model.dir, model.id));
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

interface Choice extends QuickPickItem {
  /** `null`: a captioned folder is still to be chosen. */
  readonly suite: Record<string, unknown> | null;
}

/** What is measured; icons are looked at, and emoji where they were taught, any other model is asked about a captioned folder. */
async function askSuite(model: ModelFolder): Promise<Record<string, unknown> | undefined> {
  const folder = async () => retrieval(await chooseDataset(l10n.t('Evaluate Model: the captioned folder')));
  if (model.kind !== 'icon') return folder();
  const pictures = (label: string, suite: 'icons' | 'emoji', prompts: number, seeds: number, distinct: number): Choice => {
    const splits = suite === 'icons' ? SPLITS : EMOJI_SPLITS;
    return {
      label, description: l10n.t('{0} pictures', splits.length * prompts * seeds + distinct * 16),
      suite: { suite, splits: [...splits], prompts, seeds, distinct, steps: null, guidanceScale: null, side: null, pooled: 'text' },
    };
  };
  const known = await knownConcepts(model);
  const chosen = await window.showQuickPick<Choice>(
    [
      pictures(l10n.t('A Quick Look'), 'icons', 10, 1, 0),
      pictures(l10n.t('Colours, Concepts, Copies, Variety'), 'icons', 100, 1, 10),
      pictures(l10n.t('The Full Measurement'), 'icons', 500, 4, 100),
      ...(known && known.emoji.length > 0 ? [pictures(l10n.t('Emoji'), 'emoji', 100, 1, 0)] : []),
      { label: l10n.t('Which Caption Belongs to Which Picture…'), description: l10n.t('on a captioned folder'), suite: null },
    ],
    { title: l10n.t('Evaluate Model: what to measure') },
  );
  return chosen && (chosen.suite ?? folder());
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
