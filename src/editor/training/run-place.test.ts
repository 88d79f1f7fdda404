import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrainConfig } from '../../prompt';
import { freeRunFolder, nameFor, requestIn, requestOf, runOfConfig } from './run-place';

describe('where a run lies', () => {
  let root: string;
  before(() => (root = mkdtempSync(join(tmpdir(), 'easel-runs-'))));
  after(() => rmSync(root, { recursive: true, force: true }));
  const config = (rest: object = {}) => TrainConfig.parse({ name: 'cats', dataset: '../cats', ...rest });

  it('is a folder of its own, numbered if the name is taken', async () => {
    assert.equal(await freeRunFolder(root, 'cats'), join(root, '.easel/runs/cats'));
    mkdirSync(join(root, '.easel/runs/cats'), { recursive: true });
    mkdirSync(join(root, '.easel/runs/cats-2'));
    assert.equal(await freeRunFolder(root, 'cats'), join(root, '.easel/runs/cats-3'));
  });

  it('is the folder of its train.yaml, or the one of its name', () => {
    assert.equal(runOfConfig(root, join(root, '.easel/runs/cats-2/train.yaml'), 'cats'), join(root, '.easel/runs/cats-2'));
    assert.equal(runOfConfig(root, join(root, 'training/train.yaml'), 'cats'), join(root, '.easel/runs/cats'));
  });

  it('makes a complete request, with paths from the file\'s folder', async () => {
    const request = await requestOf(root, join(root, 'training/train.yaml'), config({ steps: 7 }));
    assert.equal(request.dataset, join(root, 'cats'));
    assert.equal(request.output, join(root, 'adapters/cats.safetensors'));
    assert.deepEqual([request.model.id, request.options.steps, request.options.batchSize], ['icon-64', 7, 4]);
  });

  it('refuses a model that is not here and a result outside of the root', async () => {
    await assert.rejects(requestOf(root, join(root, 'train.yaml'), config({ model: 'nowhere' })), /no model "nowhere"/);
    await assert.rejects(requestOf(root, join(root, 'train.yaml'), config({ output: '../../x.safetensors' })), /lies outside/);
  });

  it('refuses a result that a link leads out of the root, and takes one that stays inside', async () => {
    const place = (output: string) => requestOf(root, join(root, 'train.yaml'), config({ output })).then((request) => request.output);
    const outside = mkdtempSync(join(tmpdir(), 'easel-outside-'));
    mkdirSync(join(root, 'real'));
    symlinkSync(outside, join(root, 'out'));
    symlinkSync(join(root, 'real'), join(root, 'in'));
    symlinkSync(root, join(outside, 'back'));
    await assert.rejects(place('out/x.safetensors'), /by a link/);
    await assert.rejects(place('out/new/x.safetensors'), /by a link/);
    // `..` goes back the way that was named, and so does what writes the file.
    assert.equal(await place('out/../x.safetensors'), join(root, 'x.safetensors'));
    assert.equal(await place('in/x.safetensors'), join(root, 'in/x.safetensors'));
    assert.equal(await place(join(outside, 'back/x.safetensors')), join(outside, 'back/x.safetensors'));
    rmSync(outside, { recursive: true });
  });

  it('is read back from its folder, and is none without a request', async () => {
    const request = await requestOf(root, join(root, 'train.yaml'), config());
    mkdirSync(request.run, { recursive: true });
    assert.equal(await requestIn(request.run), undefined);
    writeFileSync(join(request.run, 'request.json'), JSON.stringify(request));
    assert.deepEqual(await requestIn(request.run), request);
  });
});

describe('the name of what is trained', () => {
  it('is the folder\'s, as far as a prompt can say it', () => {
    assert.deepEqual(['/a/icons-dataset', '/a/My cats (new)', '/a/2024 cats.', '/a/---', '/a/Käse'].map(nameFor), ['icons-dataset', 'My-cats-new', 'cats', 'tokens', 'Käse']);
  });
});
