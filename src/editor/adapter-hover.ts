import { Hover, MarkdownString, Range, l10n, languages, type ExtensionContext } from 'vscode';
import type { AdapterCard } from '../models';
import { DEFAULT_MODEL, effectiveSettings } from '../prompt';
import { placesIn, type Adapters } from './adapters';
import type { DiskContexts } from './disk-contexts';
import type { PromptFiles } from './prompt-files';
import type { Thumbnails } from './thumbnails';

/** Over `<name>` and `<lora:name>`: what it was trained from, how it did on held-out pictures, and what it changes. */
export function registerAdapterHover(context: ExtensionContext, files: PromptFiles, contexts: DiskContexts, adapters: Adapters, thumbnails: Thumbnails): void {
  context.subscriptions.push(
    languages.registerHoverProvider([{ language: 't2i' }, { language: 'markdown' }], {
      async provideHover(document, position, token) {
        const prompt = files.parse(document);
        const offset = document.offsetAt(position);
        const place = prompt && placesIn({ prompt }).find(({ span }) => span.start <= offset && offset <= span.end);
        const found = place && (await contexts.get(document));
        const path = place && found?.context.adapterFile(place.name, found.context.model(effectiveSettings(place.block, 0).model ?? DEFAULT_MODEL)?.reference);
        if (!place || !found || path === undefined) return undefined;
        const card = await adapters.card(path);
        // Loaded only where something trained is looked at.
        const { lastSamples } = await import('./training/last-samples');
        const samples = await lastSamples(found.root, path);
        const text = new MarkdownString();
        text.appendMarkdown(`**${place.kind === 'lora' ? `<lora:${place.name}>` : `<${place.name}>`}**`.replace('<', '\\<')).appendText(card ? `: ${kindOf(card)}` : '');
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

function kindOf({ method, model, rank }: AdapterCard): string {
  const kind = method === 'soft-tokens' ? l10n.t('soft tokens') : method === 'lora' ? 'LoRA' : method;
  const whole = rank === undefined ? kind : l10n.t('{0} of rank {1}', kind, rank);
  return model ? l10n.t('{0} for {1}', whole, model.id) : whole;
}

function factsOf({ dataset, steps, validationLoss, settings }: AdapterCard): string[] {
  return [
    ...(settings ? [l10n.t('to be drawn with {0}', [settings.steps === undefined ? '' : `Steps: ${settings.steps}`, settings.cfg === undefined ? '' : `CFG scale: ${settings.cfg}`].filter((part) => part !== '').join(', '))] : []),
    ...(dataset ? [l10n.t('{0} pictures, {1} captions, data {2}', dataset.pictures, dataset.captions, dataset.fingerprint.slice(0, 12))] : []),
    ...(steps === undefined ? [] : [validationLoss == null ? l10n.t('{0} steps', steps) : l10n.t('{0} steps, held-out error {1}', steps, validationLoss.toPrecision(3))]),
  ];
}
