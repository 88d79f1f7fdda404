import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ownEaselHome } from '../../test/support/own-easel-home';
import { readPictureMetadata } from '../image/metadata';
import { encodePng, readPixels } from '../image';
import { easelHome } from '../models';
import { float32Tensor, writeSafetensors } from '../onnx';
import { easel } from './test-support/command';

const MODEL = resolve(__dirname, '../../test/fixtures/models/tiny-icon');
const ICONS = '# heart\nred heart\nSteps: 2, CFG scale: 3, Seed: 42\n\n# rocket\n{red|green|blue} rocket\nSteps: 2, Count: 2, Seed: 7\n';

describe('the command line', function () {
  this.timeout(60_000);
  let cwd: string;
  ownEaselHome();
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'easel-cli-'));
    await mkdir(join(cwd, 'work', '.git'), { recursive: true });
    cwd = join(cwd, 'work');
    const added = await easel(cwd, ['models', 'add', MODEL, '--name', 'tiny']);
    assert.deepEqual([added.code, added.err], [0, []]);
    await writeFile(join(cwd, 'icons.t2i'), `---\nmodel: tiny\n---\n${ICONS}`);
  });
  afterEach(() => rm(join(cwd, '..'), { recursive: true }));
  const PICTURES = ['icons/heart.png', 'icons/rocket-0.png', 'icons/rocket-1.png'];
  const pictures = async () => (await readdir(join(cwd, 'icons'))).map((name) => `icons/${name}`).sort();

  it('draws a file, and then says it is fresh; a changed word makes it stale, and --changed draws only that', async () => {
    assert.equal((await easel(cwd, ['check'])).code, 1);
    const drawn = await easel(cwd, ['generate', 'icons.t2i']);
    assert.deepEqual([drawn.code, drawn.out, drawn.err], [0, PICTURES, []]);
    assert.deepEqual(await pictures(), PICTURES);
    const fresh = await easel(cwd, ['check', '--strict']);
    assert.deepEqual([fresh.code, fresh.out, fresh.err], [0, ['fresh   icons.t2i  heart', 'fresh   icons.t2i  rocket'], ['2 fresh']]);
    await writeFile(join(cwd, 'icons.t2i'), `---\nmodel: tiny\n---\n${ICONS}`.replace('red heart', 'red hearts').replaceAll('\n', '\r\n'));
    const stale = await easel(cwd, ['check', '--json']);
    assert.deepEqual([stale.code, stale.out.map((line) => (JSON.parse(line) as { state: string }).state)], [1, ['stale', 'fresh']]);
    assert.deepEqual((await easel(cwd, ['generate', 'icons.t2i', '--changed'])).out, ['icons/heart.png']);
    assert.equal((await easel(cwd, ['check', 'icons.t2i'])).code, 0);
    assert.match((await easel(cwd, ['generate', 'icons.t2i', '--changed'])).err.join(), /every picture is fresh/);
  });

  it('draws several pictures at once with the bytes that they have alone', async () => {
    await writeFile(join(cwd, 'icons.t2i'), `---\nmodel: tiny\n---\n${ICONS.replace('Count: 2', 'Count: 3')}`);
    const names = [...PICTURES, 'icons/rocket-2.png'];
    const alone = await easel(cwd, ['generate', 'icons.t2i', '--cfg', '3']);
    assert.deepEqual(alone.out, names, alone.err.join());
    const bytes = await Promise.all(names.map((name) => readFile(join(cwd, name))));
    const together = await easel(cwd, ['generate', 'icons.t2i', '--cfg', '3', '--batch', '4']);
    assert.deepEqual([together.code, together.out, together.err], [0, names, []]);
    assert.deepEqual(await Promise.all(names.map((name) => readFile(join(cwd, name)))), bytes);
  });

  it('draws the same bytes twice, and keeps the first in the history', async () => {
    await easel(cwd, ['generate', 'icons.t2i', '--block', 'heart']);
    const first = await readFile(join(cwd, 'icons/heart.png'));
    const { out } = await easel(cwd, ['generate', 'icons.t2i', '--block', 'heart', '--json']);
    const { replaced, path, seed, block } = z.object({ replaced: z.string(), path: z.string(), seed: z.string(), block: z.string() }).parse(JSON.parse(out[0] ?? ''));
    assert.deepEqual([path, seed, block], [join(cwd, 'icons/heart.png'), '42', 'heart']);
    assert.deepEqual(await readFile(path), first);
    assert.deepEqual(await readFile(replaced), first);
  });

  it('lets flags overrule the file, and puts pictures where --out says', async () => {
    const { code, out, err } = await easel(cwd, ['generate', 'icons.t2i', '--block', 'heart', '--seed', '18446744073709551615', '--steps', '1', '--out', 'other/{name}-{seed}.png', '--contact-sheet', 'sheet.png']);
    assert.deepEqual([code, out, err], [0, ['other/heart-18446744073709551615.png'], ['contact sheet: sheet.png']]);
    const { easel: record } = readPictureMetadata(await readFile(join(cwd, out[0] ?? '')));
    assert.deepEqual([record?.request.seed, record?.request['steps']], ['18446744073709551615', 1]);
    assert.equal(readPictureMetadata(await readFile(join(cwd, 'sheet.png'))).format, 'png');
  });

  it('draws without a file, from noise and with the latents kept, the same picture as from the file', async () => {
    await easel(cwd, ['generate', 'icons.t2i', '--block', 'heart']);
    const common = ['--prompt', 'red heart', '--model', MODEL, '--seed', '42', '--steps', '2', '--cfg', '3', '--size', '64x64'];
    const one = await easel(cwd, ['generate', ...common, '-o', 'one.png', '--save-latents', 'latents.safetensors']);
    assert.deepEqual([one.code, one.out, one.err], [0, ['one.png'], []]);
    assert.ok((await readdir(cwd)).includes('latents.safetensors'));
    const again = await easel(cwd, ['generate', ...common, '--seed', '43', '--noise', 'latents.safetensors', '-o', 'again.png']);
    assert.deepEqual([again.code, again.err], [0, []]);
    assert.deepEqual(await readPixels(join(cwd, 'again.png')), await readPixels(join(cwd, 'one.png')));
    const fromFile = readPictureMetadata(await readFile(join(cwd, 'icons/heart.png'))).easel?.request;
    const fromFlags = readPictureMetadata(await readFile(join(cwd, 'one.png'))).easel?.request;
    const content = (model: { sha256: string | null } | undefined) => model?.sha256;
    assert.equal(content(fromFile?.model), content(fromFlags?.model));
    assert.deepEqual({ ...fromFile, model: null }, { ...fromFlags, model: null });
  });

  it('takes angle brackets that name nothing as text', async () => {
    assert.equal((await easel(cwd, ['generate', '--prompt', 'a <b:0.5> < c', '--model', MODEL, '--steps', '1', '--size', '64x64', '-o', 'one.png'])).code, 0);
    assert.equal(readPictureMetadata(await readFile(join(cwd, 'one.png'))).easel?.request['prompt'], 'a <b:0.5> < c');
  });

  it('prints a picture as a block that is the same picture', async () => {
    await easel(cwd, ['generate', 'icons.t2i', '--block', 'heart']);
    const { code, out } = await easel(cwd, ['info', 'icons/heart.png']);
    assert.equal(code, 0);
    await writeFile(join(cwd, 'pasted.t2i'), `# heart\n${out.join('\n')}\n`);
    const pasted = await easel(cwd, ['generate', 'pasted.t2i', '--model', 'tiny']);
    assert.equal(pasted.code, 0, pasted.err.join());
    const request = async (path: string) => readPictureMetadata(await readFile(join(cwd, path))).easel?.request;
    assert.deepEqual(await request('pasted/heart.png'), await request('icons/heart.png'));
  });

  it('counts tokens per block, and says no when a text is too long', async () => {
    const short = await easel(cwd, ['tokens', 'icons.t2i', '--json']);
    assert.deepEqual([short.code, short.err], [0, []]);
    const { limit } = z.object({ tokens: z.number().min(1), limit: z.number().min(1), block: z.literal('heart') }).parse(JSON.parse(short.out[0] ?? ''));
    await writeFile(join(cwd, 'long.t2i'), `---\nmodel: tiny\n---\n# long\n${'heart '.repeat(limit + 5)}\n`);
    const long = await easel(cwd, ['tokens', 'long.t2i']);
    assert.equal(long.code, 1);
    assert.match(long.out.join(), /too many: they are not read/);
  });

  it('lists models, and says of a folder that has gone what is wrong', async () => {
    await mkdir(join(cwd, 'gone'));
    await writeFile(join(easelHome(), 'models.json'), JSON.stringify({ models: { tiny: { path: MODEL }, gone: { path: join(cwd, 'gone') } } }));
    const { code, out } = await easel(cwd, ['models', 'list', '--json']);
    assert.equal(code, 0);
    const models = new Map(out.map((line) => z.object({ id: z.string(), problem: z.string().nullable(), kind: z.string().nullable() }).parse(JSON.parse(line))).map((model) => [model.id, model]));
    assert.deepEqual([models.get('tiny')?.kind, models.get('tiny')?.problem], ['icon', null]);
    assert.match(models.get('gone')?.problem ?? '', /model_index\.json/);
    assert.equal((await easel(cwd, ['models', 'remove', 'gone'])).code, 0);
    assert.equal((await easel(cwd, ['models', 'remove', 'gone'])).code, 2);
  });

  it('draws with the LoRA that a prompt names, which its model may bring; the picture goes stale with it', async () => {
    const model = join(cwd, 'model');
    await cp(MODEL, model, { recursive: true });
    await mkdir(join(model, 'adapters'));
    const lora = join(model, 'adapters/few-step.safetensors');
    const write = (size: number) => writeSafetensors(lora, new Map(['A', 'B'].map((side, i) => [`transformer.transformer_blocks.0.attn.to_q.lora_${side}.weight`, float32Tensor(Float32Array.from({ length: 64 }, (_, j) => size * Math.sin(i + j)), i === 0 ? [2, 32] : [32, 2])] as const)),
      { easel: JSON.stringify({ version: 1, method: 'lora', name: 'few-step', model: { id: 'tiny-icon', sha256: 'a'.repeat(64) }, settings: { steps: 6, cfg: 1 } }) });
    await write(1);
    const front = '---\nmodel: model\n---\n';
    await writeFile(join(cwd, 'lora.t2i'), `${front}# plain\nred heart\nSteps: 2, CFG scale: 3, Seed: 42\n\n# with\nred heart <lora:few-step>\nSteps: 2, CFG scale: 3, Seed: 42\n\n# off\nred heart <lora:few-step:0>\nSteps: 2, CFG scale: 3, Seed: 42\n`);
    const drawn = await easel(cwd, ['generate', 'lora.t2i']);
    assert.equal(drawn.code, 0, drawn.err.join('\n'));
    assert.ok(drawn.err.some((line) => line.includes('<lora:few-step> was trained on another model')), drawn.err.join('\n'));
    const pixels = async (name: string) => Buffer.from((await readPixels(join(cwd, 'lora', `${name}.png`))).data).toString('hex');
    assert.equal(await pixels('off'), await pixels('plain'));
    assert.notEqual(await pixels('with'), await pixels('plain'));
    const { infotext, easel: record } = readPictureMetadata(await readFile(join(cwd, 'lora/with.png')));
    assert.match(infotext ?? '', /^red heart <lora:few-step:1>\n/);
    assert.match(JSON.stringify(record?.request.adapters), /^\[\{"id":"few-step","sha256":"[0-9a-f]{64}","weight":1\}\]$/);
    const straight = await easel(cwd, ['generate', '--prompt', 'red heart <lora:few-step>', '--model', 'model', '--steps', '2', '--cfg', '3', '--seed', '42', '-o', 'straight.png']);
    assert.equal(straight.code, 0, straight.err.join('\n'));
    assert.equal(Buffer.from((await readPixels(join(cwd, 'straight.png'))).data).toString('hex'), await pixels('with'));
    assert.equal((await easel(cwd, ['check', 'lora.t2i'])).code, 0);
    assert.deepEqual((await easel(cwd, ['info', 'model/adapters/few-step.safetensors'])).out, ['<lora:few-step>, lora, rank 2, for tiny-icon, to be drawn with 6 steps and CFG scale 1']);
    await write(2);
    const stale = await easel(cwd, ['check', 'lora.t2i']);
    assert.equal(stale.code, 1);
    assert.match([...stale.out, ...stale.err].join('\n'), /few-step \(other content\)|adapters: few-step → few-step/);
    assert.match((await easel(cwd, ['generate', '--prompt', 'x <lora:few-step>', '--model', 'tiny', '-o', 'y.png'])).err.join(), /no adapter called “few-step”/);
  });

  it('tells wrong use in one line with exit code 2', async () => {
    await writeFile(join(cwd, 'text.txt'), 'text');
    for (const [args, said] of [
      [['generate'], /nothing to draw/],
      [['generate', 'nothing.t2i'], /there is no file nothing\.t2i/],
      [['generate', 'text.txt'], /not a prompt file/],
      [['generate', 'icons.t2i', '--steps', '0'], /--steps 0: not a whole number from 1 to 1000/],
      [['generate', 'icons.t2i', '--sampler', 'Magic'], /--sampler Magic: not one of/],
      [['generate', 'icons.t2i', '--block', 'moon'], /no block "moon"; it has heart, rocket/],
      [['generate', 'icons.t2i', '--prompt', 'x'], /--prompt draws without a file/],
      [['generate', 'icons.t2i', '--threads', '0'], /--threads 0/],
      [['generate', 'icons.t2i', '--batch', '0'], /--batch 0: a whole number/],
      [['generate', '--prompt', 'x'], /needs -o OUT\.png/],
      [['generate', '--prompt', 'x', '-o', 'x.jpg'], /the name of a PNG/],
      [['generate', '--prompt', 'x', '-o', 'x.png', '--noise', 'none.safetensors'], /--noise: there is no file none\.safetensors/],
      [['generate', '--prompt', 'x <lora:none:0.5>', '-o', 'x.png'], /<lora:none:0\.5>: no adapter called “none”/],
      [['generate', '--prompt', 'x', '-o', 'x.png', '--changed'], /--changed needs a prompt file/],
      [['generate', 'icons.t2i', '--root', 'elsewhere'], /is not inside --root/],
      [['generate', 'icons.t2i', '--model', 'nosuch'], /there is no model "nosuch"; known models: .*tiny/],
      [['generate', '--prompt', 'x', '--model', 'nosuch', '-o', 'x.png'], /there is no model "nosuch"/],
      [['tokens', 'icons.t2i', '--model', 'nosuch'], /there is no model "nosuch"/],
      [['models', 'quantize', 'nosuch'], /there is no model "nosuch"/],
      [['models', 'add', 'nosuch'], /there is no folder .*nosuch/],
      [['models', 'add', MODEL, '--name', '../x'], /"\.\.\/x" cannot be a model's name/],
      [['models', 'remove', 'nosuch'], /no model is registered as "nosuch"/],
      [['check', 'nothing'], /there is no nothing/],
      [['check', '*.nothing'], /no prompt file fits/],
      [['frobnicate'], /unknown command/],
      [['check', '--frobnicate'], /unknown option/],
    ] as const) {
      const { code, out, err } = await easel(cwd, args);
      assert.equal(code, 2, `${args.join(' ')}: ${err.join()}`);
      assert.deepEqual(out, []);
      assert.match(err.join('\n'), said);
    }
  });

  it('fails with exit code 3 for what cannot be drawn, says where, and draws the rest', async () => {
    await writeFile(join(cwd, 'mixed.t2i'), '---\nmodel: tiny\n---\n# bad\n__nowhere__ heart\nSteps: 1\n\n# outside\nheart\nSteps: 1, Out: ../../x.png\n\n# good\nheart\nSteps: 1\n');
    const { code, out, err } = await easel(cwd, ['generate', 'mixed.t2i']);
    assert.equal(code, 3);
    assert.deepEqual(out, ['mixed/good.png']);
    assert.match(err[0] ?? '', /^mixed\.t2i:5:1: error: .*nowhere/);
    assert.match(err[1] ?? '', /^mixed\.t2i:10:\d+: error: .*leads out of/);
  });

  it('never replaces a file that Easel did not write, and says so', async () => {
    await mkdir(join(cwd, 'icons'));
    const byHand = await encodePng(new Uint8Array(12), 2, 2);
    await writeFile(join(cwd, 'icons', 'heart.png'), byHand);
    const { code, err } = await easel(cwd, ['generate', 'icons.t2i', '--block', 'heart']);
    assert.equal(code, 3);
    assert.match(err.join(), /heart\.png was not written by Easel .*move it away/);
    assert.deepEqual(await readFile(join(cwd, 'icons', 'heart.png')), Buffer.from(byHand));
    assert.equal((await easel(cwd, ['generate', 'icons.t2i', '--changed', '--block', 'heart'])).code, 3);
  });

  it('stops at Ctrl-C and leaves nothing behind', async () => {
    const interrupt = new AbortController();
    interrupt.abort();
    const { code, out } = await easel(cwd, ['generate', 'icons.t2i'], interrupt.signal);
    assert.deepEqual([code, out], [3, []]);
    assert.deepEqual((await readdir(cwd)).sort(), ['.git', 'icons.t2i']);
  });

  it('finds prompt files by folder and glob, Markdown with a fence included', async () => {
    await mkdir(join(cwd, 'docs', 'deep'), { recursive: true });
    await writeFile(join(cwd, 'docs', 'deep', 'page.md'), '# Page\n\n```t2i\n---\nmodel: tiny\n---\n# moon\nmoon\nSteps: 1, Seed: 3\n```\n');
    await writeFile(join(cwd, 'docs', 'plain.md'), '# No prompts\n');
    assert.equal((await easel(cwd, ['generate', 'docs/deep/page.md'])).code, 0);
    for (const pattern of ['docs', 'docs/**/*.md', '**/page.md', 'docs/deep/page.md']) {
      const { code, out } = await easel(cwd, ['check', pattern]);
      assert.deepEqual([code, out], [0, ['fresh   docs/deep/page.md  moon']], pattern);
    }
  });

  it('knows the name of a model that is not here, which --strict does not accept', async () => {
    await easel(cwd, ['generate', 'icons.t2i']);
    await easel(cwd, ['models', 'remove', 'tiny']);
    const lenient = await easel(cwd, ['check']);
    assert.deepEqual([lenient.code, lenient.err], [0, ['2 fresh (2 with the model not verified)']]);
    assert.equal((await easel(cwd, ['check', '--strict'])).code, 1);
  });

  it('prints help and version', async () => {
    const help = await easel(cwd, ['--help']);
    assert.equal(help.code, 0);
    assert.match(help.out.join('\n'), /generate .*\n[\s\S]*check /);
    assert.match((await easel(cwd, ['--version'])).out.join(), /^\d+\.\d+\.\d+$/);
  });
});
