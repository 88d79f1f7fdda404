import assert from 'node:assert/strict';
import type { ModelLint } from './model-lint';
import { FakeRange } from './test-support/fake-files';
import { FakeDocument, replaced, vscode } from './test-support/with-vscode';

class FakeItem {
  insertText?: string;
  detail?: string;
  range?: FakeRange;
  filterText?: string;
  sortText?: string;
  command?: { command: string };
  constructor(readonly label: string | { label: string; description: string }, readonly kind: string) {}
}

/** A document whose positions are lines and characters. */
class Lines extends FakeDocument {
  private get lines(): string[] { return this.getText().split('\n'); }
  lineAt(line: number): { text: string } { return { text: this.lines[line]! }; }
  override offsetAt(position: unknown): number {
    const { line, character } = position as { line: number; character: number };
    return this.lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, 0) + character;
  }
}

describe('completion in prompt files', () => {
  let restore: (() => void)[];
  let provide: (document: Lines, position: { line: number; character: number }, token: { isCancellationRequested: boolean }) => Promise<FakeItem[] | undefined>;
  let triggers: string[];
  let get: () => Promise<unknown>;
  let asked: number;
  /** `|` is the cursor. */
  const items = async (text: string, language = 't2i', token = { isCancellationRequested: false }) => {
    const before = text.slice(0, text.indexOf('|')).split('\n');
    return provide(new Lines(text.replace('|', ''), language), { line: before.length - 1, character: before.at(-1)!.length }, token);
  };
  const labels = async (text: string, language?: string) => (await items(text, language))?.map(({ label }) => (typeof label === 'string' ? label : `${label.label} ${label.description}`));
  beforeEach(async () => {
    asked = 0;
    get = () => Promise.resolve((asked += 1, { context: { wildcardNames: ['animal'] } }));
    restore = [
      replaced(vscode, { Range: FakeRange, CompletionItem: FakeItem, CompletionItemKind: Object.fromEntries(['Property', 'EnumMember', 'Module', 'Variable', 'Reference', 'Text'].map((kind) => [kind, kind])) }),
      replaced(vscode.languages, { registerCompletionItemProvider: (_selector: unknown, provider: { provideCompletionItems: typeof provide }, ...characters: string[]) => { [provide, triggers] = [provider.provideCompletionItems, characters]; } }),
    ];
    const { registerCompletion } = await import('./prompt-completion');
    const files = new (await import('./prompt-files')).PromptFiles();
    const lint: Pick<ModelLint, 'concepts' | 'emoji'> = { concepts: () => Promise.resolve(['ghostly heart', 'ghost town']), emoji: () => Promise.resolve([{ name: 'ghost', character: '👻', keywords: [], styles: ['noto'] }]) };
    registerCompletion({ subscriptions: [] } as never, files, { get: () => get(), models: () => Promise.resolve(['icon-64']) } as never, lint as never, { offered: () => Promise.resolve([{ tag: '<crisp>', detail: 'soft-tokens' }]) } as never);
  });
  afterEach(() => restore.forEach((one) => one()));

  it('offers what stands there: words and emoji, adapters, wildcards, models, keys', async () => {
    assert.deepEqual(triggers, ['_', '<', ':', ' ']);
    assert.deepEqual(await labels('# x\non a gho|'), ['ghostly heart', 'ghost town', 'ghost emoji 👻']);
    assert.deepEqual(await labels('on a gho| emoji'), ['ghostly heart', 'ghost town', 'ghost 👻']);
    assert.deepEqual(await labels('a <cr|'), ['<crisp>']);
    assert.deepEqual(await labels('a __an|'), ['__animal__']);
    assert.deepEqual(await labels('heart\nSteps: 4, Model: |'), ['icon-64']);
    assert.equal((await labels('heart\n\n|'))?.length, 21); // every key: a parameter line may come
    assert.deepEqual(await labels('x\nNegative prompt: on a gho|'), await labels('on a gho|'));
    const keys = await items('---\nst|\n---\nheart');
    assert.deepEqual(keys?.find(({ label }) => label === 'Steps')?.command?.command, 'editor.action.triggerSuggest');
  });

  it('puts in its place what was typed of it, words after all else and emoji last', async () => {
    const shown = async (text: string) => (await items(text))?.map(({ kind, insertText, filterText, sortText, detail, range, command }) => [kind, insertText, filterText, sortText, detail, range!.start, range!.end, command]);
    const heading = '# x\n';
    assert.deepEqual((await shown(`${heading}on a gho|`))?.slice(1), [
      ['Text', 'ghost town', undefined, 'bghost town', 'the model knows it', 1005, 1008, undefined],
      ['Text', 'ghost emoji', undefined, 'cghost emoji', 'the model knows it in noto', 1005, 1008, undefined],
    ]);
    assert.deepEqual(await shown(`${heading}a <cr|`), [['Reference', '<crisp>', '<crisp>', 'a<crisp>', 'soft-tokens', 1002, 1005, undefined]]);
    assert.deepEqual(await shown(`${heading}a __an|`), [['Variable', '__animal__', undefined, 'a__animal__', 'wildcard', 1002, 1006, undefined]]);
    assert.deepEqual(await shown('Steps: 4, Model: ic|'), [['Module', 'icon-64', undefined, 'aicon-64', 'Model', 17, 19, undefined]]);
  });

  it('offers nothing in headings, comments, a matrix and outside of fences, and asks no disk there', async () => {
    for (const text of ['# gho|', '// gho|', 'heart\n|// x', 'heart\nmatrix: {gho|: [1]}']) assert.equal(await items(text), undefined, text);
    for (const text of ['gho|\n```t2i\nheart\n```', '```t2i\nheart\n```\ngho|', '```t2i gho|\nheart\n```', 'gho|']) assert.equal(await items(text, 'markdown'), undefined, text);
    assert.equal(asked, 0);
    assert.equal((await items('```t2i\non a gho|\n```', 'markdown'))?.length, 3);
  });

  it('offers what is known without a disk where there is none, and nothing once nobody waits', async () => {
    assert.equal(await items('on a gho|', 't2i', { isCancellationRequested: true }), undefined);
    get = () => Promise.resolve(undefined);
    assert.deepEqual(await labels('on a gho|'), []);
    assert.ok((await labels('Sampler: |, Steps: 4'))?.includes('Euler a'));
  });
});
