import type { Uri} from 'vscode';
import { Range, WorkspaceEdit, l10n, window, workspace, TabInputText, type TextDocument } from 'vscode';
import { editCaption, newCaption, readCaptionFile, type DatasetEntry, type FileEdit } from '../../dataset';
import type { LiveDataset } from './live-dataset';

/** How a change is taken back: text for text, or the file that it created. */
type Inverse = { readonly kind: 'text'; readonly uri: Uri; readonly start: number; readonly written: string; readonly was: string } | { readonly kind: 'created'; readonly uri: Uri; readonly text: string };

/** The editor's own edit for edits of a dataset's files, in the present text of their documents. */
export async function workspaceEditOf(live: LiveDataset, edits: readonly FileEdit[]): Promise<WorkspaceEdit> {
  const all = new WorkspaceEdit();
  for (const edit of edits) {
    const uri = live.uriOf(edit.file);
    if (edit.kind === 'create') all.createFile(uri, { ignoreIfExists: true, contents: Buffer.from(edit.text) });
    else if (edit.kind === 'rename') all.renameFile(uri, live.uriOf(edit.to), { overwrite: false });
    else {
      const document = await workspace.openTextDocument(uri);
      all.replace(uri, new Range(document.positionAt(edit.span.start), document.positionAt(edit.span.end)), edit.newText);
    }
  }
  return all;
}

/**
 * Changes that are made in a dataset panel. They go through the editor's documents: a file that is open in a tab becomes
 * dirty and has its own undo; one that is not is saved at once, since nobody would see that it is not. The panel undoes
 * both, unless the text has changed since.
 */
export class FileEdits {
  private readonly done: Inverse[][] = [];

  constructor(private readonly live: LiveDataset) {}

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  /** Rejects with one line to show if the caption cannot be written. */
  async setCaption({ picture, source }: Pick<DatasetEntry, 'picture' | 'source'>, caption: string): Promise<void> {
    const { dataset } = this.live;
    if (!dataset) return;
    if (!source) return this.apply([newCaption(dataset, picture, caption.trim())]);
    const document = await workspace.openTextDocument(this.live.uriOf(source.file));
    const text = document.getText();
    if (source.kind === 'jsonl') {
      const lineOf = (file: typeof known) => (file?.kind === 'jsonl' ? file.lines.find((line) => line.source.from.line === source.from.line)?.fileName : undefined);
      const known = dataset.texts.get(source.file);
      // Lines may have moved between the page and here.
      if (lineOf(known) !== lineOf(await readCaptionFile(source.file, text))) throw new Error(l10n.t('{0} has changed meanwhile. Type the caption again.', source.file));
    }
    const { span, newText } = editCaption(source, text, caption);
    if (text.slice(span.start, span.end) === newText) return;
    await this.apply([{ kind: 'replace', file: source.file, span, newText }]);
  }

  async apply(edits: readonly FileEdit[]): Promise<void> {
    const inverse: Inverse[] = [];
    const touched: { document: TextDocument; save: boolean }[] = [];
    for (const edit of edits) {
      const uri = this.live.uriOf(edit.file);
      if (edit.kind === 'create') inverse.push({ kind: 'created', uri, text: edit.text });
      if (edit.kind !== 'replace') continue;
      const document = await workspace.openTextDocument(uri);
      touched.push({ document, save: savesItself(document) });
      inverse.push({ kind: 'text', uri, start: edit.span.start, written: edit.newText, was: document.getText().slice(edit.span.start, edit.span.end) });
    }
    const applied = await workspace.applyEdit(await workspaceEditOf(this.live, edits));
    if (!applied) throw new Error(l10n.t('{0} could not be changed. Is it read-only?', edits[0]?.file ?? ''));
    for (const { document, save } of touched) if (save) await document.save();
    if (inverse.length > 0) this.done.push(inverse);
  }

  /** Takes the last change back. Rejects if its text is not there any more. */
  async undo(): Promise<void> {
    const last = this.done.pop();
    for (const one of last?.toReversed() ?? []) {
      const edit = new WorkspaceEdit();
      const document = await workspace.openTextDocument(one.uri);
      const save = savesItself(document);
      if (one.kind === 'created') {
        if (document.getText() !== one.text) throw changedSince(one.uri);
        edit.deleteFile(one.uri, { ignoreIfNotExists: true });
      } else {
        const end = one.start + one.written.length;
        if (document.getText().slice(one.start, end) !== one.written) throw changedSince(one.uri);
        edit.replace(one.uri, new Range(document.positionAt(one.start), document.positionAt(end)), one.was);
      }
      await workspace.applyEdit(edit);
      if (one.kind === 'text' && save) await document.save();
    }
  }
}

function changedSince(uri: Uri): Error {
  return new Error(l10n.t('{0} has changed since, so the last change is not taken back. Undo it in the file.', workspace.asRelativePath(uri)));
}

/** Is it neither open in a tab nor changed already? Then it is saved when a panel changes it. */
function savesItself(document: TextDocument): boolean {
  const uri = document.uri.toString();
  const isInTab = window.tabGroups.all.some(({ tabs }) => tabs.some(({ input }) => input instanceof TabInputText && input.uri.toString() === uri));
  return !document.isDirty && !isInTab;
}
