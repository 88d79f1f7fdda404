import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve, join } from 'node:path';
import { evaluateCommand } from './evaluate';
import { easel } from './test-support/command';

const MODEL = resolve(__dirname, '../../test/fixtures/models/tiny-icon');

/** What a command line hands to the measurement, which is not made. */
async function flagsOf(...args: string[]): Promise<unknown> {
  const nothing = () => undefined;
  const evaluate = evaluateCommand({ out: nothing, err: nothing, status: nothing, signal: new AbortController().signal, cwd: '/' }, nothing);
  const given: unknown[] = [];
  for (const suite of evaluate.commands) suite.action((flags: unknown) => void given.push(suite.name(), flags));
  await evaluate.parseAsync(args, { from: 'user' });
  return given;
}

describe('easel evaluate, its flags', () => {
  it('have the defaults that the help tells', async () => {
    assert.deepEqual(await flagsOf('icons'), ['icons', { prompts: '100', seeds: '1', distinct: '10', pooled: 'text' }]);
    assert.deepEqual(await flagsOf('emoji'), ['emoji', { prompts: '100', seeds: '1', distinct: '0', pooled: 'text' }]);
    assert.deepEqual(await flagsOf('retrieval', '--dataset', 'd'), ['retrieval', { dataset: 'd', captions: '8', grid: '8', seed: '0' }]);
  });

  it('reach the measurement by name, adapters as a list', async () => {
    const shared = ['--model', 'm', '--adapter', 'a.safetensors', 'b.safetensors:0.5', '-o', 'report', '--json', '--threads', '2', '--provider', 'cpu'];
    const both = { model: 'm', adapter: ['a.safetensors', 'b.safetensors:0.5'], output: 'report', json: true, threads: '2', provider: 'cpu' };
    assert.deepEqual(await flagsOf('icons', ...shared, '--splits', 'seen,style', '--prompts', '5', '--seeds', '2', '--distinct', '0', '--steps', '3', '--cfg', '1.5', '--size', '128', '--pooled', 'null'),
      ['icons', { ...both, splits: 'seen,style', prompts: '5', seeds: '2', distinct: '0', steps: '3', cfg: '1.5', size: '128', pooled: 'null' }]);
    assert.deepEqual(await flagsOf('retrieval', ...shared, '--dataset', 'd', '--pictures', '9', '--captions', '4', '--hard', '--grid', '2', '--seed', '7'),
      ['retrieval', { ...both, dataset: 'd', pictures: '9', captions: '4', hard: true, grid: '2', seed: '7' }]);
  });

  it('that make no sense are told in one line by their own names, before anything is measured', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'easel-cli-evaluate-'));
    try {
      for (const [args, said] of [
        [['icons', '--cfg', 'much'], /^easel: --cfg: .*expected number/],
        [['icons', '--cfg', '101'], /^easel: --cfg: .*<=100/],
        [['icons', '--cfg', ''], /^easel: --cfg: /],
        [['icons', '--distinct', ' '], /^easel: --distinct: /],
        [['icons', '--steps', '0'], /^easel: --steps: .*>=1/],
        [['icons', '--size', '100'], /^easel: --size: .*multiple of 64/],
        [['icons', '--size', '0'], /^easel: --size: .*>=64/],
        [['icons', '--prompts', '501'], /^easel: --prompts: .*<=500/],
        [['icons', '--seeds', '1.5'], /^easel: --seeds: .*expected int/],
        [['icons', '--distinct', '-1'], /^easel: --distinct: .*>=0/],
        [['icons', '--splits', 'seen,nonsense'], /^easel: --splits: .*"colour-pairs"/],
        [['emoji', '--splits', 'seen'], /^easel: --splits: .*"emoji-style"/],
        [['emoji', '--prompts', '501'], /^easel: --prompts: .*<=500/],
        [['emoji', '--cfg', ''], /^easel: --cfg: /],
        [['icons', '--adapter', 'a.safetensors:20'], /^easel: --adapter: .*<=10/],
        [['icons', '--threads', '0'], /^easel: --threads 0: a whole number from 1 to 256$/],
        [['retrieval', '--dataset', 'd', '--captions', '1'], /^easel: --captions: .*>=2/],
        [['retrieval', '--dataset', 'd', '--grid', 'x'], /^easel: --grid: /],
        [['retrieval', '--dataset', 'd', '--pictures', '0'], /^easel: --pictures: .*>=1/],
        [['retrieval', '--dataset', 'd', '--seed', '-1'], /^easel: --seed: .*>=0/],
        [['icons', '--model', 'nosuch'], /^easel: there is no model "nosuch"/],
      ] as const) {
        const { code, out, err } = await easel(cwd, ['evaluate', ...args, ...(args.some((arg) => arg === '--model') ? [] : ['--model', MODEL])]);
        assert.deepEqual([code, out, err.length], [2, [], 1], `${args.join(' ')}: ${err.join()}`);
        assert.match(err[0]!, said);
      }
      for (const [args, said] of [
        [['icons', '--pooled', 'both'], /argument 'both' is invalid\. Allowed choices are text, null\./],
        [['icons', '--provider', 'abacus'], /argument 'abacus' is invalid/],
        [['retrieval'], /required option '--dataset <folder>' not specified/],
        [['taste'], /unknown command 'taste'/],
      ] as const) {
        const { code, err } = await easel(cwd, ['evaluate', ...args]);
        assert.equal(code, 2, args.join(' '));
        assert.match(err[0]!, said);
      }
    } finally {
      await rm(cwd, { recursive: true });
    }
  });
});
