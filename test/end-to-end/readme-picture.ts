/**
 * Takes the README's picture: the example in the real editor, drawn with the shipped model.
 * usage: EASEL_VSIX=out/easel-linux-x64-….vsix npx tsx test/end-to-end/readme-picture.ts
 */
import { join } from 'node:path';
import { RealEditor } from './real-editor';

async function main(): Promise<void> {
  const editor = await RealEditor.open({ trusted: true });
  const { page } = editor;
  try {
    editor.setting('editor.wordWrap', 'on');
    await page.setViewportSize({ width: 1200, height: 720 });
    await editor.openFile('icons.t2i');
    await editor.lens('missing').waitFor();
    await editor.command('View: Close Primary Side Bar');
    await editor.goTo(1);
    await editor.command('Easel: Generate All Pictures of File');
    await editor.lens('Cancel').waitFor();
    await page.locator('.notification-toast').waitFor({ state: 'detached', timeout: 300_000 });
    await editor.command('Easel: Open Picture Panel to the Side');
    const panel = await editor.panel();
    await editor.goTo(18);
    await panel.locator('img.picture').waitFor();
    await page.mouse.move(900, 600);
    await page.waitForTimeout(3000); // the lens and the gutter take their time to settle; nothing tells when
    await page.screenshot({ path: join(__dirname, '..', '..', 'media', 'readme-editor.png') });
  } catch (error) {
    await editor.screenshot('readme-picture-failed');
    throw error;
  } finally {
    await editor.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
