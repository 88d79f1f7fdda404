import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ownEaselHome } from '../../test/support/own-easel-home';
import { readPictureMetadata } from '../image/metadata';
import type { GenerateFlags } from './generate';
import { generateFile, generateOne } from './generate-run';
import { EXIT, type Io } from './io';
import { easel } from './test-support/command';

const MODEL = resolve(__dirname, '../../test/fixtures/models/tiny-icon');
const ICONS = '# heart\nred heart\nSteps: 1, Seed: 42\n\n# moon\nwhite moon\nSteps: 1, Seed: 7\n\n# star\nstar\nSteps: 1, Seed: 9\n';

describe('easel generate, what its flags become', function () {
  this.timeout(60_000);
  let cwd: string;
  let said: { out: string[]; err: string[]; status: string[] };
  ownEaselHome();
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'easel-cli-generate-'));
    await mkdir(join(cwd, '.git'));
    await mkdir(join(cwd, 'prompts'));
    await writeFile(join(cwd, 'prompts/icons.t2i'), ICONS);
    said = { out: [], err: [], status: [] };
  });
  afterEach(() => rm(cwd, { recursive: true }));
  const io = (): Io => ({ cwd, out: (line) => void said.out.push(line), err: (line) => void said.err.push(line), status: (text) => void said.status.push(text), signal: new AbortController().signal });
  const draw = (flags: GenerateFlags) => generateFile('prompts/icons.t2i', { model: MODEL, threads: '1', ...flags }, io());
  /** What the status line said it was drawing. */
  const titles = () => [...new Set(said.status.map((text) => text.split(':')[0]!))].filter((title) => title !== '');
  const request = async (name: string) => readPictureMetadata(await readFile(join(cwd, name))).easel?.request;

  it('chosen blocks in the order of the flag, settings over the file\'s, pictures where --out says from here', async () => {
    assert.equal(await draw({ block: ['moon', 'heart'], seed: '5', count: '2', negativePrompt: 'grey', out: 'drawn/{name}-{seed}.png' }), EXIT.done);
    assert.deepEqual([said.out, said.err], [['drawn/moon-5.png', 'drawn/moon-6.png', 'drawn/heart-5.png', 'drawn/heart-6.png'], []]);
    const { prompt, negativePrompt, seed, steps } = (await request('drawn/moon-6.png'))!;
    assert.deepEqual([prompt, negativePrompt, seed, steps], ['white moon', 'grey', '6', 1]);
    assert.deepEqual(titles(), ['moon 1/2 (1 of 4)', 'moon 2/2 (2 of 4)', 'heart 1/2 (3 of 4)', 'heart 2/2 (4 of 4)']);
    assert.equal(said.status.at(-1), '', 'the status line is cleared');
  });

  it('with --batch as many at once as it says, with --json one object each', async () => {
    assert.equal(await draw({ batch: '2', json: true }), EXIT.done);
    const Line = z.looseObject({ file: z.string(), block: z.string(), index: z.int(), path: z.string(), seed: z.string() });
    assert.deepEqual(said.out.map((line) => Line.parse(JSON.parse(line))).map(({ file, block, index, path, seed }) => [file, block, index, path, seed]),
      [['heart', '42'], ['moon', '7'], ['star', '9']].map(([name, seed]) => ['prompts/icons.t2i', name, 0, join(cwd, `prompts/icons/${name}.png`), seed]));
    assert.deepEqual(titles(), ['heart, moon (1 to 2 of 3)', 'star (3 of 3)']);
  });

  it('--changed draws what is not fresh, leaves alone what it cannot judge, and says when there is nothing to do', async () => {
    assert.equal(await draw({ block: ['heart', 'moon'] }), EXIT.done);
    assert.equal(await draw({ changed: true }), EXIT.done);
    assert.deepEqual(said.out.splice(0), ['heart', 'moon', 'star'].map((name) => `prompts/icons/${name}.png`));
    assert.equal(await draw({ changed: true }), EXIT.done);
    assert.deepEqual([said.out, said.err.splice(0)], [[], ['prompts/icons.t2i: every picture is fresh']]);
    await writeFile(join(cwd, 'prompts/icons/moon.png'), 'version https://git-lfs.github.com/spec/v1\n');
    assert.equal(await draw({ changed: true }), EXIT.failed);
    assert.deepEqual([said.out, said.err.length], [[], 1]);
    assert.match(said.err[0]!, /^prompts\/icons\.t2i: moon is unknown, and so is not drawn: /);
    await writeFile(join(cwd, 'prompts/icons.t2i'), '// nothing yet\n');
    assert.equal(await draw({}), EXIT.done);
    assert.equal(said.err[1], 'prompts/icons.t2i: no block says a picture; write a prompt under a heading');
  });

  it('without a file a request of the flags alone', async () => {
    const flags = { prompt: 'a {b|c}', negativePrompt: 'grey', output: 'one.png', model: MODEL, steps: '1', seed: '3', size: '64x64', cfg: '2', promptSyntax: 'plain', threads: '1', json: true };
    assert.equal(await generateOne(flags, io()), EXIT.done);
    const { prompt, negativePrompt, steps, seed, guidanceScale, promptSyntax } = (await request('one.png'))!;
    assert.deepEqual([prompt, negativePrompt, steps, seed, guidanceScale, promptSyntax], ['a {b|c}', 'grey', 1, '3', 2, 'plain']);
    const { file, block, path } = JSON.parse(said.out[0]!) as Record<string, unknown>;
    assert.deepEqual([file, block, path], [null, null, join(cwd, 'one.png')]);
  });

  it('that make no sense are told in one line', async () => {
    const one = ['--prompt', 'x', '-o', 'x.png', '--model', MODEL];
    for (const [args, message] of [
      [['prompts/icons.t2i', '--count', '0'], '--count 0: a whole number of pictures'],
      [['prompts/icons.t2i', '--count', '2.5'], '--count 2.5: a whole number of pictures'],
      [['prompts/icons.t2i', '--batch', 'all', '--model', MODEL], '--batch all: a whole number of pictures'],
      [['prompts/icons.t2i', '--block', 'heart', 'sun'], 'prompts/icons.t2i has no block "sun"; it has heart, moon, star'],
      [['prompts/icons.t2i', '-o', 'x.png'], '--output draws without a file; leave out prompts/icons.t2i, or the flag'],
      [['prompts/icons.t2i', '--noise', 'n'], '--noise draws without a file; leave out prompts/icons.t2i, or the flag'],
      [['prompts/icons.t2i', '--save-latents', 'l'], '--save-latents draws without a file; leave out prompts/icons.t2i, or the flag'],
      ...['--block x', '--count 2', '--batch 2', '--out x', '--root .', '--contact-sheet s.png'].map((flag) => [[...one, ...flag.split(' ')], `${flag.split(' ')[0]} needs a prompt file; with --prompt, -o says where the picture goes`] as const),
      [[], 'nothing to draw: give a prompt file, or --prompt and -o'],
    ] as const) assert.deepEqual(await easel(cwd, ['generate', ...args]), { code: 2, out: [], err: [`easel: ${message}`] });
  });
});
