/** One forked engine, from its start to its end. It may end at any time; then everything asked of it rejects. */
import { fork, type ChildProcess } from 'node:child_process';
import type { CancellationToken, MessageConnection } from 'vscode-jsonrpc/node';
import type { z } from 'zod';
import { LastWords } from './client-last-words';
import { methods, PROTOCOL_VERSION, type EngineSettings, type Method } from './protocol';
import { ask, openWire, type WireLog } from './protocol-wire';

/** How long a process that was told to leave may take: it finishes the native call it is in. */
const LEAVE_WITHIN = 5_000;
/** Its last output may arrive after its end, but not much. */
const DRAIN_WITHIN = 1_000;

/** How a process ended. */
export interface Ending {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  words: LastWords;
  /** We ended it: nothing is wrong. */
  intended: boolean;
}

/** What was asked got no answer, because the process ended. */
export class EngineEnded extends Error {
  constructor(readonly ending: Ending) {
    super('the engine process ended');
  }
}

export interface EngineProcessOptions {
  /** `dist/engine-child.cjs`. */
  childPath: string;
  settings: EngineSettings;
  log: WireLog;
  /** Registers what is heard from the process. */
  prepare: (connection: MessageConnection) => void;
}

export class EngineProcess {
  /** Resolves when the process is gone and its last output was read. */
  readonly ended: Promise<Ending>;
  private readonly child: ChildProcess;
  private readonly connection: MessageConnection;
  private readonly words = new LastWords();
  private intended = false;

  constructor({ childPath, settings, log, prepare }: EngineProcessOptions) {
    const child = fork(childPath, [], {
      serialization: 'advanced', // JSON would take half a second for a megabyte
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // glibc gives freed model memory back only below this threshold: 360 MB against 79 after 150 loads.
      env: { ...process.env, NODE_OPTIONS: undefined, MALLOC_MMAP_THRESHOLD_: '65536' },
    });
    this.child = child;
    child.stderr?.on('data', (chunk: Buffer) => {
      this.words.add(chunk);
      log(chunk.toString('utf8').trimEnd());
    });
    child.stdout?.on('data', (chunk: Buffer) => log(chunk.toString('utf8').trimEnd()));
    this.ended = this.watch(child);
    this.connection = openWire(child, log, prepare);
    void this.ended.then(() => this.connection.dispose());
    this.ask(methods.initialize, { protocol: PROTOCOL_VERSION, settings }).catch((error: unknown) => {
      if (!(error instanceof EngineEnded)) log(`the engine refused its settings: ${String(error)}`);
    });
  }

  /** 0 if it could not be started. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Rejects with `EngineError` as the engine says, or with `EngineEnded`. */
  ask<P extends z.ZodType, R extends z.ZodType>(method: Method<P, R>, params: z.input<P>, token?: CancellationToken): Promise<z.output<R>> {
    const answered = ask(this.connection, method, params, token).catch(async (error: unknown) => {
      if (this.child.connected) throw error;
      throw new EngineEnded(await this.ended); // a message into a closing channel: the end is the reason
    });
    return Promise.race([answered, this.ended.then((ending) => Promise.reject(new EngineEnded(ending)))]);
  }

  /** Ends the process now, whatever it does. */
  async kill(): Promise<void> {
    this.intended = true;
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Lets the process finish the native call it is in, and go. */
  async leave(): Promise<void> {
    this.intended = true;
    if (this.child.connected) this.child.disconnect();
    const impatient = setTimeout(() => this.child.kill('SIGKILL'), LEAVE_WITHIN);
    await this.ended;
    clearTimeout(impatient);
  }

  private watch(child: ChildProcess): Promise<Ending> {
    return new Promise((resolve) => {
      const end = (exitCode: number | null, signal: NodeJS.Signals | null) => resolve({ exitCode, signal, words: this.words, intended: this.intended });
      child.on('close', end); // after its last output and message
      child.on('exit', (exitCode, signal) => {
        // Node emits no `close` after our own `disconnect`; and of an end that we wanted nothing has to be told.
        if (this.intended) end(exitCode, signal);
        else setTimeout(() => end(exitCode, signal), DRAIN_WITHIN).unref();
      });
      child.on('error', (error) => {
        this.words.add(Buffer.from(`${error.message}\n`));
        if (child.pid === undefined) end(null, null); // it never started
      });
    });
  }
}
