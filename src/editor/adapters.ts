import { stat } from 'node:fs/promises';
import { l10n } from 'vscode';
import { readAdapterCard, type AdapterCard } from '../models';
import { DEFAULT_MODEL, effectiveSettings, findAdapters, spanInText, type AdapterMention, type Block, type Diagnostic } from '../prompt';
import type { DiskContext } from '../freshness';
import type { FoundContext } from './disk-contexts';

/** A `<name>` of a prompt with its place in the document. */
export interface AdapterPlace extends AdapterMention {
  readonly block: Block;
  readonly span: { readonly start: number; readonly end: number };
}

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

  /** Remarks on names that nothing was trained as, and on what was trained for another model. */
  async check(found: FoundContext): Promise<Diagnostic[]> {
    const { adapterFiles, adapterFile } = found.context;
    const remarks = await Promise.all(placesIn(found).map(async ({ name, kind, block, span }): Promise<Diagnostic[]> => {
      const model = effectiveSettings(block, 0).model ?? DEFAULT_MODEL;
      const reference = found.context.model(model)?.reference;
      const path = adapterFile(name, reference);
      if (path === undefined) {
        // An unknown network is an error of the language's own.
        if (kind === 'lora') return [];
        const known = [...adapterFiles.keys()].slice(0, 5).map((one) => `<${one}>`).join(', ');
        return [{ span, severity: 'warning', code: 'unknown-tokens', message: `nothing was trained as <${name}>, so the model reads it as text; ${known === '' ? 'train it (Easel: Train Soft Tokens…)' : `there is ${known}`}` }];
      }
      const card = await this.card(path);
      const madeFor = card?.model;
      const isOther = madeFor && reference && (madeFor.sha256 !== undefined && reference.sha256 !== undefined ? madeFor.sha256 !== reference.sha256 : madeFor.id !== reference.id);
      if (!isOther) return [];
      const other = madeFor.id === reference.id ? l10n.t('another version of {0}', madeFor.id) : madeFor.id;
      return [{ span, severity: 'warning', code: 'other-model', message: `${kind === 'lora' ? `<lora:${name}>` : `<${name}>`} was trained for ${other}, and this block draws with ${reference.id}; train it for that model, or draw with the other` }];
    }));
    return remarks.flat();
  }
}

/** Every `<name>` and `<name:weight>` of a file, as it stands there. */
export function placesIn({ prompt }: Pick<FoundContext, 'prompt'>): AdapterPlace[] {
  return prompt.blocks.flatMap((block) =>
    ([['prompt', block.prompt], ['negative', block.negativePrompt ?? '']] as const).flatMap(([part, text]) =>
      findAdapters(text).map((mention) => ({ ...mention, block, span: spanInText(prompt, block, part, mention.start, mention.end) })),
    ),
  );
}
