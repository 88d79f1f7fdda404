import assert from 'node:assert/strict';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { safetensors } from '../models/test-support';
import { contextWith, parseT2i } from '../prompt/test-support';
import type { Adapters, placesIn as findPlaces } from './adapters';
import type { FoundContext } from './disk-contexts';
import './test-support/with-vscode';

const [SHA, OTHER] = ['a'.repeat(64), 'b'.repeat(64)];

describe('what a name in a prompt means', () => {
  let folder: string;
  let adapters: Adapters;
  let placesIn: typeof findPlaces;
  const path = (name: string) => join(folder, `${name}.safetensors`);
  /** Writes a file that says this of itself, changed at `second`. */
  const train = async (name: string, card: { method?: string; model?: { id: string; sha256?: string } } = {}, second = 1) => {
    await writeFile(path(name), safetensors({ easel: JSON.stringify({ method: 'soft-tokens', name, ...card }) }));
    await utimes(path(name), second, second);
  };
  /** A file of prompts where `names` are there to name; `icon-64` of version `SHA`, `small` and `nameless` are models. */
  const found = (text: string, names: readonly string[] = []): FoundContext => {
    const files = new Map(names.map((name) => [name, path(name)]));
    const defaults = { width: 64, height: 64, steps: 20, guidanceScale: 3 };
    const context = contextWith({ model: (id) => (id === 'nowhere' ? undefined : { reference: { id, path: `/models/${id}`, ...(id === 'icon-64' && { sha256: SHA }) }, defaults }) });
    return { prompt: parseT2i(text), context: { ...context, modelProblems: new Map(), wildcardNames: [], adapterFiles: files, adapterFile: (name) => files.get(name) }, root: folder };
  };
  const check = async (text: string, names?: readonly string[]) => (await adapters.check(found(text, names))).map(({ code, span, message }) => [code, text.slice(span.start, span.end), message]);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-editor-adapters-'));
    const loaded = await import('./adapters');
    placesIn = loaded.placesIn;
    adapters = new loaded.Adapters();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('stands where the file says it, in prompts and negative prompts of every block', () => {
    const text = '# cat\r\na (<crisp>:1.2) cat // no comment\r\n// <comment>\r\nand <lora:ink:0.5>\r\nNegative prompt: <bad:0.7>\r\n# dog\r\n<crisp>\r\n';
    const places = placesIn({ prompt: parseT2i(text) });
    assert.deepEqual(places.map(({ block, kind, name, weight, span }) => [block.name, kind, name, weight, text.slice(span.start, span.end)]), [
      ['cat', 'token', 'crisp', 1, '<crisp>'],
      ['cat', 'lora', 'ink', 0.5, '<lora:ink:0.5>'],
      ['cat', 'token', 'bad', 0.7, '<bad:0.7>'],
      ['dog', 'token', 'crisp', 1, '<crisp>'],
    ]);
  });

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
    assert.match(said[0]?.[2] ?? '', /^<older> was trained for another version of \{0\}, and this block draws with icon-64;/);
    assert.match(said[1]?.[2] ?? '', /^<lora:other> was trained for small, and this block draws with icon-64;/);
    // By name, where the model's content is not known; and a model that is not here fits nothing and contradicts nothing.
    assert.deepEqual((await check('<same> <named> <lora:other:1>\nModel: small, Steps: 3, Seed: 1', names)).map(([, where]) => where), ['<same>', '<named>']);
    assert.deepEqual(await check('<same> <lora:other:1>\nModel: nowhere, Steps: 3, Seed: 1', names), []);
  });
});
