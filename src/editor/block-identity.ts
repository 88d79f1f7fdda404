import type { TextDocument } from 'vscode';
import type { Block } from '../prompt';

/** One block of a file over time: the same while its text, its heading and its place change. Compared by `===`. */
export interface BlockIdentity {
  readonly uri: string;
  /** As the file called it last, and how many of that name stood before it: how it is known after a restart. */
  readonly name: string;
  readonly nth: number;
}

interface Followed {
  readonly uri: string;
  name: string;
  nth: number;
  /** What stands under its heading; `undefined` while its file has not been read. */
  body?: string;
}

/** Blocks of one file that are known after they went, so that an undone cut or a heading written anew brings them back. */
const GONE_KEPT = 20;

/**
 * Which block is which from one version of a file to the next, so that what was begun for a block stays with it. A name says it,
 * except where there are more blocks of a name, or fewer, than before: then the text under the heading does.
 */
export class BlockIdentities {
  /** By URI, so that a file that is closed and opened again has the same blocks. */
  private readonly files = new Map<string, { live: readonly Followed[]; gone: readonly Followed[] }>();
  private readonly known = new WeakMap<Block, BlockIdentity>();

  of({ uri }: Pick<TextDocument, 'uri'>, block: Block): BlockIdentity {
    return this.known.get(block) ?? this.named(uri.toString(), block.name);
  }

  /** Known by name alone: until its file is read, or because it has none such. */
  named(uri: string, name: string, nth = 0): BlockIdentity {
    const { live, gone } = this.file(uri);
    const found = [...live, ...gone].find((one) => one.name === name && one.nth === nth);
    if (found) return found;
    const made = { uri, name, nth };
    this.files.set(uri, { live, gone: [made, ...gone] });
    return made;
  }

  /** The block as `blocks`, another version of its file, has it; `undefined` once it has gone. */
  find(blocks: readonly Block[] | undefined, identity: BlockIdentity): Block | undefined {
    return blocks?.find((block) => this.known.get(block) === identity);
  }

  /** Is told the blocks of each version of a file. */
  follow(document: Pick<TextDocument, 'uri' | 'getText'>, blocks: readonly Block[]): void {
    const [uri, text] = [document.uri.toString(), document.getText()];
    const { live, gone } = this.file(uri);
    const now = namesakes(blocks.map((block) => ({ block, name: block.name, body: text.slice(block.headingSpan?.end ?? block.span.start, block.span.end).trim() })));
    const [before, after] = [counts(live), counts(now)];
    const byKey = new Map(live.map((one) => [key(one), one]));
    const found = new Map(now.flatMap((one) => (before.get(one.name) === after.get(one.name) ? [[one, byKey.get(key(one))!]] : [])));
    const left = new Set([...live, ...gone]);
    for (const one of found.values()) left.delete(one);
    type Now = (typeof now)[number];
    const isSameText = (one: Now, then: Followed) => one.body !== '' && one.body === then.body;
    const fits = [
      (one: Now, then: Followed) => one.name === then.name && isSameText(one, then),
      isSameText,
      (one: Now, then: Followed) => key(one) === key(then),
    ];
    for (const isSame of fits) {
      for (const one of now) {
        const then = found.has(one) ? undefined : [...left].find((candidate) => isSame(one, candidate));
        if (!then) continue;
        found.set(one, then);
        left.delete(then);
      }
    }
    const followed = now.map((one) => Object.assign(found.get(one) ?? { uri }, { name: one.name, nth: one.nth, body: one.body }));
    followed.forEach((one, place) => this.known.set(blocks[place]!, one));
    this.files.set(uri, { live: followed, gone: [...left].slice(0, GONE_KEPT) });
  }

  private file(uri: string): { live: readonly Followed[]; gone: readonly Followed[] } {
    return this.files.get(uri) ?? { live: [], gone: [] };
  }
}

function namesakes<Named extends { name: string }>(all: readonly Named[]): (Named & { nth: number })[] {
  const seen = new Map<string, number>();
  return all.map((one) => {
    const nth = seen.get(one.name) ?? 0;
    seen.set(one.name, nth + 1);
    return { ...one, nth };
  });
}

function counts(all: readonly { name: string }[]): Map<string, number> {
  const count = new Map<string, number>();
  for (const { name } of all) count.set(name, (count.get(name) ?? 0) + 1);
  return count;
}

function key({ name, nth }: { name: string; nth: number }): string {
  return `${name}\n${nth}`;
}
