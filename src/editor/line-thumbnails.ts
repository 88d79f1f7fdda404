import type { Disposable } from 'vscode';
import { Range, Uri, window, workspace, type ExtensionContext, type TextDocument, type TextEditor, type TextEditorDecorationType } from 'vscode';
import { setting } from './settings';
import type { Thumbnails } from './thumbnails';

/** A picture beside a line. */
export interface LinePicture {
  line: number;
  path: string;
}

/** Shown at once: what a tall screen holds. More than that wait until they are scrolled to. */
const VISIBLE_AT_MOST = 60;

/**
 * Pictures beside the lines that they belong to. VS Code keeps gutter icons per decoration *type* and drops the query of
 * their URIs, so every visible line has a type of its own with the thumbnail inside a `data:` URI; it is disposed as
 * soon as the picture changes or scrolls away.
 */
export class LineThumbnails implements Disposable {
  private readonly shown = new Map<TextEditor, Map<string, TextEditorDecorationType>>();
  private readonly turns = new WeakMap<TextEditor, number>();

  constructor(
    private readonly thumbnails: Thumbnails,
    private readonly picturesOf: (document: TextDocument) => readonly LinePicture[],
  ) {}

  register(context: ExtensionContext): void {
    context.subscriptions.push(
      this,
      window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => void this.show(textEditor)),
      window.onDidChangeVisibleTextEditors((editors) => {
        for (const editor of this.shown.keys()) if (!editors.includes(editor)) this.clear(editor);
        this.refresh();
      }),
      workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('easel.thumbnails') && this.refresh()),
    );
    this.refresh();
  }

  /** The pictures of this document, or of every visible one, may have changed. */
  refresh(document?: TextDocument): void {
    for (const editor of window.visibleTextEditors) if (!document || editor.document === document) void this.show(editor);
  }

  dispose(): void {
    for (const editor of [...this.shown.keys()]) this.clear(editor);
  }

  private async show(editor: TextEditor): Promise<void> {
    const { document } = editor;
    const version = document.version;
    const turn = (this.turns.get(editor) ?? 0) + 1;
    this.turns.set(editor, turn);
    const wanted = new Map<string, Range>();
    for (const { line, path } of this.visible(editor)) {
      const uri = await this.thumbnails.get(path, 'gutter');
      if (uri) wanted.set(`${line}\n${uri}`, new Range(line, 0, line, 0));
    }
    // The text, or a picture, moved on while thumbnails were read: the event of that change comes here again.
    if (this.turns.get(editor) !== turn || document.version !== version || !window.visibleTextEditors.includes(editor)) return;
    const types = this.shown.get(editor) ?? new Map<string, TextEditorDecorationType>();
    this.shown.set(editor, types);
    for (const [key, type] of types) {
      if (wanted.has(key)) continue;
      type.dispose();
      types.delete(key);
    }
    for (const [key, range] of wanted) {
      if (types.has(key)) continue;
      const type = window.createTextEditorDecorationType({ gutterIconPath: Uri.parse(key.slice(key.indexOf('\n') + 1), true), gutterIconSize: 'contain' });
      types.set(key, type);
      editor.setDecorations(type, [range]);
    }
  }

  private visible(editor: TextEditor): LinePicture[] {
    if (!setting('thumbnails.enabled')) return [];
    return this.picturesOf(editor.document)
      .filter(({ line }) => editor.visibleRanges.some(({ start, end }) => start.line <= line && line <= end.line))
      .slice(0, VISIBLE_AT_MOST);
  }

  private clear(editor: TextEditor): void {
    for (const type of this.shown.get(editor)?.values() ?? []) type.dispose();
    this.shown.delete(editor);
  }
}
