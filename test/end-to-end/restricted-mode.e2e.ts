/** Restricted Mode: every door to the engine is shut, each says why and what to do, and no process is started. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RealEditor } from './real-editor';

describe('Restricted Mode', () => {
  let editor: RealEditor;

  before(async function () {
    this.timeout(120_000);
    editor = await RealEditor.open({ trusted: false });
    const files = editor.workspace;
    mkdirSync(join(files, '.vscode'));
    // Without its panel a refused lens answers with a notification.
    writeFileSync(join(files, '.vscode', 'settings.json'), JSON.stringify({ 'easel.panel.openOnGenerate': false }));
    writeFileSync(join(files, '.vscode', 'tasks.json'), JSON.stringify({ version: '2.0.0', tasks: [{ type: 'easel', file: 'icons.t2i', label: 'draw the icons' }] }));
    await editor.openFile('icons.t2i');
  });
  after(async () => {
    await editor?.close();
    assert.deepEqual(editor?.problems, []);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      await editor.screenshot(`failed-${this.currentTest.title.replace(/\W+/g, '-')}`);
      console.error(editor.logs());
    }
    assert.deepEqual(editor.engines(), [], 'no engine was started');
    assert.deepEqual(readdirSync(editor.workspace, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.png') && !path.startsWith('icons-dataset')), [], 'nothing was drawn');
  });

  const refusal = () => editor.page.locator('.notification-toast', { hasText: 'Restricted Mode' });

  it('still shows what a prompt file is: lenses and state', async () => {
    await editor.lens('missing').waitFor();
  });

  it('refuses the lens and offers to manage trust', async () => {
    await editor.press(/Generate$/);
    await refusal().waitFor({ timeout: 10_000 }).catch(() => editor.press(/Generate$/)); // the press was lost in a redrawing of the lenses
    await refusal().waitFor();
    await editor.screenshot('restricted');
    await refusal().getByRole('button', { name: 'Manage Workspace Trust' }).waitFor();
    await editor.command('Notifications: Clear All Notifications');
    await refusal().waitFor({ state: 'detached' });
  });

  it('does not offer to generate in the palette', async () => {
    await editor.page.locator('.view-line').nth(1).click();
    const offered = await editor.palette('Easel');
    assert.ok(offered.some((row) => row.includes('Open Picture Panel')), offered.join(' | '));
    assert.deepEqual(offered.filter((row) => /Generate|Restart Engine/.test(row)), []);
    await editor.page.keyboard.press('Escape');
  });

  it('refuses a message of the panel, and says so in the panel', async () => {
    await editor.command('Easel: Open Picture Panel to the Side');
    const panel = await editor.panel();
    // Another block than the one whose lens was refused: the panel follows the cursor, and nothing is refused there yet.
    await editor.goTo(readFileSync(join(editor.workspace, 'icons.t2i'), 'utf8').split('\n').findLastIndex((line) => /^#{1,6} /.test(line)) + 1);
    await panel.getByRole('alert').waitFor({ state: 'detached' });
    await panel.getByRole('button', { name: 'Generate', exact: true }).click();
    await panel.getByRole('alert').filter({ hasText: 'Restricted Mode' }).waitFor();
    await panel.getByRole('button', { name: 'Manage Workspace Trust' }).waitFor();
    await editor.screenshot('restricted-panel');
    assert.equal(await refusal().count(), 0, 'what the panel shows is not repeated by a notification');
  });

  it('shows a dataset and lets captions be written, and trains nothing', async () => {
    await editor.command('Easel: Open Dataset…');
    await editor.page.locator('.quick-input-list .monaco-list-row', { hasText: /icons-dataset$/ }).first().click();
    const dataset = await editor.webview('easel-dataset');
    await dataset.locator('.counts', { hasText: '24 pictures, 23 captions, 1 without' }).waitFor();
    await dataset.locator('dataset-grid img').first().waitFor();
    await dataset.getByRole('button', { name: 'Train Soft Tokens…' }).click();
    await refusal().waitFor();
    await editor.screenshot('restricted-dataset');
    await editor.command('Notifications: Clear All Notifications');
    const offered = await editor.palette('Easel');
    assert.deepEqual(offered.filter((row) => /Train Soft|(?:Start|Pause|Stop|Resume) Training/.test(row)), []);
    await editor.page.keyboard.press('Escape');
    assert.deepEqual(editor.processes(/(?:thumbnail|picture-info)-child/), [], 'no helper was started');
  });

  it('runs no task', async () => {
    await editor.page.locator('.tab', { hasText: 'icons.t2i' }).click(); // out of the dataset's page, which may have opened over the file
    await editor.command('Tasks: Run Task');
    // VS Code itself asks for trust before it runs anything; our task is refused behind it as well.
    const question = editor.page.locator('.monaco-dialog-box', { hasText: 'Do you trust' });
    await question.waitFor({ timeout: 10_000 }).catch(() => editor.command('Tasks: Run Task')); // the row moved under the press
    await question.waitFor();
    await editor.screenshot('restricted-task');
    await editor.page.locator('.monaco-dialog-box').getByRole('button', { name: 'Cancel' }).click();
  });
});
