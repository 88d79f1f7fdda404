import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ownEaselHome } from '../../test/support/own-easel-home';
import { hashModelFolder, int8CopyFolder, readModelFolder } from '../models';
import { easel } from './test-support/command';

const FIXTURES = resolve(__dirname, '../../test/fixtures/models');

describe('easel models', () => {
  let cwd: string;
  ownEaselHome();
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'easel-cli-models-'));
    await cp(join(FIXTURES, 'tiny-icon'), join(cwd, 'mine'), { recursive: true });
  });
  afterEach(() => rm(cwd, { recursive: true }));
  /** Lines of models that a test added; the embedded one is listed too where it is. */
  const listed = async (...args: string[]) => {
    const { code, out, err } = await easel(cwd, ['models', ...args]);
    assert.deepEqual([code, err], [0, []]);
    return out.filter((line) => line.includes(cwd));
  };
  const add = async (...args: string[]) => assert.equal((await easel(cwd, ['models', 'add', ...args])).code, 0);
  /** Makes a folder a copy of another model, as `models quantize` records it. */
  const derive = async (dir: string, record: object) => {
    const file = join(dir, 'model_index.json');
    await writeFile(file, JSON.stringify({ ...(JSON.parse(await readFile(file, 'utf8')) as object), _easel_derived: { runtime: 'r', processor: 'p', threads: 2, ...record } }));
  };

  it('add knows a folder by its own name or another, and says so; remove forgets the name and leaves the folder', async () => {
    assert.deepEqual(await easel(cwd, ['models', 'add', 'mine']), { code: 0, out: [`mine  ${join(cwd, 'mine')}`], err: [] });
    assert.deepEqual(await easel(cwd, ['models', 'add', 'mine', '--name', 'again']), { code: 0, out: [`again  ${join(cwd, 'mine')}`], err: [] });
    assert.deepEqual((await listed('list')).map((line) => line.split(' ')[0]), ['again', 'mine']);
    assert.deepEqual(await easel(cwd, ['models', 'remove', 'again']), { code: 0, out: [], err: [] });
    assert.deepEqual((await listed('list')).map((line) => line.split(' ')[0]), ['mine']);
    await readModelFolder(join(cwd, 'mine'));
  });

  it('list says of each its kind, size and folder, or what is wrong with it; without a word it is what is meant', async () => {
    await add('mine');
    const { files } = await readModelFolder(join(cwd, 'mine'));
    const size = `${(files.reduce((sum, file) => sum + file.size, 0) / 1e6).toFixed(1)} MB`;
    assert.deepEqual(await listed(), [`mine  icon  registered  64x64, ${size}  ${join(cwd, 'mine')}`]);
    const [json] = (await listed('list', '--json')).map((line) => JSON.parse(line) as Record<string, unknown>);
    const { id, kind, source, width, height, derived, int8Copies, problem, dir } = json!;
    assert.deepEqual({ id, kind, source, width, height, derived, int8Copies, problem, dir }, { id: 'mine', kind: 'icon', source: 'registered', width: 64, height: 64, derived: null, int8Copies: [], problem: null, dir: join(cwd, 'mine') });
    await rm(join(cwd, 'mine/transformer'), { recursive: true });
    assert.match((await listed()).join('\n'), /^mine {2}unusable {2}registered {2}.*transformer/);
    assert.deepEqual((await listed('list', '--json')).map((line) => (JSON.parse(line) as { kind: null }).kind), [null]);
  });

  it('list says what a model was made from, and what was made from it here while it is still the same', async () => {
    await add('mine');
    const sha256 = await hashModelFolder(await readModelFolder(join(cwd, 'mine'), 'mine'));
    const [quick, from] = [{ quality: undefined, speed: { ratio: 1.5, original: 3, copy: 2 } }, { id: 'mine', sha256 }];
    await cp(join(cwd, 'mine'), join(cwd, 'half'), { recursive: true });
    await derive(join(cwd, 'half'), { precision: 'fp16', from, ...quick });
    await add('half');
    const copy = int8CopyFolder({ id: 'mine', sha256, runtime: 'r', processor: 'p', threads: 2 });
    await mkdir(join(copy, '..'), { recursive: true });
    await cp(join(cwd, 'mine'), copy, { recursive: true });
    await derive(copy, { precision: 'int8', from });
    const [half, mine] = await listed();
    assert.match(half!, /^half .* MB, fp16 copy of mine, 1\.50x as fast {2}/);
    assert.match(mine!, /^mine .* MB, has an int8 copy for 2 threads {2}/);
    await derive(copy, { precision: 'int8', from, ...quick });
    assert.match((await listed())[1]!, / MB, has an int8 copy for 2 threads, 1\.50x as fast {2}/);
    // another model by the same name
    await writeFile(join(cwd, 'mine/tokenizer/merges.txt'), 'other\n');
    assert.doesNotMatch((await listed())[1]!, /int8 copy/);
  });

  it('refuse in one line what is no model and no name', async () => {
    await mkdir(join(cwd, 'empty'));
    for (const [code, args, said] of [
      [2, ['add', 'nowhere'], /^easel: there is no folder .*nowhere; check the name$/],
      [3, ['add', 'empty'], /^easel: .*empty is not a model folder: it has no model_index\.json; /],
      [2, ['add', 'mine', '--name', 'a b'], /^easel: "a b" cannot be a model's name: .*; choose one with --name$/],
      [2, ['remove', 'mine'], /^easel: no model is registered as "mine"; see `easel models list`$/],
    ] as const) {
      const { out, err, ...ended } = await easel(cwd, ['models', ...args]);
      assert.deepEqual([ended.code, out, err.length], [code, [], 1], err.join());
      assert.match(err[0]!, said);
    }
    for (const args of [['add'], ['remove'], ['lst'], ['list', '--frob'], ['add', 'mine', 'more']]) assert.equal((await easel(cwd, ['models', ...args])).code, 2, args.join(' '));
    assert.deepEqual(await listed(), []);
  });
});
