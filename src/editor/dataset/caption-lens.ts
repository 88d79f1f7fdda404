import { join } from 'node:path';
import { CodeLens, EventEmitter, Hover, MarkdownString, Range, l10n, languages, type DocumentSelector, type ExtensionContext, type TextDocument } from 'vscode';
import { LineThumbnails } from '../line-thumbnails';
import { paced } from '../paced';
import { setting } from '../settings';
import type { Thumbnails } from '../thumbnails';
import type { CaptionFiles } from './caption-files';

const CAPTIONS: DocumentSelector = [{ scheme: 'file', pattern: '**/*.{txt,caption}' }, { scheme: 'file', pattern: '**/metadata.jsonl' }];
/** Longer than the quiet that VS Code waits for before it asks for lenses again. */
const REFRESH_GAP = 700;

/** In caption files: a lens that leads to the dataset, the picture beside each caption, and large in a hover. */
export function registerCaptionLens(context: ExtensionContext, files: CaptionFiles, thumbnails: Thumbnails): void {
  const changed = new EventEmitter<void>();
  const refresh = paced(() => changed.fire(), REFRESH_GAP);
  const pictures = new LineThumbnails(thumbnails, (document) => {
    const view = files.get(document);
    return view?.lines.map(({ line, picture }) => ({ line, path: join(view.live.folder, picture) })) ?? [];
  });
  context.subscriptions.push(
    changed,
    refresh,
    files.onDidChange(() => {
      refresh();
      pictures.refresh();
    }),
    languages.registerCodeLensProvider(CAPTIONS, { onDidChangeCodeLenses: changed.event, provideCodeLenses: (document) => lensesOf(document) }),
    languages.registerHoverProvider(CAPTIONS, {
      async provideHover(document, position) {
        const view = files.get(document);
        const here = view?.lines.findLast(({ line }) => line <= position.line);
        if (!view || !here || (here.line !== position.line && view.lines.length > 1)) return undefined;
        const uri = await thumbnails.get(join(view.live.folder, here.picture), 'hover');
        if (!uri) return undefined;
        return new Hover(new MarkdownString(`![${here.picture.replace(/[[\]]/g, '')}](${uri})\n\n`).appendText(here.picture));
      },
    }),
  );
  pictures.register(context);

  function lensesOf(document: TextDocument): CodeLens[] {
    const view = setting('codeLens.enabled') ? files.get(document) : undefined;
    if (!view) return [];
    const { live, lines } = view;
    const remarks = new Set(lines.flatMap((line) => line.remarks)).size;
    const said = remarks === 0 ? l10n.t('no remarks') : remarks === 1 ? l10n.t('1 remark') : l10n.t('{0} remarks', remarks);
    const [first] = lines;
    return [
      new CodeLens(new Range(0, 0, 0, 0), {
        command: 'easel.openDataset',
        title: `$(list-selection)\u00a0${l10n.t('Open in dataset')} · ${said}`,
        tooltip: live.folder,
        arguments: [live.uriOf('.'), lines.length === 1 ? first?.picture : undefined],
      }),
    ];
  }
}
