/**
 * A captioned folder in the real editor: a remark is fixed in the file and undone, captions are typed in the panel and
 * undone, changes from outside arrive, and 100,000 pictures open. The tests are one session and build on each other.
 */
import assert from 'node:assert/strict';
import { existsSync, linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { RealEditor } from './real-editor';
import { endsCleanly, isAccessibleInEveryTheme } from './session';

const LARGE = 100_000;

describe('a captioned folder in the real editor', () => {
  let editor: RealEditor;
  let panel: Frame;
  const file = (name: string) => join(editor.workspace, 'icons-dataset', name);
  const text = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : null);

  before(async function () {
    this.timeout(120_000);
    editor = await RealEditor.open({ trusted: true });
    // In a browser VS Code saves by itself unless told otherwise.
    editor.setting('files.autoSave', 'off');
    await editor.openFile('icons-dataset/shapes/circle-3.txt');
  });
  endsCleanly(() => editor);

  const counts = (said: string | RegExp) => panel.locator('.counts', { hasText: said }).waitFor();
  const cell = (name: string) => panel.locator('.cell', { has: panel.locator('.name', { hasText: name }) });
  const caption = (name: string) => panel.getByRole('textbox', { name: `Caption of ${name}`, exact: true });
  const saved = async (name: string, expected: string | null) => {
    for (const end = Date.now() + 20_000; text(name) !== expected; ) {
      assert.ok(Date.now() < end, `${name} holds ${JSON.stringify(text(name))}, not ${JSON.stringify(expected)}`);
      await editor.page.waitForTimeout(50);
    }
  };

  it('shows a caption file with its picture, a lens and its remark, and starts no engine', async () => {
    await editor.lens('1 remark').waitFor();
    await editor.page.locator('.monaco-editor .glyph-margin-widgets .cgmr').first().waitFor();
    await editor.page.locator('.squiggly-info').first().waitFor();
    await editor.page.locator('.monaco-editor .view-line').first().hover({ position: { x: 24, y: 8 } });
    await editor.page.locator('.monaco-hover img[src^="data:image/"]').waitFor();
    await editor.screenshot('dataset-caption-file');
    assert.deepEqual(editor.engines(), []);
  });

  it('fixes the remark by its quick fix, and undoes it', async () => {
    const before = text('shapes/circle-3.txt');
    const place = await editor.page.locator('.squiggly-info').first().boundingBox();
    assert.ok(place);
    await editor.page.mouse.click(place.x + place.width / 2, place.y + place.height / 2);
    await editor.page.keyboard.press('Control+.');
    const fix = editor.page.locator('.action-widget .monaco-list-row', { hasText: 'Change to' });
    await fix.waitFor();
    await editor.screenshot('dataset-quick-fix');
    await fix.click();
    await editor.lens('no remarks').waitFor();
    await editor.page.keyboard.press('Control+Z');
    await editor.lens('1 remark').waitFor();
    assert.equal(text('shapes/circle-3.txt'), before);
  });

  it('finds the folder from the command palette, and says what it counts', async () => {
    await editor.command('Easel: Open Dataset…');
    const rows = editor.page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ hasText: /icons-dataset$/ }).first().click();
    panel = await editor.webview('easel-dataset');
    await counts('24 pictures, 23 captions, 1 without');
    await panel.locator('dataset-grid img').nth(5).waitFor();
    assert.ok(await panel.locator('dataset-grid img').first().evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth > 0)));
    await panel.getByRole('button', { name: /With remarks\s*4/ }).waitFor();
    await editor.screenshot('dataset-panel');
  });

  it('writes a caption that is typed in the panel, and takes it back', async () => {
    await panel.getByRole('button', { name: /Without caption/ }).click();
    await panel.locator('.cell').nth(1).waitFor({ state: 'detached' });
    await cell('shapes/cross-4.png').waitFor();
    const empty = text('shapes/cross-4.txt') ?? '';
    await cell('shapes/cross-4.png').focus();
    await editor.page.keyboard.press('Enter');
    await editor.page.keyboard.type('a white cross icon on a red circle');
    await editor.screenshot('dataset-typing');
    await editor.page.keyboard.press('Control+Enter');
    await saved('shapes/cross-4.txt', `a white cross icon on a red circle${empty}`);
    await counts('24 pictures, 24 captions, 0 without');
    await panel.getByRole('button', { name: 'Undo' }).click();
    await saved('shapes/cross-4.txt', empty);
    await counts('24 pictures, 23 captions, 1 without');
    await panel.getByRole('button', { name: /^All/ }).click();
  });

  it('changes one line of metadata, its caption only', async () => {
    const before = text('bars/metadata.jsonl') ?? '';
    await panel.locator('vscode-textfield input').fill('purple bars-2');
    await caption('bars/bars-2.png').fill('yellow bars on a "purple" square');
    await caption('bars/bars-2.png').press('Control+Enter');
    await saved('bars/metadata.jsonl', before.replace('filled yellow bars icon on a purple rounded square, white background', 'yellow bars on a \\"purple\\" square'));
    await panel.getByRole('button', { name: 'Undo' }).click();
    await saved('bars/metadata.jsonl', before);
    await panel.locator('vscode-textfield input').fill('');
  });

  it('leaves a file that is open in a tab dirty, with its own undo', async () => {
    const before = text('shapes/circle-3.txt');
    await panel.locator('vscode-textfield input').fill('circle-3');
    await panel.locator('.cell').nth(1).waitFor({ state: 'detached' });
    await panel.getByRole('button', { name: /^Change to/ }).click();
    await cell('shapes/circle-3.png').locator('.dirty').waitFor();
    await editor.page.locator('.tab.dirty', { hasText: 'circle-3.txt' }).waitFor();
    assert.equal(text('shapes/circle-3.txt'), before);
    await panel.getByRole('button', { name: 'Undo' }).click();
    await cell('shapes/circle-3.png').locator('.remark').waitFor();
    await panel.locator('vscode-textfield input').fill('');
  });

  it('gives a picture without a caption file one, and follows what happens on the disk', async () => {
    writeFileSync(file('shapes/new.png'), readFileSync(file('shapes/ring-1.png')));
    await counts('25 pictures, 23 captions, 2 without');
    await panel.locator('vscode-textfield input').fill('new');
    await caption('shapes/new.png').fill('a ring');
    await caption('shapes/new.png').press('Control+Enter');
    await saved('shapes/new.txt', 'a ring\n');
    writeFileSync(file('shapes/new.txt'), 'another ring\n');
    await panel.waitForFunction(() => document.querySelector('easel-dataset')?.shadowRoot?.querySelector('dataset-grid')?.shadowRoot?.querySelector('textarea')?.value === 'another ring');
    await cell('shapes/new.png').locator('.remark', { hasText: 'looks the same as' }).waitFor();
    await panel.locator('vscode-textfield input').fill('');
  });

  it('leads from a picture\'s remark in Problems to the picture in the panel', async () => {
    await editor.command('Problems: Focus on Problems View');
    await editor.page.locator('.markers-panel a', { hasText: 'near-duplicate-pictures' }).first().click();
    await panel.locator('.cell').nth(1).waitFor({ state: 'detached' });
    assert.match(await panel.locator('vscode-textfield input').inputValue(), /^shapes\/(new|ring-1)\.png$/);
    await editor.screenshot('dataset-problems');
    await editor.command('View: Hide Panel');
    await panel.locator('vscode-textfield input').fill('');
  });

  it('is a grid for the keyboard: one tab stop, arrows inside', async () => {
    const place = () => panel.evaluate(() => document.querySelector('easel-dataset')?.shadowRoot?.querySelector('dataset-grid')?.shadowRoot?.activeElement?.getAttribute('data-place'));
    const stops = panel.locator('dataset-grid [tabindex="0"]');
    await panel.locator('.cell').nth(10).waitFor();
    await panel.getByRole('gridcell').first().focus();
    await editor.page.keyboard.press('ArrowRight');
    await editor.page.keyboard.press('ArrowRight');
    assert.equal(await place(), '2');
    await editor.page.keyboard.press('End');
    await panel.locator('[data-place="24"][tabindex="0"]').waitFor();
    assert.equal(await stops.count(), 1);
    await editor.page.keyboard.press('Home');
    await panel.locator('[data-place="0"][tabindex="0"]').waitFor();
  });

  isAccessibleInEveryTheme('dataset', () => ({ editor, panel }));

  it('filters by remarks, and comes back with a new window', async () => {
    await panel.getByRole('button', { name: /With remarks/ }).click();
    await panel.locator('.remarks[aria-pressed="true"]').waitFor();
    await panel.locator('.cell .remark').first().waitFor();
    // A browser's navigation does not wait until the window has kept its pages' memory: which filter returns is not certain here.
    await editor.reload();
    panel = await editor.webview('easel-dataset');
    await panel.locator('.cell .remark').first().waitFor();
  });

  it('shows the pictures of metadata line by line', async () => {
    await editor.openFile('icons-dataset/bars/metadata.jsonl');
    await editor.lens('Open in dataset').waitFor();
    await editor.page.locator('.monaco-editor .glyph-margin-widgets .cgmr').nth(3).waitFor();
    await editor.screenshot('dataset-metadata');
  });

  it(`opens ${LARGE.toLocaleString('en-US')} pictures without freezing`, async function () {
    this.timeout(180_000);
    const large = join(editor.workspace, 'large');
    for (let folder = 0; folder < 4; folder++) {
      mkdirSync(join(large, String(folder)), { recursive: true });
      const lines: string[] = [];
      const source = file(`bars/bars-${folder + 1}.png`);
      for (let index = 0; index < LARGE / 4; index++) {
        linkSync(source, join(large, String(folder), `${index}.png`));
        lines.push(JSON.stringify({ file_name: `${index}.png`, text: `bars number ${index} of ${folder}` }));
      }
      writeFileSync(join(large, String(folder), 'metadata.jsonl'), `${lines.join('\n')}\n`);
    }
    const began = Date.now();
    await editor.command('Easel: Open Dataset…');
    await editor.page.locator('.quick-input-list .monaco-list-row', { hasText: /large$/ }).first().click();
    panel = await editor.webview('easel-dataset');
    const first = Date.now() - began;
    // As text: a named function would be wrapped by the compiler in a helper that the page does not have.
    await panel.evaluate('window.gaps = []; (function beat(last) { requestAnimationFrame((now) => { window.gaps.push(now - last); beat(now); }); })(performance.now())');
    await counts('100,000 pictures, 100,000 captions, 0 without');
    await panel.locator('dataset-grid img').first().waitFor();
    const listed = Date.now() - began;
    await panel.getByRole('gridcell').first().focus();
    await editor.page.keyboard.press('End');
    await caption('large/3/9999.png').or(caption('3/9999.png')).waitFor();
    const scrolled = Date.now() - began - listed;
    const nodes = await panel.locator('dataset-grid .cell').count();
    const gap = await panel.evaluate(() => Math.max(...(window as unknown as { gaps: number[] }).gaps));
    await panel.locator('vscode-textfield input').fill('2/24999');
    await panel.locator('dataset-grid .cell').nth(1).waitFor({ state: 'detached' });
    assert.equal(await panel.getByRole('gridcell').count(), 1);
    console.log(`      panel after ${first} ms, all listed after ${listed} ms, from first to last picture in ${scrolled} ms, ${nodes} cells in the page, longest frame ${gap.toFixed(0)} ms`);
    assert.ok(nodes < 200, `${nodes} cells are in the page`);
    await editor.screenshot('dataset-large');
  });
});
