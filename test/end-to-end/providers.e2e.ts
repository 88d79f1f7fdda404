/** "Easel: Probe Providers": asks in the background, offers what works here, and keeps what was found. */
import assert from 'node:assert/strict';
import { RealEditor } from './real-editor';
import { endsCleanly } from './session';

describe('probing providers', () => {
  let editor: RealEditor;

  before(async function () {
    this.timeout(120_000);
    editor = await RealEditor.open({ trusted: true });
    await editor.openFile('icons.t2i');
    await editor.lens('missing').waitFor(); // the extension's commands are known
  });
  endsCleanly(() => editor);

  it('offers the processor and what else works, and says where the rest is told', async function () {
    this.timeout(240_000);
    await editor.command('Easel: Probe Providers');
    const choices = editor.page.locator('.quick-input-widget', { hasText: 'Probe Providers: what computes the pictures' });
    await choices.waitFor({ timeout: 200_000 });
    await choices.locator('.quick-input-list .monaco-list-row', { hasText: /^auto/ }).waitFor();
    await choices.locator('.quick-input-list .monaco-list-row', { hasText: /^cpu/ }).click();
    await choices.waitFor({ state: 'hidden' });
    assert.match(editor.logs(), /coreml: does not work: .*backend not found/);
  });
});
