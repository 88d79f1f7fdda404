import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModelFolder, type DerivedRecord } from '../../models';
import { readModel, writeModel } from '../../onnx';
import { TINY_ICON } from '../test-support/tiny-request';
import { appearWhole, copyRest, percent } from './copy-folder';

describe('a folder that appears whole or not at all', () => {
  let base: string;
  let dir: string;
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'easel-whole-'));
    dir = join(base, 'copy');
  });
  afterEach(() => rm(base, { recursive: true }));

  const put = async (folder: string, text: string) => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'file'), text);
  };
  const left = async () => (await readdir(base, { recursive: true })).sort();
  const text = () => readFile(join(dir, 'file'), 'utf8');
  const makes = (answer: boolean) => async (temporary: string) => {
    assert.deepEqual(await readdir(temporary), [], 'it begins empty');
    await put(join(temporary, 'part'), 'new');
    await writeFile(join(temporary, 'file'), 'new');
    return answer;
  };

  it('has its name when it is done, and no sooner', async () => {
    assert.equal(await appearWhole(dir, false, async (temporary) => {
      const made = await makes(true)(temporary);
      assert.ok(!(await readdir(base)).includes('copy'));
      return made;
    }), true);
    assert.deepEqual(await left(), ['copy', 'copy/file', 'copy/part', 'copy/part/file']);
  });

  it('is not there, nor anything of it, where it was not wanted in the end or failed', async () => {
    assert.equal(await appearWhole(dir, true, makes(false)), false);
    const failure = new Error('no more');
    await assert.rejects(appearWhole(dir, true, async (temporary) => {
      await makes(true)(temporary);
      throw failure;
    }), failure);
    assert.deepEqual(await left(), []);
  });

  it('leaves what is there as it is, unless it is to replace it and is done', async () => {
    await put(dir, 'old');
    await appearWhole(dir, true, makes(false));
    await assert.rejects(appearWhole(dir, true, () => Promise.reject(new Error('no more'))), /no more/);
    const there = { name: 'DiffusionError', code: 'failed', message: `cannot write ${dir}: something is there already; choose another folder with --out` };
    await assert.rejects(appearWhole(dir, false, makes(true)), there);
    assert.deepEqual([await text(), await left()], ['old', ['copy', 'copy/file']]);
    assert.equal(await appearWhole(dir, true, makes(true)), true);
    assert.deepEqual([await text(), await left()], ['new', ['copy', 'copy/file', 'copy/part', 'copy/part/file']]);
    await rm(dir, { recursive: true });
    await writeFile(dir, 'a file');
    await assert.rejects(appearWhole(dir, false, makes(true)), there);
    assert.deepEqual([await readFile(dir, 'utf8'), await left()], ['a file', ['copy']]);
  });

  it('puts back what it was to replace where it cannot take its name', async () => {
    await put(dir, 'old');
    await assert.rejects(appearWhole(dir, true, async (temporary) => {
      await rm(temporary, { recursive: true });
      return true;
    }), { code: 'ENOENT' });
    assert.deepEqual([await text(), await left()], ['old', ['copy', 'copy/file']]);
  });

  it('says in a line what the disk says', async () => {
    for (const [code, said] of [['ENOSPC', 'the disk is full; free some space, or choose another folder with --out'], ['EACCES', 'permission denied; choose another folder with --out'], ['EROFS', 'permission denied; choose another folder with --out']] as const) {
      const cause = Object.assign(new Error(`${code}: write`), { code });
      await assert.rejects(appearWhole(dir, false, () => Promise.reject(cause)), { name: 'DiffusionError', code: 'failed', message: `cannot write ${dir}: ${said}`, cause });
    }
    assert.deepEqual(await left(), []);
  });

  it('clears away what a killed process left of it, and nothing else', async () => {
    const dead = 99_999_999; // beyond what Linux, macOS and Windows give out
    const others = [`.copy.${process.ppid}-0123abcd.tmp`, `.other.${dead}-0123abcd.tmp`, `.copy.${dead}-0123abcd.tmp.mine`, `.copy.${dead}-0123.tmp`, `copy.${dead}-0123abcd.tmp`, '.copy'];
    for (const name of [`.copy.${dead}-0123abcd.tmp`, `.copy.${dead}-0123abcd.tmp.old`, ...others]) await put(join(base, name), 'half');
    await appearWhole(dir, false, makes(false));
    assert.deepEqual((await readdir(base)).sort(), others.sort());
  });
});

describe('what comes along to a copy of a model', () => {
  let base: string;
  let model: string;
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'easel-rest-'));
    model = join(base, 'model');
    await cp(TINY_ICON, model, { recursive: true });
    await mkdir(join(base, 'copy'));
  });
  afterEach(() => rm(base, { recursive: true }));

  const RECORD: DerivedRecord = { precision: 'int8', from: { id: 'tiny', sha256: 'a'.repeat(64) }, runtime: 'ort 1', processor: 'cpu', threads: 2 };
  const paths = async (dir: string) => (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1)).sort();
  const copied = async (record = RECORD) => {
    const folder = await readModelFolder(model, 'tiny');
    await copyRest(folder, [await readModel(folder.components.transformer!.file)], join(base, 'copy'), record);
  };
  const card = () => readFile(join(base, 'copy/README.md'), 'utf8');

  it('is every file as it is, but for the graphs that were written anew, with weights that lie beside them', async () => {
    const graph = join(model, 'transformer/model.onnx');
    await writeModel(await readModel(graph), join(model, 'transformer/outer.onnx'), { inlineLimit: 0 });
    await rename(join(model, 'transformer/outer.onnx'), graph);
    await writeFile(join(model, 'transformer/config.json'), '{}');
    await mkdir(join(model, 'adapters'));
    await writeFile(join(model, 'adapters/few.safetensors'), 'weights');
    const before = await paths(model);
    assert.ok(before.includes('transformer/outer.onnx_data'));
    await copied();
    const copies = await paths(join(base, 'copy'));
    assert.deepEqual(copies, [...before.filter((path) => !/model\.onnx$|_data$/.test(path) || path.startsWith('text_encoder/')), 'README.md'].sort());
    for (const path of copies.filter((path) => path !== 'model_index.json' && path !== 'README.md')) assert.deepEqual(await readFile(join(base, 'copy', path)), await readFile(join(model, path)), path);
    assert.deepEqual(await paths(model), before, 'the original is left alone');
  });

  it('is an index that says what it was, and that it was derived', async () => {
    await copied();
    const index = JSON.parse(await readFile(join(model, 'model_index.json'), 'utf8')) as object;
    assert.deepEqual(JSON.parse(await readFile(join(base, 'copy/model_index.json'), 'utf8')), { ...index, _easel_derived: RECORD });
    await rm(join(model, 'model_index.json'));
    await copied();
    assert.deepEqual(JSON.parse(await readFile(join(base, 'copy/model_index.json'), 'utf8')), { _easel_derived: RECORD });
  });

  it('is the card, its header first, with a word on what was measured', async () => {
    const note = `> **Derived.** An int8 copy of \`tiny\` (SHA-256 \`${RECORD.from.sha256}\`), made by \`easel models quantize\` for ort 1 on cpu.\n`;
    const end = "> What follows is the original's card; its figures are the original's.\n\n";
    await copied();
    assert.equal(await card(), `${note}${end}`);
    for (const header of ['---\nlicense: mit\n---\n', '---\r\nlicense: mit\r\n---\r\n']) {
      await writeFile(join(model, 'README.md'), `${header}\n# Tiny\n---\nrest`);
      await copied({ ...RECORD, quality: { pictures: 16, steps: 20, latentMean: 0.0123, latentMax: 0.1, pictureMean: 0.004, pictureMax: 0.25 }, speed: { ratio: 1.5, original: 3, copy: 2 } });
      assert.equal(await card(), `${header}\n${note}> Against the original over 16 pictures of 20 steps: latents differ by 1.23 % (at most 10.0 %), pixels by 0.40 % of full scale (at most 25.0 %).\n> It was 1.50x as fast there.\n${end}# Tiny\n---\nrest`);
    }
  });

  it('has shares with three digits, about', () => {
    assert.deepEqual([0, 0.00004, 0.0999, 0.1, 1].map(percent), ['0.00 %', '0.00 %', '9.99 %', '10.0 %', '100.0 %']);
  });
});
