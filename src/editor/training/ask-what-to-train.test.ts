import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ownEaselHome } from '../../../test/support/own-easel-home';
import { FakeUri, english, replaced, vscode } from '../test-support/with-vscode';
import type { askWhatToTrain } from './ask-what-to-train';

const BACK = {};

/** A quick pick or an input box, driven by hand. It is hidden when it is disposed, as VS Code's are. */
class FakeInput {
  title = '';
  step = 0;
  totalSteps = 0;
  placeholder = '';
  prompt = '';
  buttons: unknown[] = [];
  items: { label: string; description: string }[] = [];
  selectedItems: { label: string }[] = [];
  value = '';
  validationMessage: string | { message: string; severity: number } | undefined;
  isDisposed = false;
  readonly accepted = new vscode.EventEmitter<void>();
  readonly hidden = new vscode.EventEmitter<void>();
  readonly pressed = new vscode.EventEmitter<unknown>();
  readonly typed = new vscode.EventEmitter<string>();
  readonly onDidAccept = this.accepted.event;
  readonly onDidHide = this.hidden.event;
  readonly onDidTriggerButton = this.pressed.event;
  listeners = 0;

  constructor(private readonly whenShown: (input: FakeInput) => void) {}

  onDidChangeValue(listener: (value: string) => void) {
    const listening = this.typed.event(listener);
    this.listeners += 1;
    return { dispose: () => { this.listeners -= 1; listening.dispose(); } };
  }
  show(): void {
    this.whenShown(this);
  }
  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.hidden.fire();
  }
  choose(label: string): void {
    this.selectedItems = this.items.filter((item) => item.label === label);
    this.accepted.fire();
  }
  type(value: string): void {
    this.value = value;
    this.typed.fire(value);
  }
}

describe('what to train', () => {
  ownEaselHome();
  let root: string;
  let ask: typeof askWhatToTrain;
  let restore: (() => void)[];
  let shown: FakeInput[];
  /** Folders that are chosen one after the other; nothing more is an Escape. */
  let chosen: string[];
  let titles: string[];
  /** The next input that is shown. */
  const next = async () => {
    for (let turn = 0; shown.length === 0 && turn < 500; turn++) await wait(2);
    return shown.shift() ?? assert.fail('nothing more is asked');
  };
  /** Waits until an input remarks this, or nothing: looking for a name takes a while. */
  const remarks = async (input: FakeInput, wanted: RegExp | undefined) => {
    const remark = () => (typeof input.validationMessage === 'object' ? input.validationMessage.message : input.validationMessage);
    const isSo = () => (wanted ? wanted.test(remark() ?? '') : remark() === undefined);
    for (let turn = 0; !isSo() && turn < 500; turn++) await wait(2);
    assert.ok(isSo(), `it remarks ${remark()}`);
  };
  const dataset = async (name: string, files: Record<string, string>) => {
    await mkdir(join(root, name), { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(join(root, name, file), text);
    return join(root, name);
  };
  const cats = () => dataset('my cats', { 'a.png': '', 'a.txt': 'a cat', 'b.png': '' });
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'easel-ask-')));
    await writeFile(join(process.env['EASEL_HOME']!, 'models.json'), JSON.stringify({ models: { another: { path: '/models/another' } } }));
    [shown, chosen, titles] = [[], [], []];
    const create = () => new FakeInput((input) => shown.push(input));
    restore = [
      replaced(vscode, { l10n: english, QuickInputButtons: { Back: BACK } }),
      replaced(vscode.workspace, { findFiles: () => Promise.resolve([]), workspaceFolders: undefined }),
      replaced(vscode.window, {
        createQuickPick: create, createInputBox: create,
        showQuickPick: (items: object[], { title }: { title: string }) => (titles.push(title), Promise.resolve(chosen.length > 0 ? items.at(-1) : undefined)),
        showOpenDialog: () => Promise.resolve([new FakeUri(chosen.shift()!)]),
      }),
    ];
    ask = (await import('./ask-what-to-train')).askWhatToTrain;
  });
  afterEach(async () => {
    restore.forEach((one) => one());
    await rm(root, { recursive: true });
  });

  it('is asked in three steps: the dataset, the model, and a name that is made of the dataset\'s', async () => {
    chosen = [await cats()];
    const asking = ask(root);
    const model = await next();
    assert.deepEqual([titles, model.title, model.step, model.totalSteps], [['Train Soft Tokens (1/3): the dataset'], 'Train Soft Tokens: the model', 2, 3]);
    assert.equal(model.placeholder, '2 pictures, 1 caption, 1 without. Which model learns them?');
    assert.deepEqual(model.items.map(({ label, description }) => `${label}: ${description}`), ['icon-64: comes with Easel', 'another: /models/another']);
    model.choose('another');
    const name = await next();
    assert.deepEqual([name.title, name.step, name.value], ['Train Soft Tokens: the name', 3, 'my-cats']);
    await remarks(name, undefined);
    assert.equal(name.prompt, 'A prompt says <my-cats> to use what was learned. 2 pictures, 1 caption, 1 without.');
    name.type('kittens');
    name.accepted.fire();
    assert.deepEqual(await asking, { dataset: join(root, 'my cats'), model: 'another', name: 'kittens' });
    assert.deepEqual([model.isDisposed, name.isDisposed, name.listeners], [true, true, 0]);
  });

  it('does not ask for a dataset that is given', async () => {
    const asking = ask(root, await cats());
    (await next()).choose('icon-64');
    (await next()).accepted.fire();
    assert.deepEqual([await asking, titles], [{ dataset: join(root, 'my cats'), model: 'icon-64', name: 'my-cats' }, []]);
  });

  it('goes back a step at a time: to another model, and to another dataset', async () => {
    const asking = ask(root, await cats());
    chosen = [await dataset('dogs', { 'a.png': '', 'a.txt': 'a dog' })];
    (await next()).choose('another');
    const name = await next();
    assert.deepEqual(name.buttons, [BACK]);
    name.pressed.fire(BACK);
    const model = await next();
    assert.deepEqual([model.title, name.isDisposed, name.listeners, titles.length], ['Train Soft Tokens: the model', true, 0, 0]);
    model.pressed.fire({});
    assert.equal(model.isDisposed, false);
    model.pressed.fire(BACK);
    const again = await next();
    assert.deepEqual([titles.length, again.placeholder], [1, '1 picture, 1 caption, 0 without. Which model learns them?']);
    again.choose('icon-64');
    (await next()).accepted.fire();
    assert.deepEqual(await asking, { dataset: join(root, 'dogs'), model: 'icon-64', name: 'dogs' });
  });

  it('is nothing after an Escape, at any step', async () => {
    assert.equal(await ask(root), undefined);
    const atModel = ask(root, await cats());
    (await next()).dispose();
    assert.equal(await atModel, undefined);
    const atName = ask(root, await cats());
    (await next()).choose('icon-64');
    (await next()).hidden.fire();
    assert.equal(await atName, undefined);
    const afterBack = ask(root, await cats());
    (await next()).pressed.fire(BACK);
    assert.deepEqual([await afterBack, titles.length, shown.length], [undefined, 2, 0]);
  });

  it('waits for a model while none is chosen', async () => {
    const asking = ask(root, await cats());
    const model = await next();
    model.choose('one that was typed and is not there');
    assert.equal(model.isDisposed, false);
    model.dispose();
    await asking;
  });

  it('is no dataset without captions, and no folder that is not there', async () => {
    const bare = await dataset('bare', { 'a.png': '', 'b.png': '', 'b.txt': ' ' });
    await assert.rejects(ask(root, bare), { message: `${bare} has no captioned picture: 2 pictures, 0 captions, 2 without. Write captions in the dataset panel first.` });
    await assert.rejects(ask(root, join(root, 'gone')), /gone/);
    assert.equal(shown.length, 0);
  });

  it('takes no name that a prompt cannot say, and tells why', async () => {
    const asking = ask(root, await cats());
    (await next()).choose('icon-64');
    const name = await next();
    for (const value of ['', '7cats', 'a cat', 'cats.']) {
      name.type(value);
      name.accepted.fire();
      await remarks(name, value === 'cats.' ? /^a name does not end with/ : /^a name starts with a letter/);
    }
    assert.equal(name.isDisposed, false);
    name.type('cats');
    await remarks(name, undefined);
    name.accepted.fire();
    assert.equal((await asking)?.name, 'cats');
  });

  it('warns that a name is taken, and takes it all the same', async () => {
    await dataset('adapters', { 'my-cats.safetensors': '' });
    const asking = ask(root, await cats());
    (await next()).choose('icon-64');
    const name = await next();
    await remarks(name, /my-cats/);
    assert.deepEqual(name.validationMessage, { message: 'adapters/my-cats.safetensors is there already; this run will replace it.', severity: 2 });
    name.type('my-cats-2');
    await remarks(name, undefined);
    name.type('my-cats');
    name.type('7');
    await wait(20);
    await remarks(name, /^a name starts with a letter/);
    name.type('my-cats');
    name.accepted.fire();
    assert.equal((await asking)?.name, 'my-cats');
  });
});
