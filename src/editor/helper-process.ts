import { fork, type ChildProcess } from 'node:child_process';
import type { Disposable } from 'vscode';
import { z } from 'zod';

const Answer = z.looseObject({ id: z.int() });

/**
 * A small process that answers questions about pictures: decoding them is native code and stays out of the extension
 * host. Started with the first question, again after a crash; whoever asks has made sure that the workspace is trusted.
 */
export class HelperProcess<Shape extends z.ZodType> implements Disposable {
  private readonly waiting = new Map<number, (answer: z.output<Shape> | null) => void>();
  private process: ChildProcess | undefined;
  private questions = 0;

  constructor(
    private readonly path: string,
    private readonly answer: Shape,
  ) {}

  /** The parsed answer; `null` if the process ended before it gave one, or gave something else. */
  ask(question: object): Promise<z.output<Shape> | null> {
    const helper = (this.process ??= this.start());
    const id = this.questions++;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      helper.send({ id, ...question }, (error) => error && this.settle(id, null));
    });
  }

  dispose(): void {
    this.process?.disconnect();
  }

  private start(): ChildProcess {
    const helper = fork(this.path, [], { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env: { ...process.env, NODE_OPTIONS: undefined } });
    helper.on('message', (message) => {
      const addressed = Answer.safeParse(message);
      if (!addressed.success) return;
      const parsed = this.answer.safeParse(message);
      this.settle(addressed.data.id, parsed.success ? parsed.data : null);
    });
    const lost = () => {
      if (this.process === helper) this.process = undefined;
      for (const id of [...this.waiting.keys()]) this.settle(id, null);
    };
    helper.once('exit', lost);
    helper.on('error', lost);
    return helper;
  }

  private settle(id: number, answer: z.output<Shape> | null): void {
    this.waiting.get(id)?.(answer);
    this.waiting.delete(id);
  }
}
