import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addModel, listModels, removeModel, resolveModel } from './index';

const FIXTURES = join(__dirname, '../../test/fixtures/models');

describe('the registry', () => {
  let folder: string;
  let options: { registryFile: string };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-registry-'));
    options = { registryFile: join(folder, 'deep/models.json') };
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('remembers what was added, and forgets what was removed', async () => {
    await addModel(join(FIXTURES, 'tiny-icon'), { ...options, name: 'tiny' });
    assert.deepEqual((await listModels(options)).find(({ id }) => id === 'tiny'), { id: 'tiny', dir: join(FIXTURES, 'tiny-icon'), source: 'registered' });
    assert.equal((await resolveModel('tiny', { ...options, root: folder })).dir, join(FIXTURES, 'tiny-icon'));
    await removeModel('tiny', options);
    await assert.rejects(resolveModel('tiny', { ...options, root: folder }), /there is no model "tiny"/);
    await assert.rejects(removeModel('tiny', options), /no model is registered as "tiny"/);
  });

  it('refuses to register what is no model, or a name that is a path', async () => {
    await assert.rejects(addModel(folder, options), /not a model folder/);
    await assert.rejects(addModel(join(FIXTURES, 'tiny-icon'), { ...options, name: '../x' }), /cannot be a model's name/);
  });

  it('finds a folder inside the root and no other', async () => {
    assert.deepEqual(await resolveModel('models/tiny-icon', { ...options, root: join(FIXTURES, '..') }), { id: 'tiny-icon', dir: join(FIXTURES, 'tiny-icon'), source: 'path' });
    await assert.rejects(resolveModel(join(FIXTURES, 'tiny-icon'), { ...options, root: folder }), /lies outside .*easel models add/);
    await assert.rejects(resolveModel('..', { ...options, root: join(FIXTURES, 'tiny-icon') }), /lies outside/);
    assert.equal((await resolveModel(join(FIXTURES, 'tiny-icon'), { ...options, root: folder, anywhere: true })).id, 'tiny-icon');
  });

  it('says what is wrong with a damaged registry', async () => {
    options.registryFile = join(folder, 'models.json');
    await writeFile(options.registryFile, '{"models": {"x": {"pat": 1}}}');
    await assert.rejects(listModels(options), /models\.json is damaged \(models\.x/);
  });
});
