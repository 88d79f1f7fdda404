import type { Disposable} from 'vscode';
import { Range, Uri, window, workspace, type ExtensionContext, type TextDocument, type TextEditor, type TextEditorDecorationType } from 'vscode';
import type { PictureStates } from './picture-states';
import type { PromptFiles } from './prompt-files';
import { setting } from './settings';
import type { Thumbnails } from './thumbnails';

/** Shown at once: what a tall screen holds. More blocks than that wait until they are scrolled to. */
const VISIBLE_AT_MOST = 60;

/**
 * Each block's picture beside its first line. VS Code keeps gutter icons per decoration *type* and drops the query of
 * their URIs, so every visible block has a type of its own with the thumbnail inside a `data:` URI; it is disposed as
 * soon as the picture changes or scrolls away.
 */
export class Gutter implements Disposable {
  private readonly shown = new Map<TextEditor, Map<string, TextEditorDecorationType>>();

  constructor(
    private readonly files: PromptFiles,
    private readonly states: PictureStates,
    private readonly thumbnails: Thumbnails,
  ) {}

  register(context: ExtensionContext): void {
    const ofDocument = (document: TextDocument) => window.visibleTextEditors.filter((editor) => editor.document === document).forEach((editor) => void this.show(editor));
    const all = () => window.visibleTextEditors.forEach((editor) => void this.show(editor));
    context.subscriptions.push(
      this,
      this.states.onDidChange(ofDocument),
      this.files.onDidSettle(ofDocument),
      window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => void this.show(textEditor)),
      window.onDidChangeVisibleTextEditors((editors) => {
        for (const editor of this.shown.keys()) if (!editors.includes(editor)) this.clear(editor);
        all();
      }),
      workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('easel.thumbnails') && all()),
    );
    all();
  }

  dispose(): void {
    for (const editor of [...this.shown.keys()]) this.clear(editor);
  }

  private async show(editor: TextEditor): Promise<void> {
    const { document } = editor;
    const version = document.version;
    const wanted = new Map<string, Range>();
    for (const { line, path } of this.visibleBlocks(editor)) {
      const uri = await this.thumbnails.get(path, 'gutter');
      if (uri) wanted.set(`${line}\n${uri}`, new Range(line, 0, line, 0));
    }
    // The text moved on while thumbnails were read: the event of that change comes here again.
    if (document.version !== version || !window.visibleTextEditors.includes(editor)) return;
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

  private visibleBlocks(editor: TextEditor): { line: number; path: string }[] {
    if (!setting('thumbnails.enabled')) return [];
    const { document } = editor;
    return (this.files.parse(document)?.blocks ?? [])
      .map((block) => ({ line: document.positionAt((block.headingSpan ?? block.promptSpan).start).line, path: this.states.get(document, block)?.pictures[0]?.path }))
      .filter((entry): entry is { line: number; path: string } => entry.path !== undefined && editor.visibleRanges.some(({ start, end }) => start.line <= entry.line && entry.line <= end.line))
      .slice(0, VISIBLE_AT_MOST);
  }

  private clear(editor: TextEditor): void {
    for (const type of this.shown.get(editor)?.values() ?? []) type.dispose();
    this.shown.delete(editor);
  }
}
