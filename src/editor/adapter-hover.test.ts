import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { safetensors } from '../models/test-support';
import { parseT2i } from '../prompt/test-support';
import type { FoundContext } from './disk-contexts';
import { FakeRange } from './test-support/fake-files';
import { FakeDocument, replaced, vscode } from './test-support/with-vscode';

class FakeMarkdown {
  value = '';
  appendMarkdown(text: string): this { this.value += text; return this; }
  appendText(text: string): this { this.value += text; return this; }
}

class FakeHover { constructor(readonly contents: FakeMarkdown[], readonly range: FakeRange) {} }

describe('the hover over a name in a prompt', () => {
  let folder: string;
  let restore: (() => void)[];
  let provide: (document: FakeDocument, offset: number, token: { isCancellationRequested: boolean }) => Promise<FakeHover | undefined>;
  let files: Map<string, string>;
  /** Models whose files `files` has as `model/name`; `name` alone is everybody's. */
  const hover = async (text: string, at: string, token = { isCancellationRequested: false }) => {
    const document = new FakeDocument(text);
    const found = await provide(document, text.indexOf(at), token);
    return found && [text.slice(found.range.start, found.range.end), ...found.contents.map(({ value }) => value)];
  };
  const train = async (name: string, card: object) => {
    const path = join(folder, `${name.replace('/', '-')}.safetensors`);
    await writeFile(path, safetensors({ easel: JSON.stringify({ method: 'soft-tokens', name, ...card }) }));
    files.set(name, path);
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-adapter-hover-'));
    files = new Map();
    restore = [
      replaced(vscode, { Hover: FakeHover, MarkdownString: FakeMarkdown, Range: FakeRange }),
      replaced(vscode.languages, { registerHoverProvider: (_selector: unknown, provider: { provideHover: typeof provide }) => (provide = provider.provideHover) }),
    ];
    const [{ registerAdapterHover }, { Adapters }] = [await import('./adapter-hover'), await import('./adapters')];
    const parse = (document: FakeDocument) => parseT2i(document.getText());
    const context = { model: (id: string) => ({ reference: { id, path: `/models/${id}` } }), adapterFile: (name: string, model?: { id: string }) => files.get(`${model?.id}/${name}`) ?? files.get(name) };
    const get = (document: FakeDocument) => Promise.resolve({ prompt: parse(document), context, root: folder } as unknown as FoundContext);
    registerAdapterHover({ subscriptions: [] } as never, { parse } as never, { get } as never, new Adapters(), {} as never);
  });
  afterEach(async () => {
    restore.forEach((one) => one());
    await rm(folder, { recursive: true });
  });

  it('says what is there of a file that says it, over the name alone', async () => {
    await train('crisp', { model: { id: 'icon-64' } });
    await train('ink', { method: 'lora', rank: 4 });
    const text = 'a <crisp> cat, <lora:ink:0.5> and <gone>';
    assert.deepEqual(await hover(text, '<crisp'), ['<crisp>', '**\\<crisp>**: {0} for {1}']);
    assert.deepEqual(await hover(text, ':0.5'), ['<lora:ink:0.5>', '**\\<lora:ink>**: {0} of rank {1}']);
    for (const other of ['a <', 'cat', 'and', 'gone']) assert.equal(await hover(text, other), undefined, other);
    assert.equal(await hover(text, 'ink', { isCancellationRequested: true }), undefined);
  });

  it('is there where only a later cell of a matrix has the file, and tells those of the first models where they differ', async () => {
    const text = '<ink>\nmatrix: {cfg: [1, 2], model: [none, a, b, a, c, d]}';
    await train('b/ink', { steps: 7 });
    assert.deepEqual(await hover(text, 'ink'), ['<ink>', '**\\<ink>**: soft tokens\n\n{0} steps']);
    for (const model of ['a', 'c', 'd']) await train(`${model}/ink`, { method: model });
    assert.deepEqual((await hover(text, 'ink'))?.slice(1), ['a', 'soft tokens', 'c'].map((kind) => `**\\<ink>**: ${kind}${kind === 'soft tokens' ? '\n\n{0} steps' : ''}`));
  });

  it('is there in a front matter\'s negative prompt', async () => {
    await train('b/bad', {});
    assert.deepEqual(await hover('---\nnegative: <bad:0.5>\n---\n# x\nheart\n# y\nheart\nSteps: 1, Model: b, Seed: 1', 'bad'), ['<bad:0.5>', '**\\<bad>**: soft tokens']);
  });
});
