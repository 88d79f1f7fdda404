/** The door of a lock's owner: a local socket that is open as long as the owner lives and holds; see `device-lock.ts`. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';

/** Who goes first: a picture somebody waits for, before work that can wait (training). */
export const PRIORITIES = ['interactive', 'background'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Whether `a` may ask `b` to step aside. */
export const outranks = (a: Priority | null, b: Priority): boolean => a === 'interactive' && b === 'background';

/** What those who wait say when they come in: who they are, how urgent it is, since when, and where their own door is. */
export const Visitor = z.object({
  pid: z.int(),
  label: z.string().max(300),
  token: z.string().max(100),
  door: z.string().max(300),
  priority: z.enum(PRIORITIES),
  since: z.number(),
});
export type Visitor = z.infer<typeof Visitor>;

/** Socket paths are at most 103 bytes on macOS, 107 on Linux; longer ones go to the temporary directory. */
const PATH_LIMIT = 100;
const LINE_LIMIT = 4096;
const NAME = /^easel-[0-9a-f]{16}\.sock$/;

export class LockDoor {
  private readonly visitors = new Map<Socket, Visitor | null>();

  private constructor(
    readonly path: string,
    private readonly server: Server,
  ) {
    server.on('connection', (socket) => this.enter(socket));
  }

  static async open(directory: string): Promise<LockDoor> {
    const name = `easel-${randomBytes(8).toString('hex')}.sock`;
    const inside = join(directory, name);
    const path = process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : Buffer.byteLength(inside) <= PATH_LIMIT ? inside : join(tmpdir(), name);
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
    server.unref(); // a lock does not keep its process alive
    return new LockDoor(path, server);
  }

  /** Removes the socket of an owner that was killed. Touches nothing that is not named as we name doors. */
  static async sweep(path: string): Promise<void> {
    if (process.platform !== 'win32' && NAME.test(basename(path))) await rm(path, { force: true }).catch(() => {});
  }

  /** Of those who wait: interactive before background, then who waited longer. */
  first(): Visitor | undefined {
    const waiting = [...this.visitors.values()].filter((visitor) => visitor !== null);
    return waiting.sort((a, b) => PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) || a.since - b.since)[0];
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.visitors.keys()) socket.destroy();
    await closed;
  }

  private enter(socket: Socket): void {
    this.visitors.set(socket, null);
    socket.unref();
    socket.setEncoding('utf8');
    socket.on('error', () => {}); // a visitor that died; `close` follows
    socket.on('close', () => this.visitors.delete(socket));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.length > LINE_LIMIT) socket.pause();
      else if (text.includes('\n')) this.read(socket, text.slice(0, text.indexOf('\n')));
    });
  }

  private read(socket: Socket, line: string): void {
    try {
      this.visitors.set(socket, Visitor.parse(JSON.parse(line)));
    } catch {
      // Not a line of ours (another version of Easel?): it may wait and is woken at the end, but nothing is handed to it.
    }
  }
}
