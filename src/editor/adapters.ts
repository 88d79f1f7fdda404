import { stat } from 'node:fs/promises';
import { l10n } from 'vscode';
import { readAdapterCard, type AdapterCard } from '../models';
import type { AdapterMention, Diagnostic, ModelReference } from '../prompt';
import type { DiskContext } from '../freshness';
import { placesIn, type AdapterPlace } from './adapter-places';
import type { FoundContext } from './disk-contexts';

/** Models that one remark names; a matrix may vary hundreds of names. */
const TOLD = 3;

/** What `<name>` or `<lora:name>` in a prompt means: what is there to name, where it comes from, and whether it fits the model. */
export class Adapters {
  private readonly cards = new Map<string, { changed: number; card: Promise<AdapterCard | null> }>();

  /** What a file says of itself; read again when the file has changed. */
  async card(path: string): Promise<AdapterCard | null> {
    const facts = await stat(path).catch(() => undefined);
    if (!facts) return null;
    const known = this.cards.get(path);
    if (known?.changed === facts.mtimeMs) return known.card;
    const card = readAdapterCard(path);
    this.cards.set(path, { changed: facts.mtimeMs, card });
    return card;
  }

  /** Tags to offer while typing. */
  async offered({ adapterFiles }: DiskContext): Promise<{ tag: string; detail: string }[]> {
    return Promise.all([...adapterFiles].map(async ([name, path]) => {
      const card = await this.card(path);
      return { tag: card?.method === 'lora' ? `<lora:${name}:1>` : `<${name}>`, detail: card ? [card.method, card.model?.id].filter((fact) => fact !== undefined).join(', ') : l10n.t('adapter') };
    }));
  }

  /** The file that `place` means to each model that reads it, the models' names and references beside; `undefined` where it means none. */
  filesOf({ name, models }: Pick<AdapterPlace, 'name' | 'models'>, { model, adapterFile }: DiskContext): { model: string; reference: ModelReference | undefined; path: string | undefined }[] {
    return models.map((id) => {
      const reference = model(id)?.reference;
      return { model: id, reference, path: adapterFile(name, reference) };
    });
  }

  /** Remarks on names that nothing was trained as, and on what was trained for another model: one of each kind for a place, whatever number of models reads it. */
  async check({ prompt, context }: Pick<FoundContext, 'prompt' | 'context'>): Promise<Diagnostic[]> {
    const remarks = await Promise.all(placesIn(prompt).map(async (place) => [...this.untrained(place, context), ...(await this.trainedForOthers(place, context))]));
    return remarks.flat();
  }

  private untrained(place: AdapterPlace, context: DiskContext): Diagnostic[] {
    // An unknown network is an error of the language's own.
    if (place.kind === 'lora') return [];
    const without = this.filesOf(place, context).filter(({ path }) => path === undefined).map(({ model }) => model);
    if (without.length === 0) return [];
    const tag = tagOf(place);
    const known = [...context.adapterFiles.keys()].slice(0, 5).map((one) => `<${one}>`).join(', ');
    const message = without.length < place.models.length
      ? `nothing was trained as ${tag} for ${told(without)}, which reads it as text; train it for that model, or draw with the others`
      : `nothing was trained as ${tag}, so the model reads it as text; ${known === '' ? 'train it (Easel: Train Soft Tokens…)' : `there is ${known}`}`;
    return [{ span: place.span, severity: 'warning', code: 'unknown-tokens', message }];
  }

  private async trainedForOthers(place: AdapterPlace, context: DiskContext): Promise<Diagnostic[]> {
    /** What it was trained for, with the models that draw with it all the same. */
    const drawn = new Map<string, Set<string>>();
    for (const { reference, path } of this.filesOf(place, context)) {
      const madeFor = reference && path !== undefined ? (await this.card(path))?.model : undefined;
      const isOther = madeFor && reference && (madeFor.sha256 !== undefined && reference.sha256 !== undefined ? madeFor.sha256 !== reference.sha256 : madeFor.id !== reference.id);
      if (!isOther) continue;
      const other = madeFor.id === reference.id ? l10n.t('another version of {0}', madeFor.id) : madeFor.id;
      drawn.set(other, (drawn.get(other) ?? new Set()).add(reference.id));
    }
    return [...drawn].map(([other, models]) => ({
      span: place.span, severity: 'warning', code: 'other-model', message: `${tagOf(place)} was trained for ${other}, and is drawn here with ${told([...models])}; train it for that model, or draw with the other`,
    }));
  }
}

/** As a prompt names it, without a weight. */
export function tagOf({ name, kind }: Pick<AdapterMention, 'name' | 'kind'>): string {
  return kind === 'lora' ? `<lora:${name}>` : `<${name}>`;
}

function told(models: readonly string[]): string {
  return [...models.slice(0, TOLD), ...(models.length > TOLD ? ['…'] : [])].join(', ');
}
