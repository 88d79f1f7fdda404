/** Damaged model folders: every one is refused in one line with a code, or draws; the process and the next drawing survive. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pipelines } from '../../src/diffusion';
import { TINY_ICON, tinyRequest } from '../../src/diffusion/test-support/tiny-request';
import type { Model, ValueInfo } from '../../src/onnx/model';
import { readModel } from '../../src/onnx/read';
import { numberTensor, type Tensor } from '../../src/onnx/tensor';
import { writeModel } from '../../src/onnx/write';
import { node } from '../support/tiny-graph';

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

/** Whole graphs that say something else than they did. */
const regraph = (name: string, edit: (model: Model, roll: (sides: number) => number) => Model): Damage => async (dir, roll) => {
  const part = ['text_encoder', 'transformer'][roll(2)]!;
  const file = join(dir, part, 'model.onnx');
  await writeModel(edit(await readModel(file), roll), `${file}.new`);
  await rename(`${file}.new`, file);
  return `${name} in ${part}`;
};

/** One input of a graph, declared otherwise. */
const reinput = (name: string, edit: (input: ValueInfo, roll: (sides: number) => number) => ValueInfo): Damage =>
  regraph(name, (model, roll) => {
    const chosen = roll(model.graph.inputs.length);
    return { ...model, graph: { ...model.graph, inputs: model.graph.inputs.map((input, i) => (i === chosen ? edit(input, roll) : input)) } };
  });

/** One tensor of a graph, with other dimensions for the same bytes. */
const redim = (name: string, edit: (dims: readonly number[], roll: (sides: number) => number) => readonly number[]): Damage =>
  regraph(name, (model, roll) => {
    const chosen = roll(model.graph.initializers.size);
    const initializers = new Map([...model.graph.initializers].map(([key, tensor], i): [string, Tensor] => [key, i === chosen ? { ...tensor, dims: edit(tensor.dims, roll) } : tensor]));
    return { ...model, graph: { ...model.graph, initializers } };
  });

/** Weights in a file of their own, and what the graph says of where they lie there, overwritten. */
const astray = (field: 'offset' | 'length' | 'location', wrong: (old: string) => string): Damage => async (dir) => {
  const file = join(dir, 'transformer/model.onnx');
  await writeModel(await readModel(file), join(dir, 'transformer/outer.onnx'), { inlineLimit: 0 });
  await rename(join(dir, 'transformer/outer.onnx'), file);
  const bytes = await readFile(file);
  let changed = 0;
  // An entry of external_data: field 1 is its key, field 2 its value, each with its length before it.
  for (let at = bytes.indexOf(field); at >= 0; at = bytes.indexOf(field, at + 1)) {
    const start = at + field.length;
    if (bytes[start] !== 0x12 || bytes[at - 1] !== field.length) continue;
    const length = bytes[start + 1]!;
    const value = bytes.toString('latin1', start + 2, start + 2 + length);
    bytes.write(wrong(value).padEnd(length, '9').slice(0, length), start + 2, 'latin1');
    changed += 1;
  }
  assert.ok(changed > 0, `no ${field} was found`);
  await writeFile(file, bytes);
  return `another ${field} of the weights`;
};

const DAMAGES: readonly Damage[] = [
  reinput('another rank', ({ shape = [], ...input }, roll) => ({ ...input, shape: roll(2) === 0 ? shape.slice(1) : [1, ...shape] })),
  reinput('another type', (input, roll) => ({ ...input, dtype: (['int32', 'string', 'bool', 'int8'] as const)[roll(4)]! })),
  reinput('a huge side', ({ shape = [], ...input }, roll) => ({ ...input, shape: shape.map((side, i) => (i === roll(shape.length) ? 2 ** 40 : side)) })),
  redim('huge dimensions', (dims, roll) => [2 ** (20 + roll(20)), ...dims]),
  redim('negative dimensions', (dims) => dims.map((side) => -side)),
  redim('other dimensions', (dims) => [...dims].reverse().concat(1)),
  regraph('a tensor of a terabyte', (model) => ({
    ...model,
    graph: { ...model.graph, initializers: new Map([...model.graph.initializers, ['huge.shape', numberTensor('int64', [2 ** 43], [1])]]), nodes: [...model.graph.nodes, node('ConstantOfShape', ['huge.shape'], ['huge'])], outputs: [{ name: 'huge', dtype: 'float32', shape: [2 ** 43] }, ...model.graph.outputs] },
  })),
  astray('offset', () => '9'),
  astray('length', () => '9'),
  astray('location', (old) => `../${old.slice(3)}`),
  astray('location', () => '/etc/passwd'),
  async (dir) => {
    await rename(join(dir, 'text_encoder'), join(dir, 'x'));
    await rename(join(dir, 'transformer'), join(dir, 'text_encoder'));
    await rename(join(dir, 'x'), join(dir, 'transformer'));
    return 'two parts swapped';
  },
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
