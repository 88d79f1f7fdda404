import { readFile, stat } from 'node:fs/promises';
import { workspace, type Disposable } from 'vscode';
import { z } from 'zod';
import { HelperProcess } from './helper-process';
import { dataUri, inlinePicture } from './inline-picture';

/** Longest `data:` URI per use: a gutter icon is part of a style sheet; a hover's Markdown is cut at 100,000 characters. */
const USES = {
  gutter: { side: 48, limit: 8 * 1024 },
  hover: { side: 256, limit: 80_000 },
  /** Several of these fit into one hover. */
  sample: { side: 96, limit: 18_000 },
} as const;
const REMEMBERED = 500;
/** A picture larger than this is not read to be inlined; the helper reads it. */
const INLINE_AT_MOST = 256 * 1024;

const Answer = z.object({ id: z.int(), data: z.instanceof(Uint8Array).nullable() });

/**
 * Pictures small enough to live inside a `data:` URI. A small PNG is copied as it is; a larger picture is scaled by a
 * helper process, which is started when first needed and never in Restricted Mode.
 */
export class Thumbnails implements Disposable {
  private readonly known = new Map<string, Promise<string | undefined>>();
  private readonly helper: HelperProcess<typeof Answer>;

  constructor(helperPath: string) {
    this.helper = new HelperProcess(helperPath, Answer);
  }

  /** The picture for this use, or `undefined` if the file is gone or is no picture. */
  async get(path: string, use: keyof typeof USES): Promise<string | undefined> {
    const facts = await stat(path).catch(() => undefined);
    if (!facts) return undefined;
    const key = [path, facts.mtimeMs, facts.size, use, workspace.isTrusted].join('\n');
    const found = this.known.get(key) ?? this.make(path, facts.size, use).catch(() => undefined);
    this.known.delete(key);
    this.known.set(key, found);
    // The oldest goes first: a map keeps the order in which keys were set.
    for (const old of this.known.keys()) if (this.known.size > REMEMBERED) this.known.delete(old);
    return found;
  }

  /** A picture as WebP of at most `side` pixels a side and `limit` bytes; `null` in Restricted Mode, or if it cannot be read. */
  async small(path: string, side: number, limit: number): Promise<Uint8Array | null> {
    if (!workspace.isTrusted) return null;
    return (await this.helper.ask({ path, side, limit }))?.data ?? null;
  }

  dispose(): void {
    this.helper.dispose();
  }

  private async make(path: string, size: number, use: keyof typeof USES): Promise<string | undefined> {
    const { side, limit } = USES[use];
    const inline = size <= INLINE_AT_MOST ? inlinePicture(await readFile(path), limit) : undefined;
    if (inline) return inline;
    // Base64 makes four characters of three bytes, and the URI has a head.
    const data = await this.small(path, side, Math.floor((limit - 32) * 0.75));
    return data ? dataUri(data, 'image/webp', limit) : undefined;
  }
}
