import { Hover, MarkdownString, Range, l10n, languages, type ExtensionContext } from 'vscode';
import { placesIn, type Adapters } from './adapters';
import type { DiskContexts } from './disk-contexts';
import type { PromptFiles } from './prompt-files';
import type { Thumbnails } from './thumbnails';

/** Over `<name>`: what it was trained from, how it did on held-out pictures, and what it changes. */
export function registerAdapterHover(context: ExtensionContext, files: PromptFiles, contexts: DiskContexts, adapters: Adapters, thumbnails: Thumbnails): void {
  context.subscriptions.push(
    languages.registerHoverProvider([{ language: 't2i' }, { language: 'markdown' }], {
      async provideHover(document, position, token) {
        const prompt = files.parse(document);
        const offset = document.offsetAt(position);
        const place = prompt && placesIn({ prompt }).find(({ span }) => span.start <= offset && offset <= span.end);
        const found = place && (await contexts.get(document));
        const path = place && found?.context.adapterFiles.get(place.name);
        if (!place || !found || path === undefined) return undefined;
        const card = await adapters.card(path);
        // Loaded only where something trained is looked at.
        const { lastSamples } = await import('./training/last-samples');
        const samples = await lastSamples(found.root, path);
        const text = new MarkdownString();
        text.appendMarkdown(`**<${place.name}>**`.replace('<', '\\<')).appendText(card ? `: ${l10n.t('{0} for {1}', card.method === 'soft-tokens' ? l10n.t('soft tokens') : card.method, card.model.id)}` : '');
        for (const line of card ? factsOf(card) : []) text.appendMarkdown('\n\n').appendText(line);
        for (const { prompt: said, withTokens, withoutTokens } of samples) {
          const uris = await Promise.all([withoutTokens, withTokens].map((picture) => thumbnails.get(picture, 'sample')));
          if (uris[0] && uris[1]) text.appendMarkdown(`\n\n![${l10n.t('without')}](${uris[0]}) ![${l10n.t('with')}](${uris[1]}) `).appendText(said);
        }
        if (token.isCancellationRequested) return undefined;
        return new Hover(text, new Range(document.positionAt(place.span.start), document.positionAt(place.span.end)));
      },
    }),
  );
}

function factsOf({ dataset, steps, validationLoss }: NonNullable<Awaited<ReturnType<Adapters['card']>>>): string[] {
  return [
    ...(dataset ? [l10n.t('{0} pictures, {1} captions, data {2}', dataset.pictures, dataset.captions, dataset.fingerprint.slice(0, 12))] : []),
    ...(steps === undefined ? [] : [validationLoss == null ? l10n.t('{0} steps', steps) : l10n.t('{0} steps, held-out error {1}', steps, validationLoss.toPrecision(3))]),
  ];
}
