import { fork, type ChildProcess } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { workspace, type Disposable } from 'vscode';
import { z } from 'zod';
import { dataUri, inlinePicture } from './inline-picture';

/** Longest `data:` URI per use: a gutter icon is part of a style sheet; a hover's Markdown is cut at 100,000 characters. */
const USES = {
  gutter: { side: 48, limit: 8 * 1024 },
  hover: { side: 256, limit: 80_000 },
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
  private readonly waiting = new Map<number, (data: Uint8Array | null) => void>();
  private helper: ChildProcess | undefined;
  private questions = 0;

  constructor(private readonly helperPath: string) {}

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

  dispose(): void {
    this.helper?.disconnect();
  }

  private async make(path: string, size: number, use: keyof typeof USES): Promise<string | undefined> {
    const { side, limit } = USES[use];
    const inline = size <= INLINE_AT_MOST ? inlinePicture(await readFile(path), limit) : undefined;
    if (inline || !workspace.isTrusted) return inline;
    // Base64 makes four characters of three bytes, and the URI has a head.
    const data = await this.ask(path, side, Math.floor((limit - 32) * 0.75));
    return data ? dataUri(data, 'image/webp', limit) : undefined;
  }

  private ask(path: string, side: number, limit: number): Promise<Uint8Array | null> {
    const helper = (this.helper ??= this.start());
    const id = this.questions++;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      helper.send({ id, path, side, limit }, (error) => error && this.answer(id, null));
    });
  }

  private start(): ChildProcess {
    const helper = fork(this.helperPath, [], { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env: { ...process.env, NODE_OPTIONS: undefined } });
    helper.on('message', (message) => {
      const answer = Answer.safeParse(message);
      if (answer.success) this.answer(answer.data.id, answer.data.data);
    });
    const lost = () => {
      if (this.helper === helper) this.helper = undefined;
      for (const id of [...this.waiting.keys()]) this.answer(id, null);
    };
    helper.once('exit', lost);
    helper.once('error', lost);
    return helper;
  }

  private answer(id: number, data: Uint8Array | null): void {
    this.waiting.get(id)?.(data);
    this.waiting.delete(id);
  }
}
