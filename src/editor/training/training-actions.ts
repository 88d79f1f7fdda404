import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Uri, commands, env, l10n, window, workspace, type LogOutputChannel } from 'vscode';
import { EngineError, type TrainResult } from '../../engine/engine';
import { keepOutOfGit } from '../../image/store';
import type { RunAction } from '../../messages';
import { tell } from '../actions';
import { toDiskPath } from '../disk-path';
import { requireTrust } from '../trust';
import { askWhatToTrain } from './ask-what-to-train';
import type { Run } from './run';
import type { RunPanels } from './run-panels';
import { configOf, freeRunFolder, relativePath, requestOf } from './run-place';
import type { Runs } from './runs';
import { phaseLabel } from './run-words';
import { readTrainConfig, writeTrainConfig } from './train-config';

/** What can be asked of training, wherever it is asked: palette, lens, panel, task. */
export class TrainingActions {
  constructor(
    private readonly runs: Runs,
    private readonly panels: () => RunPanels,
    private readonly log: LogOutputChannel,
  ) {}

  /** Asks what to train, writes its `train.yaml`, shows the run and starts it. */
  async trainSoftTokens(given?: unknown): Promise<void> {
    requireTrust();
    const folder = given instanceof Uri ? toDiskPath(given) : undefined;
    const root = rootOf(given instanceof Uri ? given : undefined);
    if (root === undefined) return void window.showInformationMessage(l10n.t('Open a folder first: a run is kept in it, and so is what was learned.'));
    const what = await askWhatToTrain(root, folder);
    if (!what) return;
    const run = await freeRunFolder(root, what.name);
    await mkdir(run, { recursive: true });
    await writeFile(configOf(run), writeTrainConfig({ ...what, dataset: relativePath(run, what.dataset) }));
    await this.start(Uri.file(configOf(run)));
  }

  /** Starts what a `train.yaml` says, or goes on with it, and shows the run. Resolves as soon as it runs. */
  async start(config: Uri): Promise<void> {
    const { run, training } = await this.begin(config);
    await this.panels().open(run);
    // The panel shows how it ends; a notification would only repeat it.
    training.catch((error: unknown) => this.log.warn(`${run.folder}: ${error instanceof Error ? error.message : String(error)}`));
  }

  /** The same, resolving when the run has ended. */
  async begin(config: Uri): Promise<{ run: Run; training: Promise<TrainResult> }> {
    requireTrust();
    const path = toDiskPath(config);
    const root = rootOf(config);
    if (path === undefined || root === undefined) throw new Error(l10n.t('Training needs a folder on this machine\'s disk.'));
    const document = await workspace.openTextDocument(config);
    // What is started is what is seen.
    if (document.isDirty) await document.save();
    const { config: read, problems } = readTrainConfig(document.getText());
    if (!read) throw new EngineError('bad-request', l10n.t('{0}: {1}', workspace.asRelativePath(config), problems[0]?.message ?? ''));
    const request = await requestOf(root, path, read);
    await keepOutOfGit(root);
    const run = await this.runs.at(request.run);
    return { run, training: this.runs.train(request) };
  }

  /** Goes on with a run: out of its pause, or from its last checkpoint as its `train.yaml` says now. */
  async resume(run: Run): Promise<void> {
    if (await this.runs.control(run, 'resume')) return;
    requireTrust();
    await run.read();
    const config = Uri.file(configOf(run.folder));
    const hasConfig = await workspace.fs.stat(config).then(() => true, () => false);
    if (hasConfig || !run.request) return this.start(config);
    await this.panels().open(run);
    this.runs.train(run.request).catch((error: unknown) => this.log.warn(`${run.folder}: ${error instanceof Error ? error.message : String(error)}`));
  }

  /** A button of the run's panel. */
  async act(run: Run, action: RunAction): Promise<void> {
    switch (action) {
      case 'start':
        return this.start(Uri.file(configOf(run.folder))).catch(tell);
      case 'resume':
        return this.resume(run).catch(tell);
      case 'pause':
      case 'stop':
      case 'sample':
        return void (await this.runs.control(run, action));
      case 'use':
        await env.clipboard.writeText(`<${run.request?.name ?? run.log.started?.name ?? ''}>`);
        return void window.setStatusBarMessage(l10n.t('<{0}> copied: paste it into a prompt', run.request?.name ?? ''), 5000);
      case 'new-run':
        return this.startAsNew(run);
      case 'open-config':
        return void (await window.showTextDocument(Uri.file(configOf(run.folder))));
      case 'open-dataset':
        return void (run.request && (await commands.executeCommand('easel.openDataset', Uri.file(run.request.dataset))));
      case 'show-log':
        return this.log.show();
      case 'manage-trust':
        return void (await commands.executeCommand('workbench.trust.manage'));
    }
  }

  /** The run a command means: the lens's, else the only one that fits, else the one that is chosen. */
  async choose(given: unknown, fits: (run: Run) => boolean, nothing: string): Promise<Run | undefined> {
    const path = given instanceof Uri ? toDiskPath(given) : undefined;
    if (path !== undefined) return this.runs.at(/train\.yaml$/.test(path) ? dirname(path) : path);
    const fitting = (await this.runs.all()).filter(fits);
    if (fitting.length === 0) return void window.setStatusBarMessage(nothing, 4000);
    if (fitting.length === 1) return fitting[0];
    const items = fitting.map((run) => ({ label: run.request?.name ?? workspace.asRelativePath(run.folder), description: phaseLabel(run.phase), detail: workspace.asRelativePath(run.folder), run }));
    return (await window.showQuickPick(items, { placeHolder: l10n.t('Which run?') }))?.run;
  }

  /** The config as it is now, in a folder of its own: what differs from the old run is what was wanted. */
  private async startAsNew(run: Run): Promise<void> {
    const document = await workspace.openTextDocument(Uri.file(configOf(run.folder)));
    const root = rootOf(document.uri);
    const { config } = readTrainConfig(document.getText());
    if (root === undefined || !config) return;
    const folder = await freeRunFolder(root, config.name);
    await mkdir(folder, { recursive: true });
    await writeFile(configOf(folder), document.getText());
    await this.start(Uri.file(configOf(folder))).catch(tell);
  }
}

/** The workspace folder of a file, or the only one. */
function rootOf(uri: Uri | undefined): string | undefined {
  const folder = (uri && workspace.getWorkspaceFolder(uri)) ?? workspace.workspaceFolders?.[0];
  return folder && toDiskPath(folder.uri);
}
