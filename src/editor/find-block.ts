import { Uri, window, workspace, type TextDocument } from 'vscode';
import type { Block } from '../prompt';
import type { PromptFiles } from './prompt-files';

/** A lens and the panel name a block by its place; a menu gives the file alone and, as the palette, means the block at the cursor. */
export async function findBlock(files: Pick<PromptFiles, 'parse' | 'blockAt'>, uri: unknown, index: unknown): Promise<{ document: TextDocument; block: Block } | undefined> {
  const editor = window.activeTextEditor;
  const isActive = editor && (!(uri instanceof Uri) || uri.toString() === editor.document.uri.toString());
  if (isActive && typeof index !== 'number') {
    const block = files.blockAt(editor.document, editor.selection.active);
    return block && { document: editor.document, block };
  }
  if (!(uri instanceof Uri)) return undefined;
  const document = await workspace.openTextDocument(uri);
  const block = files.parse(document)?.blocks[typeof index === 'number' ? index : 0];
  return block && { document, block };
}
