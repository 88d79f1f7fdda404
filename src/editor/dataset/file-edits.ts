import { isDeepStrictEqual } from 'node:util';
import type { Uri } from 'vscode';
import { EndOfLine, Range, WorkspaceEdit, l10n, window, workspace, TabInputText, type TextDocument } from 'vscode';
import { editCaption, newCaption, readCaptionFile, type Dataset, type DatasetEntry, type FileEdit, type TextEdit } from '../../dataset';
import type { LiveDataset } from './live-dataset';

/** How a change is taken back: text for text, the file that it created, or the file that it moved. */
type Inverse =
  | { readonly kind: 'text'; readonly uri: Uri; readonly parts: readonly Part[] }
  | { readonly kind: 'created'; readonly uri: Uri; readonly text: string }
  | { readonly kind: 'moved'; readonly uri: Uri; readonly from: Uri };

/** A text that was put in place of another; it stands at `start` once all of a change is made. */
interface Part {
  readonly start: number;
  readonly written: string;
  readonly was: string;
}

/** The editor's own edit for edits of a dataset's files, in the present text of their documents. A file that is there already is not created. */
export async function workspaceEditOf(live: LiveDataset, edits: readonly FileEdit[]): Promise<WorkspaceEdit> {
  const all = new WorkspaceEdit();
  for (const edit of edits) {
    const uri = live.uriOf(edit.file);
    if (edit.kind === 'create') all.createFile(uri, { contents: Buffer.from(edit.text) });
    else if (edit.kind === 'rename') all.renameFile(uri, live.uriOf(edit.to), { overwrite: false });
    else {
      const document = await workspace.openTextDocument(uri);
      all.replace(uri, new Range(document.positionAt(edit.span.start), document.positionAt(edit.span.end)), edit.newText);
    }
  }
  return all;
}

/**
 * Are the texts that `edits` change still as `read` has them? Remarks follow a change half a second later, and an editor
 * that opens a file with mixed line ends makes them one kind, which moves everything behind.
 */
export async function isAsRead(live: LiveDataset, edits: readonly FileEdit[], read: Dataset | undefined): Promise<boolean> {
  for (const file of new Set(edits.flatMap((edit) => (edit.kind === 'replace' ? edit.file : [])))) {
    const document = await workspace.openTextDocument(live.uriOf(file));
    const text = document.getText();
    if (!isDeepStrictEqual(await readCaptionFile(file, text), read?.texts.get(file)) || document.getText() !== text) return false;
  }
  return true;
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
    if (!source) return this.fix([newCaption(dataset, picture, caption.trim())], dataset);
    const document = await workspace.openTextDocument(this.live.uriOf(source.file));
    const text = document.getText();
    if (source.kind === 'jsonl') {
      const lineOf = (file: typeof known) => (file?.kind === 'jsonl' ? file.lines.find((line) => line.source.from.line === source.from.line)?.fileName : undefined);
      const known = dataset.texts.get(source.file);
      // Lines may have moved between the page and here.
      if (lineOf(known) !== lineOf(await readCaptionFile(source.file, text)) || document.getText() !== text) throw new Error(l10n.t('{0} has changed meanwhile. Type the caption again.', source.file));
    }
    const { span, newText } = editCaption(source, text, caption);
    if (text.slice(span.start, span.end) === newText) return;
    await this.apply([{ kind: 'replace', file: source.file, span, newText }]);
  }

  /** What settles a remark, or else was made for the texts of `read`. Rejects with one line to show if they have changed. */
  async fix(edits: readonly FileEdit[], read = this.live.linted): Promise<void> {
    if (!(await isAsRead(this.live, edits, read))) throw new Error(l10n.t('{0} is not as it was read. Save it, then try again.', edits[0]?.file ?? ''));
    await this.apply(edits);
  }

  /** Takes the last change back. Rejects if its text is not there any more. */
  async undo(): Promise<void> {
    const last = this.done.pop();
    for (const one of last?.toReversed() ?? []) {
      const edit = new WorkspaceEdit();
      if (one.kind === 'moved') {
        edit.renameFile(one.uri, one.from, { overwrite: false });
        await change(edit, one.uri);
        continue;
      }
      const document = await workspace.openTextDocument(one.uri);
      const save = one.kind === 'text' && savesItself(document);
      if (one.kind === 'created') {
        if (document.getText() !== one.text) throw changedSince(one.uri);
        edit.deleteFile(one.uri, { ignoreIfNotExists: true });
      } else {
        const text = document.getText();
        for (const { start, written, was } of one.parts) {
          const end = start + written.length;
          if (text.slice(start, end) !== written) throw changedSince(one.uri);
          edit.replace(one.uri, new Range(document.positionAt(start), document.positionAt(end)), was);
        }
      }
      await change(edit, one.uri);
      if (save) await saved(document);
    }
  }

  private async apply(edits: readonly FileEdit[]): Promise<void> {
    const inverse: Inverse[] = [];
    const unseen: TextDocument[] = [];
    for (const edit of edits) {
      const uri = this.live.uriOf(edit.file);
      if (edit.kind === 'create') inverse.push({ kind: 'created', uri, text: edit.text });
      else if (edit.kind === 'rename') inverse.push({ kind: 'moved', uri: this.live.uriOf(edit.to), from: uri });
    }
    const replacements = edits.filter((edit) => edit.kind === 'replace');
    for (const file of new Set(replacements.map((edit) => edit.file))) {
      const document = await workspace.openTextDocument(this.live.uriOf(file));
      if (savesItself(document)) unseen.push(document);
      inverse.push({ kind: 'text', uri: this.live.uriOf(file), parts: partsOf(document, replacements.filter((edit) => edit.file === file)) });
    }
    await change(await workspaceEditOf(this.live, edits), this.live.uriOf(edits[0]?.file ?? ''));
    if (inverse.length > 0) this.done.push(inverse);
    for (const document of unseen) await saved(document);
  }
}

/** Rejects with one line where the editor refuses. */
async function change(edit: WorkspaceEdit, uri: Uri): Promise<void> {
  if (!(await workspace.applyEdit(edit))) throw new Error(l10n.t('{0} could not be changed. Is it read-only, or was it made or moved meanwhile?', workspace.asRelativePath(uri)));
}

async function saved(document: TextDocument): Promise<void> {
  if (!(await document.save())) throw new Error(l10n.t('{0} could not be saved. It is changed in the editor, not on the disk.', workspace.asRelativePath(document.uri)));
}

/** What replacements in one text, none over another, leave there: each is moved by those before it. */
function partsOf(document: TextDocument, edits: readonly TextEdit[]): Part[] {
  const text = document.getText();
  let moved = 0;
  return edits.toSorted((a, b) => a.span.start - b.span.start).map(({ span: { start, end }, newText }) => {
    const part = { start: start + moved, written: inLinesOf(document, newText), was: text.slice(start, end) };
    moved += part.written.length - part.was.length;
    return part;
  });
}

/** As the document will have it: an editor writes its own line ends. */
function inLinesOf({ eol }: TextDocument, text: string): string {
  return text.replace(/\r\n|\r|\n/g, eol === EndOfLine.CRLF ? '\r\n' : '\n');
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
