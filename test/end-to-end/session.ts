/** What every session in a real editor shares: evidence of a failure is kept, the console stays clean, nothing is left running. */
import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { THEMES, violationsIn } from './accessibility';
import type { RealEditor } from './real-editor';

/** Mocha hooks; call it inside `describe`, after `before`. `editor` is asked late: it may never have opened. */
export function endsCleanly(editor: () => RealEditor | undefined): void {
  after(async () => {
    await editor()?.close();
    assert.deepEqual(editor()?.problems, [], 'no Content-Security-Policy error in the console');
  });
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    await editor()?.screenshot(`failed-${this.currentTest.title.replace(/\W+/g, '-')}`);
    console.error(editor()?.logs());
  });
}

/** One test for each theme: axe finds nothing in the page. Screenshots are called `name`-theme. */
export function isAccessibleInEveryTheme(name: string, page: () => { editor: RealEditor; panel: Frame }): void {
  for (const { theme, name: short, kind } of THEMES) {
    it(`is accessible and stays inside the theme: ${short}`, async () => {
      const { editor, panel } = page();
      editor.setting('workbench.colorTheme', theme);
      await panel.locator(`body.${kind}`).waitFor();
      await editor.screenshot(`${name}-${short}`);
      assert.deepEqual(await violationsIn(panel), []);
    });
  }
}
