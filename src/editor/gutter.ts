import type { ExtensionContext, TextDocument } from 'vscode';
import { LineThumbnails, type LinePicture } from './line-thumbnails';
import type { PictureStates } from './picture-states';
import type { PromptFiles } from './prompt-files';
import type { Thumbnails } from './thumbnails';

/** Each block's picture beside its first line. */
export function registerGutter(context: ExtensionContext, files: PromptFiles, states: PictureStates, thumbnails: Thumbnails): void {
  const pictures = new LineThumbnails(thumbnails, (document) => blocksOf(document));
  context.subscriptions.push(
    states.onDidChange((document) => pictures.refresh(document)),
    files.onDidSettle((document) => pictures.refresh(document)),
  );
  pictures.register(context);

  function blocksOf(document: TextDocument): LinePicture[] {
    return (files.parse(document)?.blocks ?? []).flatMap((block) => {
      const path = states.get(document, block)?.pictures[0]?.path;
      return path === undefined ? [] : [{ line: document.positionAt((block.headingSpan ?? block.promptSpan).start).line, path }];
    });
  }
}
