/** Adapters that prompts on the command line name, as a block of a prompt file would. */
import { listAdapters } from '../models';
import { findAdapters, withoutTags, type AdapterReference } from '../prompt';
import { CliError, EXIT } from './io';

/**
 * Takes out of each text what names an adapter that is known under `root`, to the person or to the model in the folder
 * `model`: `<name:0.8>` stays as `<name>`, a LoRA's tag goes. Other angle brackets are text; a LoRA that is not known is wrong use.
 */
export async function takeAdapters(texts: readonly string[], root: string, model: string): Promise<{ texts: string[]; adapters: AdapterReference[] }> {
  if (texts.every((text) => findAdapters(text).length === 0)) return { texts: [...texts], adapters: [] };
  const known = new Map((await listAdapters({ root, model })).map((adapter) => [adapter.id, adapter]));
  const adapters = new Map<string, AdapterReference>();
  const taken = texts.map((text) => {
    const mentions = findAdapters(text).filter(({ name, kind, weight, extra, start, end }) => {
      const adapter = known.get(name);
      if (adapter !== undefined && extra === null) adapters.set(name, { ...adapter, weight });
      else if (kind === 'lora') throw new CliError(EXIT.wrongUse, `${text.slice(start, end)}: ${adapter ? 'one weight is all Easel takes here' : `no adapter called “${name}”; put its file into adapters/, or take the tag out`}`);
      return adapter !== undefined;
    });
    return mentions.length === 0 ? text : withoutTags(text, mentions).trim();
  });
  return { texts: taken, adapters: [...adapters.values()] };
}
