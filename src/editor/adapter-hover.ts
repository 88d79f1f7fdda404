import { Hover, MarkdownString, Range, l10n, languages, type ExtensionContext } from 'vscode';
import type { AdapterCard } from '../models';
import { placesIn, type AdapterPlace } from './adapter-places';
import { tagOf, type Adapters } from './adapters';
import type { DiskContexts } from './disk-contexts';
import type { PromptFiles } from './prompt-files';
import type { Thumbnails } from './thumbnails';

/** Files of one name that a hover describes: the models of a matrix may each bring their own. */
const SHOWN = 3;

/** Over `<name>` and `<lora:name>`: what it was trained from, how it did on held-out pictures, and what it changes. */
export function registerAdapterHover(context: ExtensionContext, files: PromptFiles, contexts: DiskContexts, adapters: Adapters, thumbnails: Thumbnails): void {
  const describe = async (place: AdapterPlace, path: string, root: string): Promise<MarkdownString> => {
    const card = await adapters.card(path);
    // Loaded only where something trained is looked at.
    const { lastSamples } = await import('./training/last-samples');
    const text = new MarkdownString();
    text.appendMarkdown(`**${tagOf(place)}**`.replace('<', '\\<')).appendText(card ? `: ${kindOf(card)}` : '');
    for (const line of card ? factsOf(card) : []) text.appendMarkdown('\n\n').appendText(line);
    for (const { prompt: said, withTokens, withoutTokens } of await lastSamples(root, path)) {
      const uris = await Promise.all([withoutTokens, withTokens].map((picture) => thumbnails.get(picture, 'sample')));
      if (uris[0] && uris[1]) text.appendMarkdown(`\n\n![${l10n.t('without')}](${uris[0]}) ![${l10n.t('with')}](${uris[1]}) `).appendText(said);
    }
    return text;
  };
  context.subscriptions.push(
    languages.registerHoverProvider([{ language: 't2i' }, { language: 'markdown' }], {
      async provideHover(document, position, token) {
        const prompt = files.parse(document);
        const offset = document.offsetAt(position);
        const place = prompt && placesIn(prompt).find(({ span }) => span.start <= offset && offset <= span.end);
        const found = place && (await contexts.get(document));
        if (!place || !found) return undefined;
        const paths = new Set(adapters.filesOf(place, found.context).flatMap(({ path }) => path ?? []));
        const texts = await Promise.all([...paths].slice(0, SHOWN).map((path) => describe(place, path, found.root)));
        if (texts.length === 0 || token.isCancellationRequested) return undefined;
        return new Hover(texts, new Range(document.positionAt(place.span.start), document.positionAt(place.span.end)));
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
