import { ProgressLocation, Uri, commands, env, l10n, window, workspace, type LogOutputChannel, type TextDocument } from 'vscode';
import { infotextToBlock, type Block } from '../prompt';
import { tell, type Actions } from './actions';
import type { BackgroundWork } from './background-work';
import type { Datasets } from './dataset';
import { editPicture } from './editing/edit-picture';
import type { EngineDoor } from './engine-door';
import { evaluateModel } from './evaluation/evaluate-model';
import { findBlock } from './find-block';
import type { Jobs } from './jobs';
import { stateMeaning, stateWord } from './lens-titles';
import type { PicturePanel } from './panel/picture-panel';
import { pastedBlock } from './pasted-block';
import type { PictureStates } from './picture-states';
import { probeProviders } from './probe-providers';
import type { PromptFiles } from './prompt-files';
import { setting } from './settings';
import type { Training } from './training';

export type Command = (...args: unknown[]) => unknown;

/** Those of training, which is loaded with the first of them. */
const TRAINING = ['trainSoftTokens', 'startTraining', 'pauseTraining', 'resumeTraining', 'stopTraining', 'openRun'] as const;

interface Parts {
  files: PromptFiles;
  states: PictureStates;
  jobs: Jobs;
  actions: Actions;
  engine: EngineDoor;
  background: BackgroundWork;
  panel: PicturePanel;
  datasets: () => Promise<Datasets>;
  training: () => Promise<Training>;
  /** A folder of the extension's own. */
  storage: Uri;
  log: LogOutputChannel;
}

/** Every command of the manifest, by id. A lens names its block; the palette means the one the cursor is in. */
export function easelCommands({ files, states, jobs, actions, engine, background, panel, datasets, training, storage, log }: Parts): ReadonlyMap<string, Command> {
  const onBlock = (work: (document: TextDocument, block: Block) => Promise<unknown>) => async (uri?: unknown, index?: unknown) => {
    const target = await findBlock(files, uri, index);
    if (!target) return void window.showInformationMessage(l10n.t('Open a prompt file (.t2i, or Markdown with a t2i fence) and put the cursor into a block.'));
    const { document, block } = target;
    // The panel shows a failure with its next action; a notification would only repeat it.
    await work(document, block).catch((error: unknown) => (panel.isShowing(document, block) && jobs.failure(document, block)?.error === error ? undefined : tell(error)));
  };
  const showing = (work: (document: TextDocument, block: Block) => Promise<unknown>) =>
    onBlock(async (document, block) => {
      if (setting('panel.openOnGenerate')) panel.open(document, block);
      await work(document, block);
    });

  const all: Record<string, Command> = {
    generate: showing((document, block) => actions.generate(document, block)),
    generateFour: showing((document, block) => actions.generateFour(document, block)),
    generateAll: onBlock((document) => generateEach(document, files.parse(document)?.blocks ?? [])),
    generateChanged: onBlock(generateChanged),
    cancel: (uri?: unknown, index?: unknown) => cancel(uri, index),
    openPanel: onBlock(async (document, block) => panel.open(document, block)),
    explainState: onBlock(explainState),
    copyInfotext: onBlock(copyInfotext),
    pasteInfotext: () => pasteInfotext(files).catch(tell),
    editPicture: (given?: unknown) => editPicture(given, { engine, atCursor: picturesAtCursor }),
    evaluateModel: () => evaluateModel({ engine, storage }),
    openDataset: async (folder?: unknown, picture?: unknown) => (await datasets()).panels.open(folder, picture).catch(tell),
    ...Object.fromEntries(TRAINING.map((name) => [name, async (given?: unknown) => (await training()).commands[name](given)])),
    probeProviders: () => probeProviders({ engine, log }),
    restartEngine: () => restartEngine().catch(tell),
    showLog: () => log.show(),
  };
  return new Map(Object.entries(all).map(([name, run]) => [`easel.${name}`, run]));

  /** What cannot be judged is never overwritten: it is told, and the others are drawn. */
  async function generateChanged(document: TextDocument): Promise<void> {
    await states.refresh(document);
    const blocks = (files.parse(document)?.blocks ?? []).filter(({ count }) => count > 0);
    const state = (block: Block) => states.get(document, block)?.state;
    const unknown = blocks.filter((block) => state(block) === 'unknown').map(({ name }) => name);
    if (unknown.length > 0) void window.showWarningMessage(l10n.t('Not drawn, because their files do not say how they were made and are never overwritten: {0}. Move the files away, or give the blocks another Out.', unknown.join(', ')));
    const changed = blocks.filter((block) => state(block) !== 'fresh' && state(block) !== 'unknown');
    if (changed.length > 0) return generateEach(document, changed);
    if (unknown.length === 0) void window.showInformationMessage(l10n.t('Every picture of {0} is fresh.', workspace.asRelativePath(document.uri)));
  }

  /** One after the other, with a notification that cancels; the first failure ends it, because the rest would likely fail alike. */
  async function generateEach(document: TextDocument, blocks: readonly Block[]): Promise<void> {
    const drawn = blocks.filter(({ count }) => count > 0);
    if (drawn.length === 0) return void window.showInformationMessage(l10n.t('{0} says no picture: write a prompt under a heading.', workspace.asRelativePath(document.uri)));
    await window.withProgress({ location: ProgressLocation.Notification, cancellable: true, title: l10n.t('Generating {0} blocks', drawn.length) }, async (progress, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      for (const block of drawn) {
        if (controller.signal.aborted) return;
        progress.report({ message: block.name, increment: 100 / drawn.length });
        await actions.generate(document, block, controller.signal);
      }
    });
  }

  function picturesAtCursor(): readonly { readonly path: string }[] {
    const editor = window.activeTextEditor;
    const block = editor && files.blockAt(editor.document, editor.selection.active);
    return (editor && block && states.get(editor.document, block)?.pictures) ?? [];
  }

  /** A lens cancels its block, a menu its file, the status bar everything. */
  async function cancel(uri: unknown, index: unknown): Promise<void> {
    const target = typeof index === 'number' ? await findBlock(files, uri, index) : undefined;
    const cancelled = jobs.cancel(uri instanceof Uri ? uri.toString() : undefined, target && files.identities.of(target.document, target.block));
    if (cancelled === 0) window.setStatusBarMessage(l10n.t('Nothing is being drawn'), 3000);
  }

  /** A picture is soon drawn again; what goes on in the background may have taken hours, and is asked about. */
  async function restartEngine(): Promise<void> {
    const work = background.current?.text;
    if (work !== undefined) {
      const restart = l10n.t('Restart');
      const detail = l10n.t('A training run ends with its last checkpoint; "Resume Training" goes on from there.');
      if ((await window.showWarningMessage(l10n.t('Restarting the engine ends what it is doing: {0}', work), { modal: true, detail }, restart)) !== restart) return;
    }
    await engine.restart();
    window.setStatusBarMessage(l10n.t('Easel engine restarted'), 3000);
  }

  async function explainState(document: TextDocument, block: Block): Promise<void> {
    await states.refresh(document);
    const status = states.get(document, block);
    const state = status?.state ?? 'checking';
    const said = stateWord(state, status?.modelVerified ?? true, l10n.t);
    const why = status?.reasons.length ? status.reasons.join('; ') : stateMeaning(state, l10n.t);
    const message = `${block.name}: ${said}. ${why}.`;
    const generate = l10n.t('Generate');
    const chosen = await window.showInformationMessage(message, ...(state === 'stale' || state === 'missing' ? [generate] : []));
    if (chosen === generate) await commands.executeCommand('easel.generate', document.uri, block.index);
  }

  async function copyInfotext(document: TextDocument, block: Block): Promise<void> {
    const infotext = states.get(document, block)?.pictures.find((picture) => picture.infotext)?.infotext;
    if (!infotext) return void window.showInformationMessage(l10n.t('{0} has no picture with an infotext yet. Generate it first.', block.name));
    await env.clipboard.writeText(infotext);
    window.setStatusBarMessage(l10n.t('Infotext copied'), 3000);
  }
}

/** The clipboard's infotext as a new block below the one the cursor is in. */
async function pasteInfotext(files: PromptFiles): Promise<void> {
  const editor = window.activeTextEditor;
  const text = await env.clipboard.readText();
  if (!editor || text.trim() === '') return void window.showInformationMessage(l10n.t('Copy an infotext (A1111 parameters) first, then paste it into a prompt file.'));
  const { document } = editor;
  const blocks = files.parse(document)?.blocks ?? [];
  const end = files.blockAt(document, editor.selection.active)?.span.end ?? document.getText().length;
  const pasted = pastedBlock(document.getText().slice(0, end), infotextToBlock(text), { names: blocks.map(({ name }) => name), isMarkdown: document.languageId === 'markdown' });
  const isChanged = await editor.edit((edit) => edit.insert(document.positionAt(end), pasted));
  if (!isChanged) throw new Error(l10n.t('{0} could not be changed. Is it read-only?', workspace.asRelativePath(document.uri)));
}
