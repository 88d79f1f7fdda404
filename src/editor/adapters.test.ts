import assert from 'node:assert/strict';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { safetensors } from '../models/test-support';
import { contextWith, parseT2i } from '../prompt/test-support';
import type { Adapters } from './adapters';
import type { FoundContext } from './disk-contexts';
import './test-support/with-vscode';

const [SHA, OTHER] = ['a'.repeat(64), 'b'.repeat(64)];

describe('what a name in a prompt means', () => {
  let folder: string;
  let adapters: Adapters;
  const path = (name: string) => join(folder, `${name.replace('/', '-')}.safetensors`);
  /** Writes a file that says this of itself, changed at `second`. */
  const train = async (name: string, card: { method?: string; model?: { id: string; sha256?: string } } = {}, second = 1) => {
    await writeFile(path(name), safetensors({ easel: JSON.stringify({ method: 'soft-tokens', name, ...card }) }));
    await utimes(path(name), second, second);
  };
  /** A file of prompts where `names` are there to name, `small/x` for that model alone; `icon-64` of version `SHA`, `small` and `nameless` are models. */
  const found = (text: string, names: readonly string[] = []): FoundContext => {
    const files = new Map(names.map((name) => [name, path(name)]));
    const defaults = { width: 64, height: 64, steps: 20, guidanceScale: 3 };
    const context = contextWith({ model: (id) => (id === 'nowhere' ? undefined : { reference: { id, path: `/models/${id}`, ...(id === 'icon-64' && { sha256: SHA }) }, defaults }) });
    return { prompt: parseT2i(text), context: { ...context, modelProblems: new Map(), wildcardNames: [], adapterFiles: files, adapterFile: (name, model) => files.get(`${model?.id}/${name}`) ?? files.get(name) }, root: folder };
  };
  const check = async (text: string, names?: readonly string[]) => (await adapters.check(found(text, names))).map(({ code, span, message }) => [code, text.slice(span.start, span.end), message]);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-editor-adapters-'));
    const { Adapters: Loaded } = await import('./adapters');
    adapters = new Loaded();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is read from the file once, and again when it has changed, also while it is read', async () => {
    await train('crisp');
    const first = await adapters.card(path('crisp'));
    assert.equal(await adapters.card(path('crisp')), first);
    await train('crisp', { method: 'lora' }, 2);
    const reading = adapters.card(path('crisp'));
    await train('crisp', { method: 'concept' }, 3);
    await reading;
    assert.equal((await adapters.card(path('crisp')))?.method, 'concept');
    await rm(path('crisp'));
    assert.equal(await adapters.card(path('crisp')), null);
    await train('crisp', { method: 'lora' }, 4);
    assert.equal((await adapters.card(path('crisp')))?.method, 'lora');
  });

  it('is offered as it is written, with what the file says of itself', async () => {
    await train('crisp', { model: { id: 'icon-64' } });
    await train('ink', { method: 'lora' });
    await writeFile(path('broken'), 'no header');
    assert.deepEqual(await adapters.offered(found('x', ['broken', 'crisp', 'ink', 'gone']).context), [
      { tag: '<broken>', detail: 'adapter' },
      { tag: '<crisp>', detail: 'soft-tokens, icon-64' },
      { tag: '<lora:ink:1>', detail: 'lora' },
      { tag: '<gone>', detail: 'adapter' },
    ]);
  });

  it('is text where nothing was trained as it; a network that is not there is the language\'s own error', async () => {
    const [[code, where, message] = [], ...more] = await check('a <crips> cat, <lora:gone:1>');
    assert.deepEqual([code, where, more], ['unknown-tokens', '<crips>', []]);
    assert.match(message ?? '', /nothing was trained as <crips>.*; train it/);
    for (const name of 'abcdef') await train(name);
    assert.match((await check('a <crips> cat', [...'abcdef']))[0]?.[2] ?? '', /there is <a>, <b>, <c>, <d>, <e>$/);
  });

  it('may be for another model, or another version of it: by content where both say it, else by name', async () => {
    await train('same', { model: { id: 'renamed', sha256: SHA } });
    await train('older', { model: { id: 'icon-64', sha256: OTHER } });
    await train('named', { model: { id: 'icon-64' } });
    await train('other', { method: 'lora', model: { id: 'small', sha256: SHA.replace('a', 'c') } });
    await train('silent', { method: 'lora' });
    const names = ['same', 'older', 'named', 'other', 'silent'];
    const said = await check('<same> <older> <named> <lora:other:1> <lora:silent:1>', names);
    assert.deepEqual(said.map(([code, where]) => [code, where]), [['other-model', '<older>'], ['other-model', '<lora:other:1>']]);
    assert.match(said[0]?.[2] ?? '', /^<older> was trained for another version of \{0\}, and is drawn here with icon-64;/);
    assert.match(said[1]?.[2] ?? '', /^<lora:other> was trained for small, and is drawn here with icon-64;/);
    // By name, where the model's content is not known; and a model that is not here fits nothing and contradicts nothing.
    assert.deepEqual((await check('<same> <named> <lora:other:1>\nModel: small, Steps: 3, Seed: 1', names)).map(([, where]) => where), ['<same>', '<named>']);
    assert.deepEqual(await check('<same> <lora:other:1>\nModel: nowhere, Steps: 3, Seed: 1', names), []);
  });

  it('is looked at for every model of a matrix, and remarked once for all that say the same', async () => {
    await train('crisp', { model: { id: 'icon-64', sha256: SHA } });
    await train('small/ink', { model: { id: 'small' } });
    const names = ['crisp', 'small/ink'];
    const matrix = (...models: string[]) => `<crisp> <lora:ink:1>\nmatrix: {cfg: [1, 2], model: [${models.join(', ')}]}`;
    assert.deepEqual(await check(matrix('icon-64'), names), []);
    assert.deepEqual((await check(matrix('icon-64', 'small', 'small', 'icon-64', 'b', 'c', 'd'), names)).map(([, where, message]) => [where, message]), [
      ['<crisp>', '<crisp> was trained for icon-64, and is drawn here with small, b, c, …; train it for that model, or draw with the other'],
    ]);
    const own = '<ink>\nmatrix: {model: [small, icon-64]}';
    assert.deepEqual((await check(own, names)).map(([code, where, message]) => [code, where, message]), [
      ['unknown-tokens', '<ink>', 'nothing was trained as <ink> for icon-64, which reads it as text; train it for that model, or draw with the others'],
    ]);
    const gone = await check('<gone>\nmatrix: {model: [small, icon-64]}', names);
    assert.deepEqual(gone.map(([code, , message]) => [code, message?.split(',')[0]]), [['unknown-tokens', 'nothing was trained as <gone>']]);
  });

  it('is looked at in a front matter\'s negative prompt too, once for all blocks that have none of their own', async () => {
    await train('crisp', { model: { id: 'icon-64', sha256: SHA } });
    const head = '---\nnegative: blurry, <crisp:0.7>, <bda>\n---\n';
    const blocks = '# a\nheart\n# b\nstar\nSteps: 3, Model: small, Seed: 1\n';
    assert.deepEqual((await check(head + blocks, ['crisp'])).map(([code, where]) => [code, where]), [['other-model', '<crisp:0.7>'], ['unknown-tokens', '<bda>']]);
    assert.deepEqual(await check(`${head}heart\nNegative prompt: none`, ['crisp']), []);
  });
});
