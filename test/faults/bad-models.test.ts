/** Damaged model folders: every one is refused in one line with a code, or draws; the process and the next drawing survive. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pipelines } from '../../src/diffusion';
import { TINY_ICON, tinyRequest } from '../../src/diffusion/test-support/tiny-request';

const FILES = [
  'text_encoder/model.onnx', 'transformer/model.onnx', 'tokenizer/tokenizer.json', 'tokenizer/tokenizer_config.json',
  'scheduler/scheduler_config.json', 'model_index.json',
] as const;

/** The same numbers in every run: a failure names the case that failed. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** A folder, and numbers to damage it with. Returns what was done. */
type Damage = (dir: string, roll: (sides: number) => number) => Promise<string>;

const change = (name: string, edit: (bytes: Buffer, roll: (sides: number) => number) => Buffer): Damage => async (dir, roll) => {
  const file = FILES[roll(FILES.length)]!;
  await writeFile(join(dir, file), edit(await readFile(join(dir, file)), roll));
  return `${name} ${file}`;
};

const DAMAGES: readonly Damage[] = [
  change('cut short', (bytes, roll) => bytes.subarray(0, roll(bytes.length))),
  change('emptied', () => Buffer.alloc(0)),
  change('a pointer instead of', () => Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n')),
  change('scattered bytes in', (bytes, roll) => {
    for (let i = roll(20); i >= 0; i--) bytes[roll(bytes.length)] = roll(256);
    return bytes;
  }),
  change('a damaged head of', (bytes, roll) => {
    for (let i = roll(4); i >= 0; i--) bytes[roll(Math.min(400, bytes.length))] = roll(256);
    return bytes;
  }),
  change('a hole in', (bytes, roll) => {
    const at = roll(bytes.length);
    return bytes.fill(roll(256), at, Math.min(bytes.length, at + 200));
  }),
  change('doubled', (bytes) => Buffer.concat([bytes, bytes])),
  change('other numbers in', (bytes, roll) => Buffer.from(bytes.toString('latin1').replace(/\d+(\.\d+)?/g, (number) => (roll(3) > 0 ? number : ['-1', '1e308', '0', '99999999999'][roll(4)]!)), 'latin1')),
  async (dir, roll) => {
    const file = FILES[roll(FILES.length)]!;
    await rm(join(dir, file));
    return `without ${file}`;
  },
  async (dir, roll) => {
    const [a, b] = [FILES[roll(FILES.length)]!, FILES[roll(FILES.length)]!];
    await rename(join(dir, a), join(dir, 'x'));
    if (a !== b) await rename(join(dir, b), join(dir, a));
    await rename(join(dir, 'x'), join(dir, b));
    return `${a} and ${b} swapped`;
  },
  async (dir, roll) => {
    const file = FILES[roll(FILES.length)]!;
    await rm(join(dir, file));
    await symlink(['/etc/passwd', '/dev/zero', '..', '/proc/self/environ'][roll(4)]!, join(dir, file));
    return `a link in place of ${file}`;
  },
];

describe('damaged model folders', function () {
  this.timeout(120_000);
  let folder: string;
  let pipelines: Pipelines;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-bad-models-'));
    pipelines = new Pipelines({ threads: 1 });
  });
  after(async () => {
    await pipelines.dispose();
    await rm(folder, { recursive: true });
  });

  it('are refused in one line each, 200 of them, and a good one still draws', async () => {
    const good = (await pipelines.draw(tinyRequest({ steps: 2 }))).rgb;
    let refused = 0;
    for (let seed = 0; seed < 200; seed++) {
      const roll = dice(seed * 7919 + 1);
      const dir = join(folder, String(seed));
      await cp(TINY_ICON, dir, { recursive: true });
      const what = `${seed}: ${await DAMAGES[seed % DAMAGES.length]!(dir, roll)}`;
      await pipelines.draw(tinyRequest({ steps: 2, model: { id: 'damaged', path: dir } })).catch((error: Error & { code?: string }) => {
        refused++;
        assert.ok(['bad-model', 'bad-request', 'numeric', 'failed'].includes(error.code ?? ''), `${what}: ${error.stack}`);
        assert.ok(!error.message.includes('\n') && error.message.length < 700, `${what}: ${error.message}`);
        assert.ok(!/root:|PATH=/.test(error.message), `${what} tells what lies outside: ${error.message}`);
      });
      await rm(dir, { recursive: true });
    }
    assert.ok(refused > 120, `only ${refused} were refused`);
    assert.deepEqual((await pipelines.draw(tinyRequest({ steps: 2 }))).rgb, good);
  });
});
