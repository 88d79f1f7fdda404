/** Runs a command line in this process, in a folder of its own, and keeps what it says. */
import { runCommandLine } from '../command-line';
import type { ExitCode } from '../io';

export interface Said {
  code: ExitCode;
  out: string[];
  err: string[];
}

/** `signal` is what Ctrl-C aborts. */
export async function easel(cwd: string, args: readonly string[], signal: AbortSignal = new AbortController().signal): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCommandLine(args, { out: (line) => void out.push(line), err: (line) => void err.push(line), status: () => undefined, signal, cwd });
  return { code, out, err };
}
