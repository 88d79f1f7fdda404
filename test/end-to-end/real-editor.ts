/**
 * A real VS Code (code-server) in a real browser (Chromium), with the built VSIX installed: what the end-to-end tests
 * drive. Everything lives in a temporary folder; whatever a test leaves running is ended by `close`.
 */
import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser, type Frame, type LaunchOptions, type Locator, type Page } from 'playwright-core';

export const CHROMIUM: LaunchOptions = {
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
};
const checkout = join(__dirname, '..', '..');
const editorDir = process.env.EASEL_EDITOR_DIR ?? join(checkout, '.cache', 'editor');
export const NODE_24 = join(editorDir, 'node24', 'bin', 'node');
const CODE_SERVER = join(editorDir, 'cs', 'node_modules', 'code-server', 'out', 'node', 'entry.js');
/** What a new user meets first. */
const EXAMPLES = join(checkout, 'examples');
export const RESULTS = join(checkout, 'test-results');

const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.colorTheme': 'Default Light Modern',
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'window.menuBarVisibility': 'hidden',
  'task.quickOpen.showAll': true,
};

export class RealEditor {
  /** What the browser's console said of ours that must not be said: CSP violations and uncaught errors. */
  readonly problems: string[] = [];

  private constructor(
    readonly folder: string,
    readonly workspace: string,
    readonly page: Page,
    private readonly server: ChildProcess,
    private readonly browser: Browser,
    private readonly base: string,
  ) {}

  /** Installs the VSIX and starts the server on a copy of the examples. */
  static async open({ trusted }: { trusted: boolean }): Promise<RealEditor> {
    const vsix = process.env.EASEL_VSIX;
    assert.ok(vsix, 'EASEL_VSIX names the VSIX under test (test/end-to-end/run.sh sets it)');
    const folder = mkdtempSync(join(tmpdir(), 'easel-e2e-'));
    const workspace = join(folder, 'pictures');
    copyExamples(workspace);
    mkdirSync(join(folder, 'user', 'User'), { recursive: true });
    writeFileSync(join(folder, 'user', 'User', 'settings.json'), JSON.stringify(SETTINGS));
    const common = ['--extensions-dir', join(folder, 'extensions'), '--user-data-dir', join(folder, 'user')];
    await promisify(execFile)(NODE_24, [CODE_SERVER, ...common, '--install-extension', vsix], { env: environment(folder) });
    const port = await freePort();
    const server = spawn(
      NODE_24,
      [CODE_SERVER, ...common, '--auth', 'none', ...(trusted ? ['--disable-workspace-trust'] : []), '--disable-telemetry', '--disable-update-check', '--bind-addr', `127.0.0.1:${port}`, workspace],
      { stdio: ['ignore', 'pipe', 'pipe'], env: environment(folder) },
    );
    await listening(server);
    const browser = await chromium.launch(CHROMIUM);
    const context = await browser.newContext({ viewport: { width: 1400, height: 860 }, permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    const editor = new RealEditor(folder, workspace, page, server, browser, `http://127.0.0.1:${port}`);
    page.on('console', (message) => {
      if (/Content Security Policy|Content-Security-Policy/i.test(message.text())) editor.problems.push(message.text());
    });
    return editor;
  }

  /** Opens a file of the workspace in a fresh window. */
  async openFile(name: string): Promise<void> {
    const payload = JSON.stringify([['openFile', `vscode-remote://${new URL(this.base).host}${join(this.workspace, name)}`]]);
    await this.page.goto(`${this.base}/?folder=${encodeURIComponent(this.workspace)}&payload=${encodeURIComponent(payload)}`);
    await this.page.locator('.monaco-editor .view-line').first().waitFor({ timeout: 60_000 });
  }

  /** A lens with this text, above whichever block. */
  lens(text: string | RegExp) {
    return this.page.locator('.codelens-decoration a', { hasText: text }).first();
  }

  /** Presses a lens with this text: the one above the heading of `block`, or the first on the screen. */
  async press(text: string | RegExp, { block, whileDrawing = false }: { block?: string; whileDrawing?: boolean } = {}): Promise<void> {
    for (const end = Date.now() + 20_000; ; ) {
      await this.lens(text).waitFor();
      if (!whileDrawing) await this.lensesStandStill(); // while a picture is drawn they count its steps
      // A place is pressed, not an element: lenses are taken away and drawn anew while states come in.
      const lenses = await centresOf(this.page.locator('.codelens-decoration a', { hasText: text }));
      const headings = block === undefined ? [] : await centresOf(this.page.locator('.monaco-editor .view-line', { hasText: new RegExp(`^#\\s${block}\\s*$`) }));
      const centre = block === undefined ? lenses[0] : lenses.findLast(({ y }) => headings.some((heading) => y < heading.y));
      if (centre) return this.page.mouse.click(centre.x, centre.y);
      assert.ok(Date.now() < end, `no lens with ${String(text)}${block === undefined ? '' : ` above ${block}`} is on the screen`);
    }
  }

  /** VS Code loses a press that falls into a redrawing of the lenses; a person waits for them without noticing. */
  private async lensesStandStill(): Promise<void> {
    const look = () => this.page.locator('.codelens-decoration').evaluateAll((all) => all.map((one) => `${one.textContent} ${one.getBoundingClientRect().y}`).join());
    let last = await look();
    for (const end = Date.now() + 5_000; Date.now() < end; ) {
      await this.page.waitForTimeout(400);
      const now = await look();
      if (now === last && now !== '') return;
      last = now;
    }
  }

  /** The panel may have the focus, and most keys mean nothing to its page. */
  private async focusEditor(): Promise<void> {
    await this.page.keyboard.press('Control+1');
    await this.page.locator('.monaco-editor.focused').waitFor();
  }

  /** Puts the cursor at the end of a line of the editor, counted from 1. */
  async goTo(line: number): Promise<void> {
    await this.focusEditor();
    await this.page.keyboard.press('Control+G');
    const input = this.page.locator('.quick-input-widget input.input');
    await input.waitFor();
    await input.fill(`:${line}`);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    // Once for the wrapped part of the line, once for all of it; the same holds for Home.
    for (const key of ['End', 'End']) await this.page.keyboard.press(key);
  }

  /** Puts this text in place of a line, by typing. */
  async typeLine(line: number, text: string): Promise<void> {
    await this.goTo(line);
    for (const key of ['Shift+Home', 'Shift+Home']) await this.page.keyboard.press(key);
    await this.page.keyboard.insertText(text);
    await this.page.keyboard.press('Escape');
  }

  /** Saves the active file and comes back with a new window, as after a restart. */
  async saveAndReload(): Promise<void> {
    await this.focusEditor();
    await this.page.keyboard.press('Control+S');
    await this.page.locator('.tab.dirty').waitFor({ state: 'detached' });
    await this.reload();
  }

  /** A new window on the same folder, as after a restart. */
  async reload(): Promise<void> {
    // Without the payload that opened a file: with it, VS Code restores nothing.
    await this.page.goto(`${this.base}/?folder=${encodeURIComponent(this.workspace)}`);
  }

  /** Opens a file of the workspace in a tab of this window, found as one types. */
  async openTab(name: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input.input');
    for (let attempt = 1; ; attempt++) {
      await this.page.keyboard.press('Control+P');
      await input.waitFor();
      await input.fill(name);
      try {
        await this.page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first().click({ timeout: 15_000 });
        break;
      } catch (error) {
        // On a loaded machine VS Code's own file search sometimes answers with nothing at all; a person would ask again.
        if (attempt === 3) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
    await this.page.locator('.monaco-editor .view-line').first().waitFor();
  }

  /** Runs a command by its title, as a person would. */
  async command(title: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.palette(title);
      try {
        return await this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().click({ timeout: 5_000 });
      } catch (error) {
        if (attempt === 3) throw error; // else a page that took the focus late has closed the palette
      }
    }
  }

  /** Presses Generate, of `block` or of the first that shows it, and waits for the panel. A press that is lost all the same is made again. */
  async generate(block?: string): Promise<Frame> {
    await this.press(/Generate$/, { block });
    return this.panel(20_000).catch(async () => {
      console.log('      the press was lost in a redrawing of the lenses; pressed again');
      await this.press(/Generate$/, { block });
      return this.panel();
    });
  }

  /** Opens the palette with `text` typed; the rows it offers. */
  async palette(text: string): Promise<string[]> {
    const input = this.page.locator('.quick-input-widget input.input');
    for (let attempt = 1; ; attempt++) {
      await this.page.keyboard.press('F1');
      try {
        await input.fill(`>${text}`, { timeout: 5_000 });
        break;
      } catch (error) {
        if (attempt === 3) throw error; // else what was seen was the last palette, closing
      }
    }
    await this.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
    return this.page.locator('.quick-input-list .monaco-list-row').allInnerTexts();
  }

  /** The picture panel's own frame, once its page has rendered. */
  async panel(patience = 60_000): Promise<Frame> {
    return this.webview('easel-panel', patience);
  }

  /** The frame of the webview that holds this element, once that has rendered its heading. */
  async webview(element: string, patience = 60_000): Promise<Frame> {
    for (const end = Date.now() + patience; Date.now() < end; ) {
      for (const frame of this.page.frames()) {
        if (!frame.url().includes('fake.html')) continue;
        if (await frame.locator(`${element} h1`).count().catch(() => 0)) return frame;
      }
      await this.page.waitForTimeout(100);
    }
    throw new Error(`no webview showed ${element} within ${patience / 1000} s`);
  }

  /** Ids of running engine children of this server. */
  engines(): number[] {
    return this.processes(/engine-child/);
  }

  /** Ids of this server's descendants whose command line matches. */
  processes(command: RegExp): number[] {
    const mine = new Set([this.server.pid ?? -1]);
    const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b);
    const found: number[] = [];
    for (let grown = true; grown; ) {
      grown = false;
      for (const pid of processes) {
        const parent = Number(read(`/proc/${pid}/stat`).match(/\) \S (\d+)/)?.[1]);
        if (mine.has(pid) || !mine.has(parent)) continue;
        mine.add(pid);
        grown = true;
        if (command.test(read(`/proc/${pid}/cmdline`))) found.push(pid);
      }
    }
    return found;
  }

  /** Changes a setting of the workspace; the window sees it by itself. */
  setting(name: string, value: unknown): void {
    const path = join(this.workspace, '.vscode', 'settings.json');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(read(path) || '{}') as object), [name]: value }));
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(RESULTS, { recursive: true });
    // On a busy machine the browser now and then never answers the first time, and takes the next picture at once.
    const take = () => this.page.screenshot({ path: join(RESULTS, `${name}.png`), timeout: 15_000 });
    await take().catch(take);
  }

  /** The extension's log and the extension host's, for the report of a failure. */
  logs(): string {
    return read(...findFiles(join(this.folder, 'user', 'logs'), /Easel\.log$/));
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.kill('SIGTERM');
    if (this.server.exitCode === null) await once(this.server, 'exit');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The examples as they are shipped: whoever works in the checkout may have drawn them. */
export function copyExamples(to: string): void {
  cpSync(EXAMPLES, to, { recursive: true, filter: (path) => path.includes('icons-dataset') || !/\.png$|[\\/]\.easel$/.test(path) });
}

/** The environment of a user who has nothing of ours: own home, own cache. */
function environment(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), XDG_CACHE_HOME: join(folder, 'cache'), XDG_DATA_HOME: join(folder, 'data'), LANG: 'C.UTF-8', TMPDIR: process.env.TMPDIR };
}

async function listening(server: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('HTTP server listening')) resolve();
    };
    server.stdout?.on('data', hear);
    server.stderr?.on('data', hear);
    server.once('exit', (code) => reject(new Error(`code-server ended with ${code}: ${said}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(address && typeof address === 'object');
  return address.port;
}

function read(...paths: string[]): string {
  return paths.map((path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return ''; // a process or log that has gone
    }
  }).join('\n');
}

function findFiles(folder: string, name: RegExp): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => name.test(path)).map((path) => join(folder, path));
  } catch {
    return [];
  }
}

/** Centres of the elements that have a size, from the top. */
async function centresOf(elements: Locator): Promise<{ x: number; y: number }[]> {
  const centres = await elements.evaluateAll((all) =>
    all.map((one) => one.getBoundingClientRect()).filter(({ width }) => width > 0).map(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 })),
  );
  return centres.sort((one, other) => one.y - other.y);
}
