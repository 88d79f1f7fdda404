// Running other programs from the scripts. Node built-ins only: these files run before anything is installed.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Runs a program to its end and resolves with its exit code (a signal counts as 1) and what it printed, which is also shown. */
export function run(command, args, options = {}) {
  const { quiet = false, ...rest } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['inherit', 'pipe', 'pipe'], ...rest });
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (data) => {
      stdout += data;
      if (!quiet) process.stdout.write(data);
    });
    child.stderr?.on('data', (data) => {
      stderr += data;
      if (!quiet) process.stderr.write(data);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/** The same for a script of an installed package, with this Node. */
export function runNode(args, options) {
  return run(process.execPath, args, options);
}

/** Runs npm, which on Windows is a batch file and needs a shell. */
export function npm(args, options) {
  return run('npm', args, { ...options, shell: process.platform === 'win32' });
}

/** Runs and throws one line when it fails. */
export async function must(what, running) {
  const result = await running;
  if (result.code === 0) return result;
  throw new Error(`${what} failed (exit code ${result.code}); its output is above`);
}

/** Runs a script's `main`; a failure is one line on stderr and exit code 3. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 3;
  }
}
