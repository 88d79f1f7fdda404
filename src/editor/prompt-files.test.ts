import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { Position, TextDocument } from 'vscode';
import type { PromptFiles } from './prompt-files';
import { FakeDocument, fakeUri, vscode } from './test-support/with-vscode';

const FENCE = '# Notes\n\n```t2i\n# heart\na heart\n# star\na star\n```\n';
/** Longer than typing must pause. */
const SETTLED = 400;

describe('the prompt files of a window', () => {
  let files: PromptFiles;
  let settled: string[];
  const events = { Open: new vscode.EventEmitter<TextDocument>(), Change: new vscode.EventEmitter<{ document: TextDocument }>(), Close: new vscode.EventEmitter<TextDocument>() };
  const markdown = () => new FakeDocument(FENCE, 'markdown', fakeUri('/work/notes.md'));
  const typed = (document: FakeDocument, text: string) => events.Change.fire({ document: document.type(text) as unknown as TextDocument });
  const parse = (document: FakeDocument) => files.parse(document as unknown as TextDocument);
  beforeEach(async () => {
    Object.assign(vscode.workspace, { onDidOpenTextDocument: events.Open.event, onDidChangeTextDocument: events.Change.event, onDidCloseTextDocument: events.Close.event });
    const loaded = await import('./prompt-files');
    files = new loaded.PromptFiles();
    settled = [];
    files.onDidSettle(({ fileName }) => settled.push(fileName));
  });
  afterEach(() => files.dispose());

  it('are parsed once for each version', () => {
    const document = new FakeDocument('a heart');
    const first = parse(document);
    assert.equal(parse(document), first);
    assert.deepEqual(first?.blocks.map(({ name, prompt }) => [name, prompt]), [['icons', 'a heart']]);
    assert.equal(parse(document.type('# x\na star'))?.blocks[0]?.name, 'x');
    assert.equal(parse(new FakeDocument('# Notes', 'markdown')), undefined);
    assert.equal(parse(new FakeDocument('a heart', 't2i', { ...fakeUri('/x'), scheme: 'git', fsPath: '/x' })), undefined);
  });

  it('settle when they are opened and when their typing pauses', async () => {
    const document = new FakeDocument('a');
    events.Open.fire(document as unknown as TextDocument);
    await wait(30);
    for (const text of ['ab', 'abc']) typed(document, text);
    await wait(30);
    assert.deepEqual(settled, ['/work/icons.t2i']);
    await wait(SETTLED);
    assert.equal(settled.length, 2);
  });

  it('settle once more when their last fence goes, so that nothing stays of what was shown, and then no more', async () => {
    const document = markdown();
    assert.equal(parse(document)?.blocks.length, 2);
    typed(document, '# Notes\n');
    await wait(SETTLED);
    assert.deepEqual([settled, parse(document)], [['/work/notes.md'], undefined]);
    typed(document, '# Notes, and more\n');
    await wait(SETTLED);
    assert.equal(settled.length, 1);
  });

  it('do not settle after they were closed', async () => {
    const document = new FakeDocument('a');
    const closed: string[] = [];
    files.onDidClose(({ fileName }) => closed.push(fileName));
    typed(document, 'ab');
    events.Close.fire(document as unknown as TextDocument);
    await wait(SETTLED);
    assert.deepEqual([settled, closed], [[], ['/work/icons.t2i']]);
  });

  it('have a block at every place: the one that holds it, else the one before it, else the first', () => {
    const document = markdown();
    const at = (text: string) => files.blockAt(document as unknown as TextDocument, FENCE.indexOf(text) as unknown as Position)?.name;
    assert.deepEqual([at('# Notes'), at('a heart'), at('# star'), at('```\n')], ['heart', 'heart', 'star', 'star']);
    assert.equal(files.blockAt(new FakeDocument('// x') as unknown as TextDocument, 0 as unknown as Position), undefined);
  });
});
