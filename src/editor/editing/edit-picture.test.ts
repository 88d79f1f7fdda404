import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownEaselHome } from '../../../test/support/own-easel-home';
import { encodeEaselRecord, setTextChunks } from '../../image/metadata';
import { pngChunk, writePngChunks } from '../../image/metadata/png-chunks';
import { addModel } from '../../models';
import { safetensors } from '../../models/test-support';
import type { EditRequest } from '../../prompt';
import { EngineError } from '../../engine/engine';
import { FakeUri, replaced, vscode } from '../test-support/with-vscode';

/** As much of a PNG as says its size, below 256 pixels. */
const png = (width: number, height: number) => writePngChunks({ chunks: [pngChunk('IHDR', Uint8Array.of(0, 0, 0, width, 0, 0, 0, height, 8, 2, 0, 0, 0)), pngChunk('IEND', new Uint8Array())], rest: new Uint8Array() });
const TINY_ICON = join(__dirname, '../../../test/fixtures/models/tiny-icon');
type Box = { title: string; prompt: string; value?: string; validateInput?: (text: string) => string | undefined };

describe('editing a picture', () => {
  ownEaselHome();
  let home: string;
  let root: string;
  let restore: (() => void)[];
  let boxes: Box[];
  /** What is typed into one box after the other; `undefined` gives up. */
  let typed: (string | undefined)[];
  let edited: EditRequest[];
  let shown: unknown[][];
  let errors: string[];
  const edit = async (path: string, engine: (request: EditRequest) => unknown = ({ target }) => ({ path: target.output.path })) => {
    const { editPicture } = await import('./edit-picture');
    await editPicture(new FakeUri(path), { engine: { edit: (request: EditRequest) => Promise.resolve((edited.push(request), engine(request))) } as never, atCursor: () => [] });
  };
  /** A picture that says so of itself. */
  const picture = async (name: string, chunks: { parameters?: string; easel?: { prompt: string; model: string } }) => {
    const { parameters, easel } = chunks;
    const request = easel && { version: 1, prompt: easel.prompt, seed: '1', index: 0, model: { id: easel.model, sha256: null } };
    const bytes = setTextChunks(png(64, 48), { ...(parameters !== undefined && { parameters }), ...(request && { easel: encodeEaselRecord({ version: 1, request, engine: { easel: '0' } }) }) });
    await writeFile(join(root, name), bytes);
    return join(root, name);
  };
  beforeEach(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'easel-edit-picture-')));
    root = join(home, 'work');
    await mkdir(root);
    await cp(TINY_ICON, join(home, 'model'), { recursive: true });
    await addModel(join(home, 'model'), { name: 'mine' });
    [boxes, typed, edited, shown, errors] = [[], [], [], [], []];
    restore = [
      replaced(vscode, { Uri: FakeUri, ProgressLocation: {}, l10n: { t: (text: string, ...values: unknown[]) => text.replace(/\{(\d)\}/g, (_, i: string) => String(values[Number(i)])) } }),
      replaced(vscode.workspace, { isTrusted: true, getWorkspaceFolder: () => ({ uri: new FakeUri(home) }) }),
      replaced(vscode.commands, { executeCommand: (...args: unknown[]) => Promise.resolve(void shown.push(args.map(String))) }),
      replaced(vscode.window, {
        withProgress: ({ title }: { title: string }, work: (progress: unknown, token: unknown) => unknown) => (shown.push([title]), work({ report: () => {} }, { onCancellationRequested: () => {} })),
        showInputBox: (box: Box) => Promise.resolve((boxes.push(box), typed.shift())),
        showErrorMessage: (message: string) => Promise.resolve(void errors.push(message)),
      }),
    ];
  });
  afterEach(async () => {
    restore.forEach((one) => one());
    await rm(home, { recursive: true });
  });

  it('goes from what it says of itself to what is typed, with the model that drew it, into a file beside it that is shown beside it', async () => {
    const path = await picture('heart.png', { easel: { prompt: 'a red heart', model: 'mine' }, parameters: 'another text' });
    typed = ['a blue heart'];
    await edit(path);
    assert.deepEqual(errors, []);
    const [{ target, source, nStart }] = edited as [EditRequest];
    assert.deepEqual([source, target.prompt, target.model, target.init, target.width, target.height, target.adapters, nStart], [{ prompt: 'a red heart', guidanceScale: 1.5 }, 'a blue heart', { id: 'mine', path: join(home, 'model') }, { path }, 64, 48, [], 45]);
    assert.deepEqual(target.output, { path: join(root, 'heart-edit.png'), root: home, source: null, noise: null, saveLatents: null });
    assert.match(target.seed, /^\d{1,10}$/);
    assert.deepEqual(boxes.map(({ title, prompt, value }) => [title, prompt, value]), [['Edit heart.png with mine', 'What shall it be? Change the words that shall change.', 'a red heart']]);
    assert.deepEqual(['', '  ', 'x'].map((text) => boxes[0]?.validateInput?.(text)), ['Say what it shall be.', 'Say what it shall be.', undefined]);
    assert.deepEqual(shown, [['Editing heart.png'], ['vscode.diff', `file://${path}`, `file://${join(root, 'heart-edit.png')}`, 'heart.png ↔ heart-edit.png']]);
  });

  it('asks what a picture shows that does not say it, and takes the model that comes with Easel', async () => {
    const [plain, foreign, elsewhere] = [await picture('plain.png', {}), await picture('foreign.png', { parameters: 'a cat\nSteps: 4, Seed: 1, CFG scale: 3' }), await picture('elsewhere.png', { easel: { prompt: 'a dog', model: 'gone' } })];
    typed = ['a fox', 'a wolf', 'a lion', 'a pug'];
    for (const path of [plain, foreign, elsewhere]) await edit(path);
    assert.deepEqual(errors, []);
    assert.deepEqual(edited.map(({ source, target }) => [source.prompt, target.prompt, target.model.id]), [['a fox', 'a wolf', 'icon-64'], ['a cat', 'a lion', 'icon-64'], ['a dog', 'a pug', 'icon-64']]);
    assert.deepEqual(boxes.map(({ value }) => value), [undefined, 'a fox', 'a cat', 'a dog']);
  });

  it('is given up in either box, and by the notification', async () => {
    const path = await picture('plain.png', {});
    for (typed of [[undefined], ['a fox', undefined]]) await edit(path);
    assert.equal(boxes.length, 3);
    assert.deepEqual([edited, shown], [[], []]);
    typed = ['a fox', 'a wolf'];
    await edit(path, () => { throw new EngineError('cancelled', 'cancelled'); });
    assert.deepEqual([errors, shown], [[], [['Editing plain.png']]]);
  });

  it('takes the adapters that either text names, the later weight of two, and says which names there are', async () => {
    await mkdir(join(home, 'adapters'));
    for (const name of ['crisp', 'ink']) await writeFile(join(home, 'adapters', `${name}.safetensors`), safetensors({ easel: JSON.stringify({ method: 'soft-tokens', name }) }));
    const path = await picture('cat.png', { easel: { prompt: 'a <crisp:0.5> cat', model: 'mine' } });
    typed = ['a <crisp:0.8> dog <lora:ink>'];
    await edit(path);
    assert.deepEqual(errors, []);
    const [{ source, target }] = edited as [EditRequest];
    assert.deepEqual([source.prompt, target.prompt.trim(), target.adapters], ['a <crisp> cat', 'a <crisp> dog', [{ id: 'crisp', path: join(home, 'adapters/crisp.safetensors'), weight: 0.8 }, { id: 'ink', path: join(home, 'adapters/ink.safetensors'), weight: 1 }]]);
    typed = ['a <gone> dog'];
    await edit(path);
    await rm(join(home, 'adapters'), { recursive: true });
    typed = ['a dog'];
    await edit(path);
    assert.deepEqual([errors, edited.length], [['There is no <gone> here; known names: crisp, ink.', 'There is no <crisp> here; known names: none.'], 1]);
  });

  it('is of a picture on the disk, in a trusted window; a loose one is its folder\'s', async () => {
    const path = await picture('heart.png', { easel: { prompt: 'x', model: 'mine' } });
    vscode.workspace['getWorkspaceFolder'] = () => undefined;
    typed = ['y'];
    await edit(path);
    assert.equal(edited[0]?.target.output.root, root);
    await writeFile(join(root, 'no.png'), 'no picture');
    await edit(join(root, 'no.png'));
    await writeFile(join(root, 'small.png'), png(15, 16));
    await edit(join(root, 'small.png'));
    await edit(join(root, 'gone.png'));
    const { editPicture } = await import('./edit-picture');
    await editPicture(Object.assign(new FakeUri('/x.png'), { scheme: 'vscode-vfs' }), { engine: {} as never, atCursor: () => [] });
    vscode.workspace['isTrusted'] = false;
    await edit(path);
    assert.deepEqual([edited.length, boxes.length], [1, 1]);
    assert.deepEqual(errors.map((message) => message.replace(/ENOENT.*/, 'ENOENT').slice(0, 59)), [errors[0]?.slice(0, 59), 'small.png cannot be edited: it has 15×16 pixels, and a side', 'ENOENT', 'file:///x.png is not on this machine\'s disk. Save it into a', 'Easel draws nothing in Restricted Mode, because the workspa']);
    assert.match(errors[0]!, /^no\.png cannot be edited: \w/);
  });
});
