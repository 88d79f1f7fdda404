/** Adapters that a prompt on the command line names, as a block of a prompt file would. */
import { listAdapters } from '../models';
import { extractAdapters, findAdapters, type AdapterReference } from '../prompt';

/** Those named as `<name>` or `<name:0.8>` that are known under `root` or to the person; other angle brackets are text. */
export async function adaptersIn(text: string, root: string): Promise<AdapterReference[]> {
  const known = new Map((await listAdapters({ root })).map((adapter) => [adapter.id, adapter]));
  const weights = new Map(findAdapters(text).map(({ name, weight }) => [name, weight]));
  return [...weights].flatMap(([name, weight]) => {
    const adapter = known.get(name);
    return adapter ? [{ ...adapter, weight }] : [];
  });
}

/** As a block's text is: `<name:0.8>` stands in it as `<name>`. */
export function plainNames(text: string): string {
  return findAdapters(text).length === 0 ? text : extractAdapters(text).text.trim();
}
