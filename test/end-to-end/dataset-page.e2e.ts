/** The dataset panel's page by itself, in Chromium: which pictures it asks for, what it shows of them, what it sends when one types. */
import assert from 'node:assert/strict';
import { chromium, type Browser } from 'playwright-core';
import type { DatasetCell, DatasetLabels, DatasetState, DatasetToHost, HostToDataset } from '../../src/messages';
import { CHROMIUM } from './real-editor';
import { WebviewPage, bundlePage } from './webview-page';

const DOT = 'data:image/gif;base64,R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=';
const labels: DatasetLabels = {
  search: 'Search', showAll: 'All', showWithout: 'Without', showRemarks: 'Remarks', pictures: 'Pictures', captionOf: 'Caption of {0}', pictureOf: 'Open {0}', openCaption: 'Open caption of {0}',
  unsaved: 'not saved', noCaption: 'No caption yet', undo: 'Undo', check: 'Check', train: 'Train', nothing: 'No picture matches.', progress: 'Progress', keys: 'keys',
};
const state: DatasetState = {
  memory: { folder: '/set', filter: { text: '', show: 'all' } }, title: 'set', counts: '1,000 pictures', numbers: { all: 1000, without: 1, remarks: 0 },
  total: 1000, version: 1, progress: null, problem: null, canUndo: false, canCheck: false, announcement: '',
};
const cell = (id: number): DatasetCell => ({ id, name: `${id}.png`, uri: `${DOT}#${id}`, caption: `caption ${id}`, source: `${id}.txt`, dirty: false, remarks: [] });

describe('the dataset page', () => {
  let browser: Browser;
  let script: string;
  let webview: WebviewPage<HostToDataset, DatasetToHost>;

  before(async () => {
    script = await bundlePage('webview-ui/dataset.ts');
    browser = await chromium.launch(CHROMIUM);
  });
  after(() => browser.close());
  beforeEach(async () => {
    webview = await WebviewPage.open(browser, script, { width: 1000, height: 700 });
    await webview.post({ type: 'labels', labels });
  });
  afterEach(async () => {
    await webview.page.close();
    assert.deepEqual(webview.problems, [], 'the console has no errors, CSP included');
  });

  const looks = async () => (await webview.sent()).filter((message) => message.type === 'look');
  const lastLook = async (count: number) => {
    while ((await looks()).length < count) await webview.page.waitForTimeout(10);
    return (await looks()).at(-1);
  };
  const show = (change: Partial<DatasetState> = {}) => webview.post({ type: 'state', state: { ...state, ...change } });
  const answer = (version: number, from: number, ids: readonly number[]) => webview.post({ type: 'window', version, from, cells: ids.map(cell) });
  const caption = (id: number) => webview.page.getByRole('textbox', { name: `Caption of ${id}.png` });

  it('asks for what is on the screen, and for no more', async () => {
    await show();
    const look = await lastLook(1);
    assert.ok(look?.type === 'look' && look.from === 0 && look.count >= 8 && look.count < 40, JSON.stringify(look));
    await answer(1, 0, Array.from({ length: look.count }, (_, id) => id));
    await caption(0).waitFor();
    assert.equal(await caption(3).inputValue(), 'caption 3');
    await webview.page.locator('.scroller').evaluate((scroller) => (scroller.scrollTop = 50_000));
    const next = await lastLook(2);
    assert.ok(next?.type === 'look' && next.from > 500, JSON.stringify(next));
  });

  it('shows what the filter leaves, and nothing of what was there before', async () => {
    await show();
    const look = await lastLook(1);
    await answer(1, 0, Array.from({ length: look?.type === 'look' ? look.count : 0 }, (_, id) => id));
    await caption(5).waitFor();
    await webview.page.getByRole('button', { name: /Without/ }).click();
    assert.deepEqual((await webview.sent()).at(-1), { type: 'filter', filter: { text: '', show: 'without' } });
    await show({ version: 2, total: 1, memory: { folder: '/set', filter: { text: '', show: 'without' } } });
    assert.deepEqual(await lastLook(2), { type: 'look', from: 0, count: 1 });
    assert.equal(await webview.page.locator('.cell').count(), 1);
    await answer(2, 0, [77]);
    await caption(77).waitFor();
    assert.equal(await webview.page.locator('.cell').count(), 1);
  });

  it('takes no letters back from the search box when an older state arrives', async () => {
    await show();
    const search = webview.page.locator('vscode-textfield input');
    const says = (text: string) => show({ memory: { folder: '/set', filter: { text, show: 'all' } } });
    const filters = async () => (await webview.sent()).flatMap((message) => (message.type === 'filter' ? message.filter.text : []));
    await search.pressSequentially('ca');
    while ((await filters()).length === 0) await webview.page.waitForTimeout(10);
    await search.pressSequentially('t');
    await says('ca');
    assert.equal(await search.inputValue(), 'cat');
    await search.pressSequentially('s');
    while ((await filters()).at(-1) !== 'cats') await webview.page.waitForTimeout(10);
    await says('cats');
    // Once both say the same, the editor may set it again.
    await says('picture.png');
    await webview.page.waitForFunction(() => document.querySelector('easel-dataset')?.shadowRoot?.querySelector('vscode-textfield')?.value === 'picture.png');
  });

  it('sends a caption when the focus leaves it, and none when Escape does', async () => {
    await show({ total: 2 });
    await lastLook(1);
    await answer(1, 0, [0, 1]);
    await caption(0).fill('typed');
    await caption(0).press('Escape');
    assert.equal(await caption(0).inputValue(), 'caption 0');
    await caption(0).fill('typed');
    // What the editor says meanwhile does not take the words away.
    await answer(1, 0, [0, 1]);
    await show({ total: 2, announcement: 'x' });
    assert.equal(await caption(0).inputValue(), 'typed');
    await caption(0).press('Control+Enter');
    assert.deepEqual((await webview.sent()).filter(({ type }) => type === 'caption'), [{ type: 'caption', id: 0, caption: 'typed' }]);
    assert.equal(await webview.page.locator('.cell[data-place="1"]').evaluate((one) => one.matches(':focus')), true);
  });

  it('shows a large picture as it arrives, small', async () => {
    await show({ total: 1 });
    await lastLook(1);
    await webview.post({ type: 'window', version: 1, from: 0, cells: [{ ...cell(0), uri: null }] });
    await webview.page.evaluate((gif) => window.postMessage({ type: 'thumbnail', id: 0, picture: { mimeType: 'image/png', data: Uint8Array.from(atob(gif), (c) => c.charCodeAt(0)) } }, '*'), DOT.split(',')[1] ?? '');
    await webview.page.locator('.cell img[src^="blob:"]').waitFor();
  });

  it('drops a message that is not one of ours', async () => {
    await show({ total: 1 });
    await lastLook(1);
    await webview.post({ type: 'window', version: 1, from: 0, cells: [{ ...cell(0), path: '/etc/passwd' }] });
    await webview.post({ type: 'state', state: { ...state, total: -1 } });
    assert.equal(await webview.page.locator('.cell.waiting').count(), 1);
  });
});
