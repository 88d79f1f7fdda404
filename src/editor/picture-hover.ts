import { Hover, MarkdownString, Range, l10n, languages, type ExtensionContext } from 'vscode';
import { stateMeaning, stateWord } from './lens-titles';
import type { PictureStates } from './picture-states';
import type { PromptFiles } from './prompt-files';
import type { Thumbnails } from './thumbnails';

/** The picture and its state, over a block's heading. */
export function registerPictureHover(context: ExtensionContext, files: PromptFiles, states: PictureStates, thumbnails: Thumbnails): void {
  context.subscriptions.push(
    languages.registerHoverProvider([{ language: 't2i' }, { language: 'markdown' }], {
      async provideHover(document, position, token) {
        const offset = document.offsetAt(position);
        const block = files.parse(document)?.blocks.find(({ headingSpan }) => headingSpan && headingSpan.start <= offset && offset <= headingSpan.end);
        const status = block && states.get(document, block);
        if (!block?.headingSpan || !status) return undefined;
        const text = new MarkdownString(undefined, true);
        for (const { path } of status.pictures.slice(0, 1)) {
          const uri = await thumbnails.get(path, 'hover');
          // Hover Markdown is cut at 100,000 characters; the thumbnail keeps below that.
          if (uri) text.appendMarkdown(`![${l10n.t('Picture of {0}', block.name).replace(/[[\]]/g, '')}](${uri})\n\n`);
        }
        if (token.isCancellationRequested) return undefined;
        text.appendMarkdown(`${stateWord(status.state, status.modelVerified, l10n.t)}: `).appendText(status.reasons.length > 0 ? status.reasons.join('; ') : stateMeaning(status.state, l10n.t));
        return new Hover(text, new Range(document.positionAt(block.headingSpan.start), document.positionAt(block.headingSpan.end)));
      },
    }),
  );
}
