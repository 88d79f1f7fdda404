/**
 * Editing a picture and measuring a model in the real editor: from the panel and the explorer; the edited
 * picture lies beside the other and both are shown; a report is shown as a page. The tests are one session.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { readPictureMetadata } from '../../src/image/metadata';
import { RealEditor } from './real-editor';
import { endsCleanly } from './session';

describe('editing and evaluating in the real editor', function () {
  this.timeout(240_000); // beside other work an edit and an evaluation take their time
  let editor: RealEditor;
  let panel: Frame;
  /** Name of the picture that is edited, relative to the workspace. */
  let picture: string;

  before(async function () {
    this.timeout(120_000);
    editor = await RealEditor.open({ trusted: true });
    await editor.openFile('icons.t2i');
  });
  endsCleanly(() => editor);

  const input = () => editor.page.locator('.quick-input-widget input.input');
  const record = (name: string) => readPictureMetadata(readFileSync(join(editor.workspace, name))).easel?.request;
  const edited = (n: string) => picture.replace(/\.png$/, `-edit${n}.png`);
  /** Writes `text` over the prompt that the input box offers. */
  const say = async (text: string) => {
    await input().waitFor();
    await input().fill(text);
    await editor.page.keyboard.press('Enter');
  };
  const appears = async (name: string) => {
    for (const end = Date.now() + 60_000; !existsSync(join(editor.workspace, name)); ) {
      assert.ok(Date.now() < end, `${name} did not appear`);
      await editor.page.waitForTimeout(100);
    }
  };

  it('edits the picture of the panel: asks with its prompt, writes beside it, shows both', async () => {
    await editor.lens('missing').waitFor({ timeout: 60_000 });
    panel = await editor.generate();
    await panel.locator('img.picture').waitFor({ timeout: 60_000 });
    const drawn = readdirSync(editor.workspace, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith('.png') && !/^(\.easel|icons-dataset)/.test(path));
    assert.ok(drawn !== undefined);
    picture = drawn;
    const prompt = String(record(picture)?.prompt);
    await panel.locator('vscode-button.edit').click();
    await input().waitFor();
    assert.equal(await input().inputValue(), prompt);
    await editor.screenshot('edit-prompt');
    const before = readFileSync(join(editor.workspace, picture));
    await say('white star icon on a green circle');
    await appears(edited(''));
    const becomes = record(edited(''));
    assert.equal(becomes?.prompt, 'white star icon on a green circle');
    assert.equal((becomes?.['edit'] as { from: string }).from, prompt);
    assert.match((becomes?.['init'] as { sha256: string }).sha256, /^[0-9a-f]{64}$/);
    assert.deepEqual(readFileSync(join(editor.workspace, picture)), before, 'the picture itself is untouched');
    await editor.page.locator('.tab.active', { hasText: '↔' }).waitFor();
    // Two picture previews, each a page of its own.
    for (const end = Date.now() + 30_000; ; await editor.page.waitForTimeout(200)) {
      const shown = await Promise.all(editor.page.frames().map((frame) => frame.locator('body.image img, .container.image img').count().catch(() => 0)));
      if (shown.filter((count) => count > 0).length >= 2) break;
      assert.ok(Date.now() < end, 'both pictures are shown');
    }
    await editor.screenshot('edit-side-by-side');
  });

  it('offers the edit of a picture in the explorer, and never overwrites', async () => {
    await editor.page.keyboard.press('Control+Shift+E');
    const folder = picture.includes('/') ? picture.slice(0, picture.lastIndexOf('/')) : '';
    const row = (name: string) => editor.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first();
    if (folder !== '' && !(await row(picture.slice(folder.length + 1)).isVisible())) await row(folder).click();
    await row(picture.slice(picture.lastIndexOf('/') + 1)).click({ button: 'right' });
    const entry = editor.page.locator('.monaco-menu .action-label', { hasText: 'Edit This Picture' }).first();
    await entry.waitFor();
    await editor.screenshot('edit-explorer-menu');
    const before = readFileSync(join(editor.workspace, edited('')));
    await entry.click();
    await say('yellow moon icon');
    await appears(edited('-2'));
    await editor.page.locator('.tab.active', { hasText: '-edit-2' }).waitFor();
    assert.deepEqual(readFileSync(join(editor.workspace, edited(''))), before);
  });

  it('measures a model in the background and shows the report', async function () {
    this.timeout(300_000);
    await editor.command('Evaluate Model…');
    await editor.page.locator('.quick-input-list .monaco-list-row', { hasText: 'A Quick Look' }).click();
    await editor.page.locator('.notification-toast', { hasText: /Evaluating icon-64/ }).first().waitFor();
    await editor.page.locator('.tab.active', { hasText: 'Preview' }).waitFor({ timeout: 240_000 });
    const [report] = readdirSync(join(editor.workspace, '.easel', 'evaluations'));
    assert.ok(report !== undefined && existsSync(join(editor.workspace, '.easel', 'evaluations', report, 'report.json')));
    const page = () => Promise.all(editor.page.frames().map((frame) => frame.locator('table + p, h1:has-text("what it was asked") ~ table').count().catch(() => 0)));
    for (const end = Date.now() + 30_000; !(await page()).some((count) => count > 0); await editor.page.waitForTimeout(200)) assert.ok(Date.now() < end, 'the report is shown');
    await editor.screenshot('evaluation-report');
  });
});
