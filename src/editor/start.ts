import { Uri, window, workspace, type ExtensionContext, type TaskProvider, type TextDocument, type WebviewPanel } from 'vscode';
import { Actions } from './actions';
import { registerAdapterHover } from './adapter-hover';
import { Adapters } from './adapters';
import { BackgroundWork } from './background-work';
import { Candidates } from './candidates';
import { mayHoldCaptions } from './dataset/caption-document';
import type { Datasets } from './dataset';
import { easelCommands, type Command } from './commands';
import { DiskContexts } from './disk-contexts';
import { toDiskPath } from './disk-path';
import { EngineDoor } from './engine-door';
import { GenerateLens } from './generate-lens';
import { registerGutter } from './gutter';
import { Jobs } from './jobs';
import { ModelLint } from './model-lint';
import { PicturePanel } from './panel/picture-panel';
import { registerPictureHover } from './picture-hover';
import { PictureStates } from './picture-states';
import { registerCompletion } from './prompt-completion';
import { PromptDiagnostics } from './prompt-diagnostics';
import { PromptFiles } from './prompt-files';
import { registerStatusItem } from './status-item';
import { easelTasks } from './task-provider';
import { Thumbnails } from './thumbnails';
import type { Training } from './training';
import { isTrainConfig } from './training/train-document';

/** What the extension's shell hands on, once the editor's parts are there. */
export interface Started {
  commands: ReadonlyMap<string, Command>;
  tasks: TaskProvider;
  trainTasks: TaskProvider;
  /** A panel of ours that came back with the window, by its type. */
  restorePanel(panel: WebviewPanel, memory: unknown): Promise<void>;
}

/** The wiring: makes the parts, tells them of each other, registers what they contribute. Starts no process. */
export function start(context: ExtensionContext): Started {
  const inBundle = (name: string) => toDiskPath(Uri.joinPath(context.extensionUri, 'dist', name)) ?? name;
  const keep = <Part extends { dispose(): unknown }>(part: Part): Part => {
    context.subscriptions.push(part);
    return part;
  };

  const log = keep(window.createOutputChannel('Easel', { log: true }));
  const files = keep(new PromptFiles());
  const contexts = keep(new DiskContexts(files, log));
  const states = new PictureStates(files, contexts, log);
  const engine = keep(new EngineDoor(inBundle('engine-child.cjs'), log));
  const jobs = keep(new Jobs(engine, files.identities));
  keep(files.onDidSettle((document) => jobs.forgive(document.uri.toString())));
  const candidates = keep(new Candidates(context.workspaceState, files.identities));
  keep(files.onDidSettle(() => void candidates.keep()));
  const thumbnails = keep(new Thumbnails(inBundle('thumbnail-child.cjs')));
  const background = keep(new BackgroundWork());
  // Loaded with the first file, command or panel that needs them.
  let loadedDatasets: Promise<Datasets> | undefined;
  const datasets = () => (loadedDatasets ??= import('./dataset').then(({ startDatasets }) => startDatasets(context, { helperPath: inBundle('picture-info-child.cjs'), thumbnails, log })));
  let loadedTraining: Promise<Training> | undefined;
  const training = () => (loadedTraining ??= import('./training').then(({ startTraining }) => startTraining(context, { engine, background, log })));
  const loadFor = (document: TextDocument) => {
    if (!loadedDatasets && mayHoldCaptions(document)) void datasets();
    if (!loadedTraining && isTrainConfig(document)) void training();
  };
  keep(workspace.onDidOpenTextDocument(loadFor));
  workspace.textDocuments.forEach(loadFor);
  const lint = new ModelLint(log);
  const adapters = new Adapters();
  const actions = new Actions(files.identities, contexts, jobs, states, candidates);
  const panel = new PicturePanel(context.extensionUri, { files, contexts, states, jobs, candidates, log });

  panel.register(context);
  states.register(context);
  new GenerateLens(files, states, jobs).register(context);
  registerGutter(context, files, states, thumbnails);
  new PromptDiagnostics(files, contexts, lint, adapters, log).register(context);
  registerPictureHover(context, files, states, thumbnails);
  registerCompletion(context, files, contexts, lint, adapters);
  registerAdapterHover(context, files, contexts, adapters, thumbnails);
  registerStatusItem(context, jobs, engine, background);
  return {
    commands: easelCommands({ files, states, jobs, actions, engine, background, panel, datasets, training, storage: context.globalStorageUri, log }),
    tasks: easelTasks(files, states, actions),
    trainTasks: {
      provideTasks: async (token) => (await training()).tasks.provideTasks(token),
      resolveTask: async (task, token) => (await training()).tasks.resolveTask(task, token),
    },
    restorePanel: async (restored, memory) => {
      if (restored.viewType.endsWith('easel.dataset')) await (await datasets()).panels.restore(restored, memory);
      else if (restored.viewType.endsWith('easel.run')) await (await training()).panels.restore(restored, memory);
      else await panel.restore(restored, memory);
    },
  };
}
