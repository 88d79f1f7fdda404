/** A process that draws when told, pinned to a number of processors, with what it used. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { z } from 'zod';

export const checkout = join(__dirname, '../../..');
/** Node with TypeScript. */
export const TSX = [process.execPath, '--import', join(checkout, 'node_modules/tsx/dist/loader.mjs')];

export interface Order {
  dtype: 'float32' | 'bfloat16';
  prompt: string;
  steps: number;
  cfg: number;
  seed: number;
  width: number;
  height: number;
  /** Where the final latents go, raw float32. */
  latents: string | null;
}

const Drawn = z.object({ ms: z.number(), cpu: z.number(), peak: z.number() });
export type Drawn = z.infer<typeof Drawn>;
const Pass = Drawn.extend({ norm: z.number() });
/** A forward and backward pass: `norm` is the length of the tokens' gradient. */
export type Pass = z.infer<typeof Pass>;
const canPin = spawnSync('taskset', ['-c', '0', 'true']).status === 0;

export class Side {
  private readonly lines: AsyncIterator<string>;
  private stderr = '';
  /** Bytes that the process had before any model, where it says so. */
  base = 0;

  private constructor(private readonly child: ChildProcess, private readonly limit: number) {
    this.lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    child.stderr!.on('data', (data: Buffer) => (this.stderr = (this.stderr + data.toString()).slice(-2000)));
  }

  /**
   * Starts it on processors 0 to `threads` − 1 and waits until its model is there.
   * @param limit seconds that an answer may take; a side that takes longer is ended, and says so
   */
  static async start(command: readonly string[], threads: number, limit = Infinity): Promise<Side> {
    const [program = '', ...args] = canPin ? ['taskset', '-c', `0-${threads - 1}`, ...command] : command;
    const side = new Side(spawn(program, args, { cwd: checkout, stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, MALLOC_MMAP_THRESHOLD_: '65536' } }), limit);
    side.base = (await side.next(z.object({ ready: z.number(), base: z.number().default(0) }))).base;
    return side;
  }

  /** Milliseconds of the drawing, of all its threads together, and the process's largest size so far in bytes. */
  async draw(order: Order): Promise<Drawn> {
    this.child.stdin!.write(`${JSON.stringify(order)}\n`);
    return this.next(Drawn);
  }

  /** One forward and backward pass of a side that differentiates. */
  async pass(): Promise<Pass> {
    this.child.stdin!.write('pass\n');
    return this.next(Pass);
  }

  end(): void {
    this.child.stdin!.end();
  }

  private async next<T>(schema: z.ZodType<T>): Promise<T> {
    let late = false;
    const alarm = this.limit === Infinity ? undefined : setTimeout(() => (late = this.child.kill('SIGKILL')), this.limit * 1000);
    const { value, done } = await this.lines.next().finally(() => clearTimeout(alarm));
    if (late) throw new Error(`no answer within ${this.limit} s; EASEL_BENCH_LIMIT allows more`);
    if (done) throw new Error(`the process ended: ${/^\w*Error\b.*$/m.exec(this.stderr)?.[0] ?? this.stderr.trim().split('\n').at(-1)}`);
    return schema.parse(JSON.parse(value));
  }
}

/** A Python with these modules: `EASEL_PYTHON`, else the recipes' own environment, else the system's. */
export function pythonWith(modules: readonly string[]): string | undefined {
  const candidates = [process.env['EASEL_PYTHON'], join(process.env['EASEL_TRAIN'] ?? '/work/train', 'venv/bin/python'), 'python3'].filter((name) => name !== undefined);
  return candidates.find((python) => spawnSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' }).status === 0);
}
