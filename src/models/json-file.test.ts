import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ModelError } from './error';
import { parseTolerantJson, readJsonFile } from './json-file';

describe('JSON as Python writes it', () => {
  it('is JSON, with a byte order mark or without', () => {
    const value = { text: 'a "b" \\ \n\u2028 é', numbers: [0, -1.5e-7, 1e300], nested: { empty: {}, list: [], no: null, yes: true } };
    for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2), `\uFEFF${JSON.stringify(value)}`]) assert.deepEqual(parseTolerantJson(text), value);
    assert.deepEqual([parseTolerantJson('"x"'), parseTolerantJson('3')], ['x', 3]);
  });

  it('has numbers that JSON has not, wherever a value may stand', () => {
    assert.deepEqual(parseTolerantJson('{"a":-Infinity,"b":[Infinity,NaN,[ NaN ]],"c":{"d":NaN}}'), { a: -Infinity, b: [Infinity, NaN, [NaN]], c: { d: NaN } });
    assert.equal(parseTolerantJson('NaN'), NaN);
  });

  it('has strings with these words in them, behind any quote and backslash', () => {
    const value = { NaN: 'NaN', '-Infinity': '\\', 'x\\"': '"NaN" \\" Infinity', y: '\\\\"NaN' };
    assert.deepEqual(parseTolerantJson(JSON.stringify(value)), value);
  });

  it('is not anything else', () => {
    for (const text of ['', '{', '[1,]', "{'a': 1}", '{"a": -NaN}', '{"a": Infinityx}', '{"a": nan}', '{NaN: 1}', '1 2']) assert.throws(() => parseTolerantJson(text), SyntaxError, text);
  });
});

describe('a JSON file of a model folder', () => {
  let file: string;
  beforeEach(async () => void (file = join(await mkdtemp(join(tmpdir(), 'easel-json-')), 'config.json')));
  afterEach(() => rm(join(file, '..'), { recursive: true }));

  const Schema = z.object({ size: z.object({ width: z.int() }), name: z.string().default('none') });
  /** One line that begins with the file's name, or what was wrong with it. */
  const refuses = (message: RegExp, path = file) => assert.rejects(readJsonFile(path, Schema), (error: Error) => {
    assert.ok(error instanceof ModelError && error.message.includes(path) && !error.message.includes('\n'), error.message);
    assert.match(error.message.replaceAll(path, 'FILE'), message);
    return true;
  });

  it('is what its schema makes of it', async () => {
    await writeFile(file, '{"size": {"width": 8, "height": NaN}, "more": 1}');
    assert.deepEqual(await readJsonFile(file, Schema), { size: { width: 8 }, name: 'none' });
  });

  it('is refused by the field that is wrong first', async () => {
    await writeFile(file, '{"size": {"width": "8"}, "name": 5}');
    await refuses(/^FILE: size\.width: /);
    await writeFile(file, '[]');
    await refuses(/^FILE: (?!:)\S/);
  });

  it('is refused where it is no JSON, is not there or is a folder', async () => {
    await writeFile(file, '{\n"size"\n:');
    await refuses(/^FILE is not JSON: .+; fetch the model again$/);
    await refuses(/^cannot read FILE: ENOENT.+; fetch the model again$/, `${file}.gone`);
    await refuses(/^cannot read FILE: EISDIR.+; fetch the model again$/, join(file, '..'));
  });

  it('is read up to 4 MiB and not beyond, whatever is in it', async () => {
    const most = 4 * 2 ** 20;
    await writeFile(file, '{"size": {"width": 8}}'.padEnd(most));
    assert.equal((await readJsonFile(file, Schema)).size.width, 8);
    await writeFile(file, '{"size": {"width": 8}}'.padEnd(most + 1));
    await refuses(/^FILE is 4194305 bytes long; a configuration file has at most 4194304: fetch the model again$/);
  });
});
