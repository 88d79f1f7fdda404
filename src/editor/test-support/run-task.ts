import type { CustomExecution, Pseudoterminal, Task } from 'vscode';
import { FakeUri, vscode } from './with-vscode';

/** Has the stub make tasks that can be run. */
export function stubTasks(): void {
  Object.assign(vscode, {
    Uri: Object.assign(FakeUri, { joinPath: (base: FakeUri, ...parts: string[]) => new FakeUri([base.path, ...parts].join('/')) }),
    TaskScope: { Workspace: 2 },
    CustomExecution: class { constructor(readonly callback: () => Promise<Pseudoterminal>) {} },
    Task: class { constructor(readonly definition: unknown, readonly scope: unknown, readonly name: string, readonly source: string, readonly execution: unknown) {} },
  });
}

/** Runs a task's terminal to its end; `whileRunning` gets what closes it, before it opens. */
export async function runTask({ execution }: Task, whileRunning?: (close: () => void) => void): Promise<{ code: number; lines: string[] }> {
  const terminal = await (execution as unknown as { callback: () => ReturnType<NonNullable<ConstructorParameters<typeof CustomExecution>[0]>> }).callback();
  let text = '';
  terminal.onDidWrite((written) => (text += written));
  whileRunning?.(() => terminal.close());
  const code = await new Promise<number>((resolve) => {
    terminal.onDidClose?.((ended) => resolve(ended as number));
    terminal.open(undefined);
  });
  return { code, lines: text.split('\r\n').slice(0, -1) };
}
