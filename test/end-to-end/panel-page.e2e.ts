/**
 * The panel's page by itself, in Chromium: what it shows for a state, what it asks for, what it refuses. How it looks
 * and whether it is accessible is judged inside the editor, where the theme's colours are (prompt-to-picture.e2e.ts).
 */
import assert from 'node:assert/strict';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { HostToPanel, PanelLabels, PanelState, PanelToHost } from '../../src/messages';
import { CHROMIUM } from './real-editor';
import { WebviewPage, bundlePage } from './webview-page';

const DOT = 'data:image/gif;base64,R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=';

const labels: PanelLabels = {
  generate: 'Generate', generateFour: 'Generate 4', cancel: 'Cancel', cancelling: 'Cancelling…', copyInfotext: 'Copy Infotext', openPicture: 'Open Picture', editPicture: 'Edit…',
  useThisOne: 'Use this one', candidates: 'Candidates', pictures: 'Pictures of this block', parameters: 'Parameters', preview: 'Preview', progress: 'Progress', empty: 'No picture yet.',
};
const picture = (id: string) => ({ id, uri: `${DOT}#${id}`, alt: `alt of ${id}`, caption: `caption of ${id}`, infotext: `infotext of ${id}` });
const state: PanelState = {
  memory: { uri: 'file:///icons.t2i', block: 'heart', nth: 0 }, file: 'icons.t2i', block: 'heart', state: 'fresh', stateLabel: 'fresh', reasons: [],
  pictures: [picture('picture-0')], candidates: [], job: null, error: null, announcement: '',
};

describe('the panel page', () => {
  let browser: Browser;
  let page: Page;
  let script: string;
  let webview: WebviewPage<HostToPanel, PanelToHost>;

  before(async () => {
    script = await bundlePage('webview-ui/panel.ts');
    browser = await chromium.launch(CHROMIUM);
  });
  after(() => browser.close());

  beforeEach(async () => {
    webview = await WebviewPage.open(browser, script);
    page = webview.page;
  });
  afterEach(async () => {
    await page.close();
    assert.deepEqual(webview.problems, [], 'the console has no errors, CSP included');
  });

  const post = (message: unknown) => webview.post(message);
  const show = async (change: Partial<PanelState> = {}) => {
    await post({ type: 'labels', labels });
    await post({ type: 'state', state: { ...state, ...change } });
    await page.getByRole('heading', { level: 1 }).waitFor();
  };
  const sent = () => webview.sent();
  const lastSent = async () => (await sent()).at(-1);

  it('says that it is ready, and shows nothing before it is told', async () => {
    assert.deepEqual(await sent(), [{ type: 'ready' }]);
    assert.equal(await page.getByRole('button').count(), 0);
  });

  it('shows the picture with its alt text, and offers what can be done', async () => {
    await show();
    assert.equal(await page.locator('img.picture').getAttribute('alt'), 'alt of picture-0');
    for (const [name, request] of [
      ['Generate', { type: 'generate', count: 1 }],
      ['Generate 4', { type: 'generate', count: 4 }],
      ['Copy Infotext', { type: 'copy-infotext', picture: 'picture-0' }],
      ['Open Picture', { type: 'open-picture', picture: 'picture-0' }],
      ['Edit…', { type: 'edit-picture', picture: 'picture-0' }],
    ] as const) {
      await page.getByRole('button', { name, exact: true }).click();
      assert.deepEqual(await lastSent(), request);
    }
  });

  it('keeps file and block for VS Code to restore, and gives the same page from the same state', async () => {
    await show();
    assert.deepEqual(await webview.kept(), state.memory);
    const markup = () => page.evaluate(() => document.querySelector('easel-panel')?.shadowRoot?.innerHTML.replace(/<!--.*?-->/g, ''));
    const first = await markup();
    await page.reload();
    await show();
    assert.equal(await markup(), first);
  });

  it('shows progress as a progress bar and offers to cancel, once', async () => {
    await show({ job: { label: 'step 3 of 20', step: 3, steps: 20, cancelling: false } });
    const bar = page.getByRole('progressbar').first();
    assert.equal(await bar.getAttribute('aria-valuenow'), '3');
    assert.equal(await bar.getAttribute('aria-valuemax'), '20');
    assert.equal(await page.getByRole('button', { name: 'Generate' }).count(), 0);
    await page.getByRole('button', { name: 'Cancel' }).click();
    assert.deepEqual(await lastSent(), { type: 'cancel' });
    await show({ job: { label: 'step 3 of 20', step: 3, steps: 20, cancelling: true } });
    assert.equal(await page.getByRole('button', { name: 'Cancelling…' }).getAttribute('aria-disabled'), 'true');
  });

  it('shows a live preview while the job runs and the file again when it is over', async () => {
    await show({ job: { label: 'step 3 of 20', step: 3, steps: 20, cancelling: false } });
    await page.evaluate((gif) => window.postMessage({ type: 'preview', mimeType: 'image/png', data: Uint8Array.from(atob(gif), (c) => c.charCodeAt(0)) }, '*'), DOT.split(',')[1] ?? '');
    await page.locator('img.preview[src^="blob:"]').waitFor();
    await show();
    await page.locator('img.picture').waitFor();
    assert.equal(await page.locator('img.preview').count(), 0);
  });

  it('lets a candidate be chosen with the keyboard: one tab stop, arrows inside', async () => {
    await show({ candidates: [0, 1, 2, 3].map((n) => picture(`candidate-${n}`)) });
    const buttons = page.locator('picture-grid.candidates button');
    assert.deepEqual(await buttons.evaluateAll((all) => all.map((one) => (one as HTMLElement).tabIndex)), [0, -1, -1, -1]);
    await buttons.first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    assert.deepEqual(await lastSent(), { type: 'use-this-one', picture: 'candidate-2' });
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.evaluate(() => document.querySelector('easel-panel')?.shadowRoot?.querySelector('picture-grid.candidates')?.shadowRoot?.activeElement?.querySelector('.caption')?.textContent), 'caption of candidate-3');
  });

  it('puts the chosen one of several pictures on the stage', async () => {
    await show({ pictures: [picture('picture-0'), picture('picture-1')] });
    await page.getByRole('button', { name: 'alt of picture-1' }).click();
    assert.equal(await page.locator('img.picture').getAttribute('alt'), 'alt of picture-1');
  });

  it('tells an error with its next action, as an alert, and the end of a job politely', async () => {
    await show({ error: { message: 'The engine stopped. Generate again starts a new one.', action: { id: 'retry', label: 'Generate Again' } }, announcement: 'heart is drawn' });
    assert.match(await page.getByRole('alert').innerText(), /The engine stopped/);
    await page.getByRole('button', { name: 'Generate Again' }).click();
    assert.deepEqual(await lastSent(), { type: 'error-action' });
    assert.equal(await page.locator('[aria-live="polite"]').innerText(), 'heart is drawn');
  });

  it('drops a message that is not one of ours and keeps what it shows', async () => {
    await show();
    await post({ type: 'state', state: { ...state, block: 7 } });
    await post({ type: 'eval', code: 'document.body.remove()' });
    await post({ type: 'state', state: { ...state, block: 'other', script: 'x' } });
    await post('nonsense');
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'heart');
  });
});
