import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ownEaselHome } from '../../test/support/own-easel-home';
import { derivedRecord, int8CopyFolder, listInt8Copies, readInt8Copy, type DerivedRecord } from './derived-copy';
import { easelCache } from './easel-home';
import { ModelError } from './error';

const FIXTURE = join(__dirname, '../../test/fixtures/models/tiny-icon');
const RECORD: DerivedRecord = { precision: 'int8', from: { id: 'tiny-icon', sha256: 'a'.repeat(64) }, runtime: 'ort 1', processor: 'cpu', threads: 2, weightBits: 7, layers: { quantized: 3, all: 5 }, speed: { ratio: 1.5, original: 3, copy: 2 } };
const OF = { id: 'tiny-icon', sha256: 'a'.repeat(64), runtime: 'ort 1', processor: 'cpu', threads: 2 };

/** A model folder that says it was derived. */
async function put(dir: string, record: object = RECORD): Promise<void> {
  await mkdir(dirname(dir), { recursive: true });
  await cp(FIXTURE, dir, { recursive: true });
  const index = JSON.parse(await readFile(join(dir, 'model_index.json'), 'utf8')) as object;
  await writeFile(join(dir, 'model_index.json'), JSON.stringify({ ...index, _easel_derived: record }));
}

describe('what a copy says of itself', () => {
  const read = (_easel_derived: unknown) => derivedRecord({ dir: '/models/copy', index: { _easel_derived } });

  it('is its record, with what later versions add; an original has none', () => {
    assert.deepEqual(read({ ...RECORD, later: true }), { ...RECORD, later: true });
    assert.equal(derivedRecord({ dir: '/models/copy', index: { _class_name: 'X' } }), undefined);
  });

  it('is refused in a line by the field that is damaged', () => {
    for (const [damage, field] of [
      [{ ...RECORD, precision: 'int4' }, '_easel_derived.precision'], [{ ...RECORD, from: { id: 'x', sha256: 'A'.repeat(64) } }, '_easel_derived.from.sha256'], [{ ...RECORD, threads: 0 }, '_easel_derived.threads'],
      [{ ...RECORD, speed: { ratio: -1, original: 1, copy: 1 } }, '_easel_derived.speed.ratio'], [{ ...RECORD, weightBits: 4 }, '_easel_derived.weightBits'], ['int8', '_easel_derived'], [null, '_easel_derived'],
    ] as const) {
      assert.throws(() => read(damage), (error: Error) => {
        assert.ok(error instanceof ModelError && !error.message.includes('\n'));
        assert.ok(error.message.startsWith(`${join('/models/copy', 'model_index.json')}: ${field}: `), error.message);
        assert.match(error.message, /; make the copy again with `easel models quantize`$/);
        return true;
      });
    }
  });
});

describe('int8 copies in the cache', () => {
  ownEaselHome();

  it('have a place each for every model, library, processor and number of threads', () => {
    const home = join(easelCache(), 'int8');
    const places = [{}, { sha256: 'b'.repeat(64) }, { runtime: 'ort 2' }, { processor: 'gpu' }, { threads: 1 }].map((changes) => int8CopyFolder({ ...OF, ...changes }));
    assert.equal(new Set(places).size, places.length);
    for (const place of places) assert.match(place, new RegExp(`^${home}/tiny-icon-[0-9a-f]{16}$`));
    assert.equal(int8CopyFolder(OF), places[0], 'and the same one again');
  });

  it('lie where they should and are listed, whatever a model is called', async () => {
    for (const [id, name] of [['../../etc/x', /-etc-x-[0-9a-f]{16}$/], ['a b\0c:d\\e', /^a-b-c-d-e-[0-9a-f]{16}$/], ['Bildchen_v1.5-größer', /^Bildchen_v1\.5-größer-[0-9a-f]{16}$/], ['.mine', /mine-[0-9a-f]{16}$/]] as const) {
      const place = int8CopyFolder({ ...OF, id });
      assert.equal(dirname(place), join(easelCache(), 'int8'), id);
      assert.match(basename(place), name);
      await put(place);
      assert.deepEqual(await listInt8Copies(), [{ dir: place, record: RECORD }], id);
      await rm(place, { recursive: true });
    }
  });

  it('are listed only where they are whole, and not while they are made', async () => {
    assert.deepEqual(await listInt8Copies(), [], 'there is no cache yet');
    const whole = int8CopyFolder(OF);
    await put(whole);
    await put(join(dirname(whole), `.${basename(whole)}.1-00000000.tmp`));
    await put(join(dirname(whole), 'damaged'), { ...RECORD, threads: 'two' });
    await cp(FIXTURE, join(dirname(whole), 'original'), { recursive: true });
    await put(join(dirname(whole), 'cut-short'));
    await rm(join(dirname(whole), 'cut-short/transformer/model.onnx'));
    await writeFile(join(dirname(whole), 'file'), '');
    assert.deepEqual(await listInt8Copies(), [{ dir: whole, record: RECORD }]);
    assert.deepEqual(await readInt8Copy(whole), { dir: whole, record: RECORD });
    for (const name of ['damaged', 'original', 'cut-short', 'file', 'nowhere']) assert.equal(await readInt8Copy(join(dirname(whole), name)), undefined, name);
  });
});
