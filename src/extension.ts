/**
 * The extension's shell. It is loaded for every window that holds Markdown, so it costs next to nothing: what it
 * registers loads the rest (`editor/`, a bundle of its own) with the first prompt file, command, task or restored panel.
 * No model, no runtime and no process is touched before the first picture.
 */
import { commands, tasks, window, workspace, type ExtensionContext, type TextDocument } from 'vscode';
import type { Started } from './editor';
import { mayHoldCaptions } from './editor/dataset/caption-document';
import { isTrainConfig } from './editor/training/train-document';
import { promptLanguage } from './editor/prompt-language';

export function activate(context: ExtensionContext): void {
  let started: Promise<Started> | undefined;
  const load = () => (started ??= import('./editor').then(({ start }) => start(context)));
  const loadFor = (document: TextDocument) => {
    if (!started && (promptLanguage(document) !== undefined || mayHoldCaptions(document) || isTrainConfig(document))) void load();
  };

  for (const id of contributedCommands(context)) {
    context.subscriptions.push(commands.registerCommand(id, async (...args: unknown[]) => (await load()).commands.get(id)?.(...args)));
  }
  context.subscriptions.push(
    ...['easel.panel', 'easel.dataset', 'easel.run'].map((type) => window.registerWebviewPanelSerializer(type, { deserializeWebviewPanel: async (panel, memory: unknown) => (await load()).restorePanel(panel, memory) })),
    tasks.registerTaskProvider('easel', {
      provideTasks: async (token) => (await load()).tasks.provideTasks(token),
      resolveTask: async (task, token) => (await load()).tasks.resolveTask(task, token),
    }),
    tasks.registerTaskProvider('easel-train', {
      provideTasks: async (token) => (await load()).trainTasks.provideTasks(token),
      resolveTask: async (task, token) => (await load()).trainTasks.resolveTask(task, token),
    }),
    workspace.onDidOpenTextDocument(loadFor),
    // A Markdown file becomes a prompt file with its first ```t2i fence.
    workspace.onDidChangeTextDocument(({ document }) => loadFor(document)),
  );
  workspace.textDocuments.forEach(loadFor);
}

/** The manifest's own list, so that no command is offered that nobody answers. */
function contributedCommands({ extension }: ExtensionContext): string[] {
  const { contributes } = extension.packageJSON as { contributes: { commands: { command: string }[] } };
  return contributes.commands.map(({ command }) => command);
}
