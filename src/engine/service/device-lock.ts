/**
 * One device, one holder: the lock that all windows and the command line of one user share.
 *
 * A hold is a file `<device>.<generation>.lock` in the user's cache directory; the highest generation counts. It names
 * its owner's *door*, a local socket (a named pipe on Windows) that exists as long as the owner holds. So a dead owner
 * needs no pid checks and no timeouts: its door does not open, and the next generation may be taken. Those who wait
 * keep a connection to the door and are woken when it closes. An owner that lets go while others wait writes the next
 * generation in the name of the first of them, so the device is handed over in order. Files of the highest generation
 * are never deleted, which is what makes taking one (an exclusive `link`) safe against a slow competitor.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { EngineError } from '../engine';
import type { Visitor} from './lock-door';
import { LockDoor, outranks, type Priority } from './lock-door';

const Owner = z.object({ pid: z.int(), label: z.string(), token: z.string(), door: z.string() });
type Owner = z.infer<typeof Owner>;

/** The device, held. */
export interface Hold {
  /** The best claim of those who wait in other processes, or null. */
  wantedBy(): Priority | null;
  /** Lets go; the first of those who wait gets it. */
  release(): Promise<void>;
}

export interface DeviceLockOptions {
  /** Made if missing, readable by its user only. */
  directory: string;
  /** What is held: `cpu`, `webgpu`, … */
  device: string;
  /** How the others' queues call this process. */
  label: string;
}

export interface AcquireOptions {
  priority: Priority;
  /** When the job began to wait, `Date.now()`; equal claims are served in this order. */
  since: number;
  signal?: AbortSignal;
  /** Told who holds the device, each time that changes. */
  onHeldBy?: (who: string) => void;
}

export class DeviceLock {
  constructor(private readonly options: DeviceLockOptions) {}

  /** Waits for the device. Rejects with `cancelled` on abort, and with the file system's error if the directory cannot be used. */
  async acquire({ priority, since, signal, onHeldBy }: AcquireOptions): Promise<Hold> {
    const { directory, label } = this.options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const door = await LockDoor.open(directory);
    const me: Owner = { pid: process.pid, label, token: randomUUID(), door: door.path };
    try {
      for (;;) {
        if (signal?.aborted) throw cancelled();
        const newest = await this.newest();
        if (newest?.owner?.token === me.token) return this.held(newest.generation, me, door); // handed over to us
        if (newest?.owner && (await this.waitFor(newest.owner, { ...me, priority, since }, signal, onHeldBy))) continue;
        if (await this.take((newest?.generation ?? 0) + 1, me)) return this.held((newest?.generation ?? 0) + 1, me, door);
      }
    } catch (error) {
      await this.passOnIfGiven(me, door);
      throw error;
    }
  }

  /** The highest generation and its owner (null if the file cannot be read as one). */
  private async newest(): Promise<{ generation: number; owner: Owner | null } | null> {
    const generation = Math.max(0, ...(await this.generations()));
    if (generation === 0) return null;
    const text = await readFile(this.file(generation), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (text === null) return this.newest(); // a newer one was taken and this one tidied away
    const owner = Owner.safeParse(parseJson(text));
    return { generation, owner: owner.success ? owner.data : null };
  }

  private async generations(): Promise<number[]> {
    const pattern = new RegExp(`^${this.options.device}\\.(\\d+)\\.lock$`);
    return (await readdir(this.options.directory)).flatMap((name) => pattern.exec(name)?.[1] ?? []).map(Number);
  }

  /** Resolves true when the owner's door closed after we had entered, false if it never opened: the owner is dead. */
  private waitFor(owner: Owner, visitor: Visitor, signal: AbortSignal | undefined, onHeldBy?: (who: string) => void): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const socket = connect(owner.door);
      let entered = false;
      const abort = () => {
        socket.destroy();
        reject(cancelled());
      };
      signal?.addEventListener('abort', abort, { once: true });
      socket.on('connect', () => {
        entered = true;
        onHeldBy?.(`${owner.label} (process ${owner.pid})`);
        socket.write(`${JSON.stringify(visitor)}\n`);
      });
      socket.on('error', () => {}); // `close` follows and says it
      socket.on('close', () => {
        signal?.removeEventListener('abort', abort);
        resolve(entered);
      });
      socket.resume();
    });
  }

  /** Takes `generation` for `owner` unless somebody was faster. */
  private async take(generation: number, owner: Owner): Promise<boolean> {
    const draft = join(this.options.directory, `${owner.token}.draft`);
    try {
      await writeFile(draft, JSON.stringify(owner), { mode: 0o600 });
      await link(draft, this.file(generation)); // exclusive, and complete when it appears
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
    const others = await this.generations();
    if (others.some((other) => other > generation)) {
      await rm(this.file(generation), { force: true }); // we were asleep for a whole hold of somebody else
      return false;
    }
    await Promise.all(others.filter((other) => other < generation).map((other) => this.tidy(other)));
    return true;
  }

  /** Removes a past generation and the door that its owner, if killed, left behind. */
  private async tidy(generation: number): Promise<void> {
    const owner = Owner.safeParse(parseJson(await readFile(this.file(generation), 'utf8').catch(() => '')));
    await rm(this.file(generation), { force: true });
    if (owner.success) await LockDoor.sweep(owner.data.door);
  }

  private held(generation: number, me: Owner, door: LockDoor): Hold {
    return {
      wantedBy: () => door.first()?.priority ?? null,
      release: async () => {
        await this.handOver(generation, door);
        await door.close();
      },
    };
  }

  /** Writes the next generation in the name of the first who waits. */
  private async handOver(generation: number, door: LockDoor): Promise<void> {
    const next = door.first();
    if (next) await this.take(generation + 1, { pid: next.pid, label: next.label, token: next.token, door: next.door }).catch(() => false);
  }

  /** Giving up while the device is being handed to us must not leave it with us. */
  private async passOnIfGiven(me: Owner, door: LockDoor): Promise<void> {
    const newest = await this.newest().catch(() => null);
    if (newest?.owner?.token === me.token) await this.handOver(newest.generation, door);
    await door.close();
  }

  private file(generation: number): string {
    return join(this.options.directory, `${this.options.device}.${generation}.lock`);
  }
}

export { outranks, type Priority };

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function cancelled(): EngineError {
  return new EngineError('cancelled', 'cancelled while waiting for the device');
}
