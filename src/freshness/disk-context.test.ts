import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DEFAULT_MODEL, parse } from '../prompt';
import { diskContext, type DiskContextOptions } from './disk-context';
import { Lookups, type FoundModel } from './lookups';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Knows these models by name without a disk, and remembers what it was asked for. */
class SomeModels extends Lookups {
  readonly asked: [string, boolean][] = [];

  constructor(private readonly paths: Readonly<Record<string, string>>) {
    super();
  }

  override model(name: string, { anywhere }: { anywhere: boolean }): Promise<FoundModel> {
    this.asked.push([name, anywhere]);
    const path = this.paths[name];
    return Promise.resolve(path === undefined ? { problem: `no ${name}` } : { model: { reference: { id: name, path, sha256: sha256(name) }, defaults: { width: 64, height: 64, steps: 20, guidanceScale: 3 } } });
  }
}

describe('what names mean on a disk', () => {
  let root: string;
  beforeEach(async () => { root = await mkdtemp(join(tmpdir(), 'easel-disk-')); });
  afterEach(() => rm(root, { recursive: true }));
  const put = async (name: string, content = '') => {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
    return join(root, name);
  };
  const gather = (text: string, options: Partial<DiskContextOptions> = {}) => diskContext({ root, file: join(root, 's', 'icons.t2i'), prompt: parse(text, { fileName: 'icons.t2i', language: 't2i' }), lookups: new SomeModels({ [DEFAULT_MODEL]: '/icon' }), ...options });

  it('asks for every model that some cell of some block draws with, once, and for a typed one anywhere', async () => {
    const text = '---\nmodel: front\n---\n# a\nx\n# b\nx\nModel: own, Steps: 3\n# c\nx\nmatrix: {model: [one, own]}\n';
    const lookups = new SomeModels({ own: '/own' });
    const { model, modelProblems } = await gather(text, { lookups, typedModel: 'one' });
    assert.deepEqual(lookups.asked, [['front', false], ['own', false], ['one', true]]);
    assert.deepEqual([model('own')?.reference.path, model('front'), [...modelProblems]], ['/own', undefined, [['front', 'no front'], ['one', 'no one']]]);
    const plain = new SomeModels({});
    await gather('# a\nx\n', { lookups: plain });
    assert.deepEqual(plain.asked, [[DEFAULT_MODEL, false]]);
    await gather('# a\nx\n', { lookups: plain, overrides: { model: 'said' }, typedModel: 'said' });
    assert.deepEqual(plain.asked.at(-1), ['said', true]);
  });

  it('is where the file lies', async () => {
    const { directory, fileStem, root: top, overrides } = await gather('x', { overrides: { steps: 3 } });
    assert.deepEqual([directory, fileStem, top, overrides], [join(root, 's'), 'icons', root, { steps: 3 }]);
  });

  it('finds an adapter in the repository, else in the model that draws, by content', async () => {
    const [one, two] = [join(root, 'models', 'one'), join(root, 'models', 'two')];
    const shared = await put('adapters/shared.safetensors', 'repository');
    await put('models/one/adapters/shared.safetensors', 'hidden by the repository\'s');
    const own = await put('models/one/adapters/own.safetensors', 'of one');
    const other = await put('models/two/adapters/own.safetensors', 'of two');
    const { adapter, adapterFile, adapterFiles, model } = await gather('# a\nx\nmatrix: {model: [one, two]}\n', { lookups: new SomeModels({ one, two }) });
    const [first, second] = [model('one')?.reference, model('two')?.reference];
    assert.deepEqual(adapter('shared', first), { id: 'shared', path: shared, sha256: sha256('repository') });
    assert.deepEqual(adapter('own', first), { id: 'own', path: own, sha256: sha256('of one') });
    assert.deepEqual(adapter('own', second), { id: 'own', path: other, sha256: sha256('of two') });
    assert.deepEqual([adapter('own', undefined), adapter('gone', first), adapterFile('own', second)], [undefined, undefined, other]);
    for (const stranger of [undefined, { id: 'stranger', path: '/nowhere' }]) assert.deepEqual([adapter('own', stranger), adapterFile('shared', stranger)], [undefined, shared]);
    assert.deepEqual([...adapterFiles].filter(([, path]) => path.startsWith(root)), [['own', other], ['shared', shared]]);
  });

  it('reads wildcards when they are asked for, with BOM, CRLF and remarks, once', async () => {
    await put('wildcards/colour.txt', '\uFEFFred\r\n# no colour\r\n\r\n  cafe\u0301  \r\nred');
    await put('s/wildcards/shapes/b.txt', 'square\n');
    await put('s/wildcards/shapes/a.txt', 'circle\n');
    await put('wildcards/empty.txt', '\n');
    const { wildcards, wildcardNames } = await gather('x');
    assert.deepEqual(wildcardNames, ['colour', 'empty', 'shapes/a', 'shapes/b']);
    await put('wildcards/empty.txt', 'by now\n');
    await rm(join(root, 's/wildcards/shapes/b.txt'));
    assert.deepEqual([wildcards('colour'), wildcards('shapes/*'), wildcards('empty'), wildcards('gone'), wildcards('*')], [['red', 'caf\u00e9', 'red'], ['circle'], ['by now'], undefined, ['red', 'caf\u00e9', 'red', 'by now']]);
    await put('wildcards/empty.txt', 'later\n');
    assert.deepEqual(wildcards('empty'), ['by now']);
  });

  it('hashes pictures that go in, again when they change, and reads none outside of the root', async () => {
    const path = await put('s/sketch.png', 'one');
    await put('top.png', 'top');
    const outside = await mkdtemp(join(tmpdir(), 'easel-outside-'));
    await writeFile(join(outside, 'secret.png'), 'secret');
    await symlink(join(outside, 'secret.png'), join(root, 's', 'link.png'));
    const { picture } = await gather('x');
    assert.deepEqual(picture('sketch.png'), { path, sha256: sha256('one') });
    await put('s/sketch.png', 'another');
    assert.deepEqual(picture('./sketch.png'), { path, sha256: sha256('another') });
    assert.deepEqual(picture('../top.png'), { path: join(root, 'top.png'), sha256: sha256('top') });
    for (const name of ['gone.png', '.', 'link.png', '../../secret.png', join(outside, 'secret.png')]) assert.equal(picture(name), undefined, name);
    await rm(outside, { recursive: true });
  });

  it('gives seeds of 32 bits, and knows who else writes to a path', async () => {
    await put('other.t2i', '# heart\nx\nOut: s/h.png, Steps: 3\n');
    await put('s/icons.t2i', '# heart\nx\nOut: own.png, Steps: 3\n');
    const { seed, claimedElsewhere } = await gather('x');
    const seeds = Array.from({ length: 50 }, seed);
    assert.ok(seeds.every((one) => /^\d{1,10}$/.test(one) && Number(one) < 2 ** 32));
    assert.ok(new Set(seeds).size > 45);
    assert.deepEqual([claimedElsewhere?.(join(root, 's', 'h.png')), claimedElsewhere?.(join(root, 's', 'own.png'))], ['“heart” in other.t2i', undefined]);
  });
});
