import { CodeLens, CompletionItem, CompletionItemKind, Diagnostic, DiagnosticSeverity, EventEmitter, Hover, MarkdownString, Range, Uri, l10n, languages, workspace, type DocumentSelector, type ExtensionContext, type TextDocument } from 'vscode';
import { toDiskPath } from '../disk-path';
import { paced } from '../paced';
import { setting } from '../settings';
import { configItemsAt } from './config-items-at';
import type { Run } from './run';
import { runOfConfig } from './run-place';
import { phaseLabel, progressLabel } from './run-words';
import type { Runs } from './runs';
import { CONFIG_KEYS, readTrainConfig } from './train-config';
import { isTrainConfig } from './train-document';

const SELECTOR: DocumentSelector = { scheme: 'file', pattern: '**/train.yaml' };
/** How long typing must pause before the file is checked, in milliseconds. */
const PAUSE = 250;
/** Longer than the quiet that VS Code waits for before it asks for lenses again. */
const REFRESH_GAP = 700;

/** `train.yaml` while it is written: remarks, completion, hovers from the schema, and the run's lenses on top. */
export function registerTrainYaml(context: ExtensionContext, runs: Runs): void {
  const collection = languages.createDiagnosticCollection('easel-training');
  const timers = new Map<TextDocument, NodeJS.Timeout>();
  const changed = new EventEmitter<void>();
  const refresh = paced(() => changed.fire(), REFRESH_GAP);
  const check = (document: TextDocument, delay: number) => {
    if (!isTrainConfig(document)) return;
    clearTimeout(timers.get(document));
    timers.set(document, setTimeout(() => mark(document), delay));
  };
  const forget = (document: TextDocument) => {
    clearTimeout(timers.get(document));
    timers.delete(document);
    collection.delete(document.uri);
  };
  context.subscriptions.push(
    collection,
    changed,
    refresh,
    { dispose: () => timers.forEach((timer) => clearTimeout(timer)) },
    runs.onDidChange(refresh),
    workspace.onDidOpenTextDocument((document) => check(document, 0)),
    workspace.onDidChangeTextDocument(({ document }) => check(document, PAUSE)),
    workspace.onDidCloseTextDocument(forget),
    languages.registerCompletionItemProvider(SELECTOR, { provideCompletionItems: (document, position) => (isTrainConfig(document) ? complete(document.lineAt(position.line).text.slice(0, position.character), document.getText(), position.line) : undefined) }, ' ', ':'),
    languages.registerHoverProvider(SELECTOR, { provideHover: (document, position) => (isTrainConfig(document) ? explain(document.lineAt(position.line).text) : undefined) }),
    languages.registerCodeLensProvider(SELECTOR, { onDidChangeCodeLenses: changed.event, provideCodeLenses: (document) => lenses(document) }),
  );
  workspace.textDocuments.forEach((document) => check(document, 0));

  function mark(document: TextDocument): void {
    const { problems } = readTrainConfig(document.getText());
    collection.set(document.uri, problems.map(({ message, start, end }) => {
      const diagnostic = new Diagnostic(new Range(document.positionAt(start), document.positionAt(end)), message, DiagnosticSeverity.Error);
      diagnostic.source = 'easel';
      return diagnostic;
    }));
  }

  function complete(before: string, text: string, line: number): CompletionItem[] {
    return configItemsAt(before, text).map(({ label, insert, description, from, isKey }) => {
      const item = new CompletionItem(label, isKey ? CompletionItemKind.Property : CompletionItemKind.EnumMember);
      item.insertText = insert;
      item.documentation = description;
      item.range = new Range(line, from, line, before.length);
      return item;
    });
  }

  function explain(line: string): Hover | undefined {
    const [, name] = /^([A-Za-z]\w*):/.exec(line) ?? [];
    const key = CONFIG_KEYS.find((one) => one.key === name);
    if (!key) return undefined;
    const text = new MarkdownString().appendMarkdown(`**${key.key}**\n\n`).appendText(key.description);
    if (key.values.length > 0) text.appendMarkdown(`\n\n${l10n.t('One of')} ${key.values.map((value) => `\`${value}\``).join(', ')}`);
    if (key.default !== null) text.appendMarkdown(`\n\n${l10n.t('Default')} \`${key.default}\``);
    return new Hover(text);
  }

  async function lenses(document: TextDocument): Promise<CodeLens[]> {
    const path = toDiskPath(document.uri);
    const folder = workspace.getWorkspaceFolder(document.uri);
    const root = folder && toDiskPath(folder.uri);
    if (!setting('codeLens.enabled') || path === undefined || root === undefined || !isTrainConfig(document)) return [];
    const { config } = readTrainConfig(document.getText());
    const run = config ? await runs.at(runOfConfig(root, path, config.name)) : undefined;
    return run ? lensesOf(document, run) : [];
  }
}

function lensesOf(document: TextDocument, run: Run): CodeLens[] {
  // Above the first key: a lens above the first line of all is scrolled out of sight when it comes.
  const first = [...Array(document.lineCount).keys()].find((line) => /^\w/.test(document.lineAt(line).text)) ?? 0;
  const top = new Range(first, 0, first, 0);
  const lens = (icon: string, title: string, command: string, argument: unknown = document.uri) => new CodeLens(top, { title: `$(${icon})\u00a0${title}`, command: `easel.${command}`, arguments: [argument] });
  const { phase } = run;
  const folder = Uri.file(run.folder);
  const state = progressLabel(run) ?? phaseLabel(phase);
  const actions =
    phase === 'new' || (phase === 'failed' && !run.log.last) ? [lens('play', l10n.t('Start'), 'startTraining')]
    : phase === 'training' ? [lens('debug-pause', l10n.t('Pause'), 'pauseTraining', folder), lens('debug-stop', l10n.t('Stop'), 'stopTraining', folder)]
    : run.isLive && phase !== 'paused' ? [lens('debug-stop', l10n.t('Stop'), 'stopTraining', folder)]
    : phase === 'finished' ? [lens('play', l10n.t('Start'), 'startTraining')]
    : phase === 'elsewhere' ? []
    : [lens('debug-continue', l10n.t('Resume'), phase === 'paused' ? 'resumeTraining' : 'startTraining', phase === 'paused' ? folder : document.uri)];
  return [...actions, lens('graph-line', `${l10n.t('Open Run')} · ${state}`, 'openRun', folder)];
}
