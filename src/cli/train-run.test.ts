import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ownEaselHome } from '../../test/support/own-easel-home';
import { SoftTokenOptions, TrainEvent } from '../prompt';
import { easel } from './test-support/command';
import type { TrainFlags } from './train';
import { trainRequestFromFlags } from './train-run';

const MODEL = resolve(__dirname, '../../test/fixtures/models/tiny-icon');
const DATASET = resolve(__dirname, '../../examples/icons-dataset/bars');

describe('easel train soft-tokens', function () {
  this.timeout(60_000);
  let root: string;
  let cwd: string;
  ownEaselHome();
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'easel-cli-train-'));
    cwd = join(root, 'work');
    await mkdir(join(root, '.git'));
    await mkdir(cwd);
  });
  afterEach(() => rm(root, { recursive: true }));
  const request = (dataset: string | undefined, flags: TrainFlags) => trainRequestFromFlags(dataset, flags, { cwd, signal: new AbortController().signal });
  const written = async (name: string, text: string) => {
    await mkdir(join(cwd, name, '..'), { recursive: true });
    await writeFile(join(cwd, name), text);
  };

  it('with as little as can be said is a complete request: options as published, results at the Git top level', async () => {
    const { model: { sha256, ...model }, ...said } = await request('pictures', { model: MODEL, name: 'crisp' });
    assert.match(sha256 ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(model, { id: 'tiny-icon', path: MODEL });
    assert.deepEqual(said, {
      version: 1, method: 'soft-tokens', name: 'crisp', dataset: join(cwd, 'pictures'), root,
      run: join(root, '.easel/runs/crisp'), output: join(root, 'adapters/crisp.safetensors'), options: SoftTokenOptions.parse({}),
    });
  });

  it('takes values as YAML has them, flags before --set before the file', async () => {
    await written('train.yaml', `name: one\ndataset: d\nmodel: ${MODEL}\nsteps: 10\nbatchSize: 8\nloss: denoising\n`);
    const { options } = await request(undefined, { config: 'train.yaml' });
    assert.deepEqual(options, SoftTokenOptions.parse({ steps: 10, batchSize: 8, loss: 'denoising' }));
    const flags = { config: 'train.yaml', name: 'two', steps: '30', set: ['steps=20', 'batchSize=6', 'blocks=3', 'samplePrompts=["a=b", moon]', 'hardNegatives=true'] };
    const { name, options: changed } = await request(undefined, flags);
    assert.equal(name, 'two');
    assert.deepEqual(changed, SoftTokenOptions.parse({ steps: 30, batchSize: 6, loss: 'denoising', blocks: 3, samplePrompts: ['a=b', 'moon'], hardNegatives: true }));
  });

  it('finds what the file names beside the file, and what flags name from where one stands', async () => {
    await written('runs/train.yaml', 'name: crisp\ndataset: ./pictures\noutput: ../crisp.safetensors\nmodel: nowhere\n');
    const model = join('..', 'model');
    await assert.rejects(request(undefined, { config: 'runs/train.yaml' }), new RegExp(`there is no model "nowhere".*inside ${join(cwd, 'runs')}`));
    await symlink(MODEL, join(root, 'model'));
    const beside = await request(undefined, { config: 'runs/train.yaml', model });
    assert.deepEqual([beside.dataset, beside.output, beside.model.path], [join(cwd, 'runs/pictures'), join(cwd, 'crisp.safetensors'), join(root, 'model')]);
    const said = await request('mine', { config: 'runs/train.yaml', model, output: 'here.safetensors', run: 'here', root: '.' });
    assert.deepEqual([said.dataset, said.output, said.run, said.root], [join(cwd, 'mine'), join(cwd, 'here.safetensors'), join(cwd, 'here'), cwd]);
  });

  it('tells wrong use in one line, before a model is opened', async () => {
    for (const [name, text] of [['list.yaml', '- a\n'], ['empty.yaml', ''], ['open.yaml', 'name: [\n'], ['typo.yaml', 'name: x\ndataset: d\nstepz: 1\n']] as const) await written(name, text);
    const given = (...more: string[]) => ['d', '--name', 'x', '--model', MODEL, ...more];
    for (const [args, said] of [
      [['--name', 'x'], /^easel: name the folder of captioned pictures: easel train soft-tokens DATASET --name NAME$/],
      [['d'], /^easel: --name is missing: what a prompt will call the result$/],
      [given('--name', '1x'), /the command: name: a name starts with a letter/],
      [given('--steps', 'many'), /the command: steps: .*expected number/],
      [given('--steps', '0'), /the command: steps: .*>=1/],
      [given('--set', 'loss=magic'), /the command: loss: .*"contrastive"/],
      [given('--set', 'stepz=1'), /the command: Unrecognized key: "stepz"/],
      [given('--set', 'stepz'), /--set stepz: KEY=VALUE, as in train\.yaml$/],
      [given('--set', '=1'), /--set =1: KEY=VALUE/],
      [given('--set', 'blocks=['), /--set blocks=\[: .*must end with a \] at line 1, column 2; a value as in train\.yaml$/],
      [['--config', 'none.yaml'], /cannot read .*none\.yaml: ENOENT/],
      [['--config', 'list.yaml'], /list\.yaml is not the YAML of a run: it has no keys with values; see train\.yaml/],
      [['--config', 'empty.yaml'], /empty\.yaml is not the YAML of a run: it has no keys with values/],
      [['--config', 'open.yaml'], /open\.yaml is not the YAML of a run: .* at line 2, column 1; see/],
      [['--config', 'typo.yaml'], /typo\.yaml: Unrecognized key: "stepz"/],
      [given('--root', 'elsewhere'), /is not inside --root/],
      [given('--threads', '0'), /--threads 0: a whole number from 1 to 256/],
      [['d', '--name', 'x', '--model', 'nosuch'], /there is no model "nosuch"/],
    ] as const) {
      const { code, out, err } = await easel(cwd, ['train', 'soft-tokens', ...args]);
      assert.deepEqual([code, out, err.length], [2, [], 1], `${args.join(' ')}: ${err.join()}`);
      assert.match(err[0]!, said);
    }
    assert.match((await easel(cwd, ['train', 'soft-tokens', ...given('--provider', 'abacus')])).err.join(), /argument 'abacus' is invalid/);
  });

  it('tells how a run goes, and where its result is', async () => {
    const args = ['train', 'soft-tokens', DATASET, '--model', MODEL, '--name', 'crisp', '--steps', '1', '--threads', '1', '--set', 'batchSize=2', 'sampleEvery=0', '--run', 'run', '-o', 'crisp.safetensors'];
    const { code, out, err } = await easel(cwd, args);
    assert.deepEqual([code, out], [0, [join(cwd, 'crisp.safetensors')]], err.join('\n'));
    assert.equal(err[0], "4 pictures, 4 captions, 0 without; 3 to train on, 1 held out. 1,280 numbers are trained (1.207 % of the model's 106,076), in transformer_blocks.0");
    const json = await easel(cwd, [...args, '--json']);
    const events = json.out.map((line) => TrainEvent.parse(JSON.parse(line)).event);
    assert.deepEqual([json.code, events.at(-1), events.includes('step')], [0, 'finished', false], 'a finished run is not run again');
  });
});
