/** A webview page by itself, in Chromium, under the editor's content policy: what it sends is kept, what it is told is posted. */
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';

const root = join(__dirname, '..', '..');

/** A page's script, bundled as `scripts/build.mjs` does it. */
export async function bundlePage(entry: string): Promise<string> {
  const built = await build({ entryPoints: [join(root, entry)], bundle: true, write: false, format: 'iife', loader: { '.css': 'text' }, tsconfig: join(root, 'tsconfig.json'), logLevel: 'silent' });
  return built.outputFiles[0]?.text ?? '';
}

export class WebviewPage<ToPage, ToHost> {
  /** What its console said of errors, refusals by the content policy among them. */
  readonly problems: string[] = [];

  private constructor(readonly page: Page) {}

  static async open<ToPage, ToHost>(browser: Browser, script: string, viewport = { width: 500, height: 800 }): Promise<WebviewPage<ToPage, ToHost>> {
    const page = await browser.newPage({ viewport });
    const opened = new WebviewPage<ToPage, ToHost>(page);
    page.on('console', (message) => message.type() === 'error' && opened.problems.push(message.text()));
    page.on('pageerror', (error) => opened.problems.push(String(error)));
    await page.route('http://panel/*', (route) => {
      const path = new URL(route.request().url()).pathname;
      if (path === '/panel.js') return route.fulfill({ contentType: 'text/javascript', body: script });
      return route.fulfill({
        contentType: 'text/html',
        headers: { 'content-security-policy': "default-src 'none'; img-src blob: data:; script-src 'nonce-n'; style-src 'nonce-n'" },
        body: '<!DOCTYPE html><html lang="en"><title>panel</title><link rel="icon" href="data:,"><body><script nonce="n">window.sent=[];window.kept=null;window.acquireVsCodeApi=()=>({postMessage:m=>sent.push(m),setState:s=>{kept=s}})</script><script nonce="n" src="/panel.js"></script></body></html>',
      });
    });
    await page.goto('http://panel/');
    return opened;
  }

  post(message: ToPage | unknown): Promise<void> {
    return this.page.evaluate((value) => window.postMessage(value, '*'), message);
  }

  sent(): Promise<ToHost[]> {
    return this.page.evaluate(() => (window as unknown as { sent: ToHost[] }).sent);
  }

  /** What the page keeps for VS Code to restore it. */
  kept(): Promise<unknown> {
    return this.page.evaluate(() => (window as unknown as { kept: unknown }).kept);
  }
}
