import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ownEaselHome } from '../../test/support/own-easel-home';
import { readPixels } from '../image';
import { readPictureMetadata } from '../image/metadata';
import { derivedRecord, readModelFolder } from '../models';
import { easel } from './test-support/command';

const FIXTURES = resolve(__dirname, '../../test/fixtures/models');
const TINY = join(FIXTURES, 'tiny-icon');
/** Two steps by two pictures: enough to see the whole way. */
const QUICK = ['--steps', '2', '--pictures', '2', '--threads', '1'];

describe('easel models quantize', function () {
  this.timeout(120_000);
  let cwd: string;
  ownEaselHome();
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'easel-quantize-'));
  });
  afterEach(() => rm(cwd, { recursive: true }));
  const left = async () => (await readdir(cwd)).sort();
  const draw = (model: string, out: string, ...more: string[]) => easel(cwd, ['generate', '--prompt', 'red heart', '--model', model, '--seed', '1', '--steps', '2', '--size', '64x64', '-o', out, '--threads', '1', ...more]);
  /** Mean difference of two pictures, of full scale. */
  const difference = async (a: string, b: string) => {
    const [first, second] = [(await readPixels(join(cwd, a))).data, (await readPixels(join(cwd, b))).data];
    return first.reduce((sum, value, i) => sum + Math.abs(value - second[i]!), 0) / first.length / 255;
  };

  for (const name of ['tiny-icon', 'sd15', 'sdxl', 'sd3', 'flux', 'lcm', 'sd2-v']) {
    it(`makes a copy of ${name} that draws nearly the same, and is listed with what it came from`, async () => {
      const model = join(FIXTURES, name);
      const made = await easel(cwd, ['models', 'quantize', model, '--out', 'copy', '--name', 'copy', '--no-measure', '--json']);
      assert.deepEqual([made.code, made.err], [0, []]);
      const { layers, name: known } = z.looseObject({ name: z.string(), layers: z.object({ quantized: z.number(), all: z.number() }) }).parse(JSON.parse(made.out[0] ?? ''));
      assert.equal(known, 'copy');
      assert.ok(layers.quantized > 0 && layers.quantized === layers.all);
      for (const [at, out] of [[model, 'a.png'], ['copy', 'b.png'], ['copy', 'c.png']] as const) assert.deepEqual((await draw(at, out)).err, [], at);
      // Every layer of a random network rounded: the largest of these models moves by 7 %, the others by less than 5.
      assert.ok((await difference('a.png', 'b.png')) < 0.1, `${await difference('a.png', 'b.png')}`);
      assert.ok((await difference('a.png', 'b.png')) > 0, 'nothing was rounded');
      assert.deepEqual(await readFile(join(cwd, 'b.png')), await readFile(join(cwd, 'c.png')), 'the same bytes again');
      const record = derivedRecord(await readModelFolder(join(cwd, 'copy')));
      assert.equal(record?.from.id, name);
      assert.equal(record.from.sha256, readPictureMetadata(await readFile(join(cwd, 'a.png'))).easel?.request.model.sha256);
      assert.match(await readFile(join(cwd, 'copy', 'README.md'), 'utf8'), new RegExp(`int8 copy of \`${name}\``));
      assert.match((await easel(cwd, ['models', 'list'])).out.join('\n'), new RegExp(`^copy .*int8 copy of ${name}`, 'm'));
    });
  }

  it('measures before it says that a copy is better, and else writes nothing and answers no', async () => {
    const { code, out } = await easel(cwd, ['models', 'quantize', TINY, '--out', 'copy', ...QUICK, '--keep-error', '0.000001']);
    assert.equal(code, 1);
    assert.match(out.join('\n'), /^kept fp32: /m);
    assert.deepEqual(await left(), []);
  });

  it('tells quality and speed of what it wrote, in the copy too', async () => {
    const { code, out } = await easel(cwd, ['models', 'quantize', TINY, '--weights', 'fp16', '--out', 'half', ...QUICK]);
    assert.equal(code, 0);
    assert.match(out[0] ?? '', /^quality +latents differ by \d+\.\d+ %, at most .*\(2 pictures, 2 steps\)$/);
    assert.match(out[1] ?? '', /^speed +\d+\.\d+x: /);
    const record = derivedRecord(await readModelFolder(join(cwd, 'half')));
    assert.deepEqual([record?.precision, record?.quality?.pictures, record?.quality?.steps], ['fp16', 2, 2]);
    assert.ok((record?.quality?.pictureMax ?? 1) < 0.01);
  });

  it('keeps a copy in the cache for --precision, under the model\'s own identity', async () => {
    assert.match((await draw(TINY, 'none.png', '--precision', 'int8')).err.join(), /no int8 copy of tiny-icon .*easel models quantize/);
    assert.deepEqual((await draw(TINY, 'before.png', '--precision', 'auto')).err, []);
    assert.equal((await easel(cwd, ['models', 'add', TINY])).code, 0);
    assert.equal((await easel(cwd, ['models', 'quantize', TINY, '--no-measure', '--threads', '1'])).code, 0);
    for (const precision of ['fp32', 'auto', 'int8']) assert.deepEqual((await draw(TINY, `${precision}.png`, '--precision', precision)).err, []);
    const bytes = (name: string) => readFile(join(cwd, name));
    assert.deepEqual(await bytes('fp32.png'), await bytes('before.png'));
    assert.deepEqual(await bytes('int8.png'), await bytes('auto.png'));
    assert.ok((await difference('fp32.png', 'int8.png')) > 0);
    const record = async (name: string) => readPictureMetadata(await bytes(name)).easel;
    assert.deepEqual((await record('int8.png'))?.request, (await record('fp32.png'))?.request);
    assert.deepEqual([(await record('int8.png'))?.engine['precision'], (await record('fp32.png'))?.engine['precision']], ['int8', undefined]);
    assert.match((await easel(cwd, ['models', 'list'])).out.join('\n'), /^tiny-icon .*has an int8 copy for 1 threads/m);
    assert.equal((await easel(cwd, ['models', 'remove', 'tiny-icon'])).code, 0);
    assert.equal((await easel(cwd, ['models', 'add', join(FIXTURES, 'sd15'), '--name', 'tiny-icon'])).code, 0);
    assert.doesNotMatch((await easel(cwd, ['models', 'list'])).out.join('\n'), /^tiny-icon .*int8 copy/m, 'another model under the same name');
    // With another number of threads the same product may be added up in another order: it has a copy of its own.
    assert.match((await draw(TINY, 'two.png', '--precision', 'int8', '--threads', '2')).err.join(), /no int8 copy/);
  });

  it('refuses a damaged model in one line and leaves nothing', async () => {
    await cp(TINY, join(cwd, 'model'), { recursive: true });
    for (const damage of [() => truncate(join(cwd, 'model/transformer/model.onnx'), 5000), () => writeFile(join(cwd, 'model/transformer/model.onnx'), 'not a model'), () => rm(join(cwd, 'model/transformer'), { recursive: true })]) {
      await damage();
      const { code, out, err } = await easel(cwd, ['models', 'quantize', 'model', '--out', 'copy', ...QUICK]);
      assert.deepEqual([code, out, err.length], [3, [], 1]);
      assert.match(err[0] ?? '', /^easel: .*model/);
      assert.deepEqual(await left(), ['model']);
    }
  });

  it('stops at Ctrl-C wherever it is, and leaves nothing', async () => {
    for (const milliseconds of [0, 30, 120, 400]) {
      const interrupt = new AbortController();
      setTimeout(() => interrupt.abort(), milliseconds);
      const { code, out } = await easel(cwd, ['models', 'quantize', TINY, '--out', 'copy', '--steps', '20', '--pictures', '500', '--threads', '1'], interrupt.signal);
      assert.deepEqual([code, out], [3, []]);
      assert.deepEqual(await left(), []);
    }
  });

  it('tells wrong use', async () => {
    await easel(cwd, ['models', 'quantize', TINY, '--out', 'copy', '--no-measure']);
    for (const [args, said] of [
      [[TINY, '--out', 'copy'], /copy exists; choose another --out/],
      [[TINY, '--out', join(TINY, 'inside')], /lies in the model itself/],
      [[TINY, '--out', 'nowhere/copy'], /there is no folder/],
      [[TINY, '--weights', 'fp16'], /needs --out/],
      [[TINY, '--keep-error', '0'], /--keep-error 0/],
      [[TINY, '--pictures', '0'], /--pictures 0/],
      [[TINY, '--weights', 'int4'], /int4/],
    ] as const) {
      const { code, err } = await easel(cwd, ['models', 'quantize', ...args]);
      assert.equal(code, 2, args.join(' '));
      assert.match(err.join('\n'), said);
    }
    assert.match((await easel(cwd, ['models', 'quantize', 'copy', '--out', 'again'])).err.join(), /is an int8 copy itself; give the original, tiny-icon/);
    assert.deepEqual(await left(), ['copy']);
  });
});
