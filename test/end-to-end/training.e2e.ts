/**
 * Training in the real editor: a short run from the command palette, its chart and samples, pause, a new window, resume,
 * the engine killed in the middle, and the result in a prompt. The tests are one session and build on each other.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { SoftTokenOptions, TrainEvent } from '../../src/prompt';
import { RealEditor } from './real-editor';
import { endsCleanly, isAccessibleInEveryTheme } from './session';

const NAME = 'icons-dataset';

describe('training in the real editor', () => {
  let editor: RealEditor;
  let panel: Frame;
  const runFolder = (name: string) => join(editor.workspace, '.easel', 'runs', name);
  const events = (name = NAME): TrainEvent[] =>
    (existsSync(join(runFolder(name), 'events.jsonl')) ? readFileSync(join(runFolder(name), 'events.jsonl'), 'utf8') : '').split('\n').filter((line) => line.endsWith('}')).map((line) => TrainEvent.parse(JSON.parse(line)));
  const lastStep = () => events().findLast(({ event }) => event === 'step')?.step ?? 0;

  before(async function () {
    this.timeout(120_000);
    editor = await RealEditor.open({ trusted: true });
    writeLog();
    writeTask();
    await editor.openFile('icons.t2i');
    // The palette knows our commands when the extension is there.
    await editor.lens('missing').waitFor({ timeout: 60_000 });
  });
  endsCleanly(() => editor);
  let broken: string | undefined;
  beforeEach(() => assert.equal(broken, undefined, 'this session went wrong before'));
  afterEach(function () {
    if (this.currentTest?.state === 'failed') broken ??= this.currentTest.title;
  });

  const phase = (name: string, patience = 60_000) => panel.locator(`.phase.${name}`).waitFor({ timeout: patience });
  const button = (name: string) => panel.getByRole('button', { name, exact: true });

  /** A small run that a task makes; VS Code reads tasks with the window. */
  function writeTask(): void {
    mkdirSync(join(editor.workspace, 'tiny'));
    writeFileSync(join(editor.workspace, 'tiny', 'train.yaml'), 'method: soft-tokens\nname: tiny\ndataset: ../icons-dataset\nsteps: 3\nbatchSize: 2\nsampleEvery: 0\n');
    mkdirSync(join(editor.workspace, '.vscode'), { recursive: true });
    writeFileSync(join(editor.workspace, '.vscode', 'tasks.json'), JSON.stringify({ version: '2.0.0', tasks: [{ type: 'easel-train', config: 'tiny/train.yaml', label: 'train the tiny one' }] }));
  }

  /** A run that another session made and did not finish, as its folder tells it. */
  function writeLog(): void {
    const run = runFolder('earlier');
    mkdirSync(join(run, 'samples'), { recursive: true });
    const dataset = join(editor.workspace, 'icons-dataset');
    writeFileSync(join(run, 'request.json'), JSON.stringify({ version: 1, method: 'soft-tokens', name: 'earlier', model: { id: 'icon-64', path: '/models/icon-64' }, dataset, run, output: join(editor.workspace, 'adapters', 'earlier.safetensors'), root: editor.workspace, options: SoftTokenOptions.parse({}) }));
    const time = Date.now() - 3_600_000;
    const lines: TrainEvent[] = [{ event: 'started', time, step: 0, run, name: 'earlier', steps: 500, dataset: { pictures: 24, captions: 23, without: 1, training: 21, validation: 2, fingerprint: 'f' }, trainables: 12_288, modelParameters: 9_000_000, blocks: ['transformer_blocks.0'], threads: 2, runtime: 'cpu', revision: null, notes: [] }];
    for (let step = 1; step <= 300; step++) {
      const noise = Math.sin(step * 12.9898) * 0.2;
      lines.push({ event: 'step', time: time + step * 1000, step, steps: 500, loss: 1.4 * Math.exp(-step / 200) + noise * 0.3, learningRate: 1e-3 * (0.5 + 0.5 * Math.cos(step / 160)), gradientNorm: 0.4 + noise, matchedRank: 1 + 1.5 * Math.exp(-step / 120) + noise * 0.5, tokenCosine: 0.1 + step / 2000, secondsPerStep: 1, etaSeconds: 500 - step });
      if (step % 100 !== 0) continue;
      lines.push({ event: 'validation', time: time + step * 1000, step, loss: 0.5, accuracy: 0.5 + step / 1000, matchedRank: 1.5, pictures: 2 });
      for (const [k, prompt] of ['filled red circle icon on a white circle, blue background', 'a white star icon'].entries()) {
        const [withTokens, withoutTokens] = [join(run, 'samples', `${step}-${k}-with.png`), join(run, 'samples', `0-${k}-without.png`)];
        cpSync(join(dataset, 'shapes', `${k === 0 ? 'circle' : 'star'}-${1 + (step / 100) % 4}.png`), withTokens);
        cpSync(join(dataset, 'shapes', `${k === 0 ? 'circle' : 'star'}-1.png`), withoutTokens);
        lines.push({ event: 'sample', time: time + step * 1000, step, prompt, seed: '1', withTokens, withoutTokens });
      }
    }
    writeFileSync(join(run, 'events.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  it('shows a run from its folder, with charts and pictures, and starts no engine', async () => {
    await editor.command('Easel: Open Training Run…');
    panel = await editor.webview('easel-run');
    await phase('interrupted');
    await panel.getByRole('img', { name: /^Loss: Loss [\d.]+/ }).waitFor();
    assert.equal(await panel.locator('run-chart canvas').count(), 6);
    const pictures = panel.locator('run-samples img');
    assert.equal(await pictures.count(), 4, 'two prompts, each with and without');
    const newest = await pictures.nth(1).getAttribute('src');
    await panel.getByRole('slider').focus();
    await editor.page.keyboard.press('Home');
    await panel.locator('.time', { hasText: 'step 100' }).waitFor();
    assert.notEqual(await pictures.nth(1).getAttribute('src'), newest);
    await editor.screenshot('run-earlier');
    assert.deepEqual(editor.engines(), []);
  });

  isAccessibleInEveryTheme('run', () => ({ editor, panel }));

  it('starts a run from the command palette: dataset, model, name', async function () {
    this.timeout(240_000);
    await editor.command('View: Close All Editors');
    await editor.command('Easel: Train Soft Tokens…');
    const rows = editor.page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ hasText: /icons-dataset$/ }).first().click();
    await rows.filter({ hasText: 'icon-64' }).first().waitFor();
    await editor.page.locator('.quick-input-widget', { hasText: '24 pictures, 23 captions, 1 without' }).or(editor.page.locator('.quick-input-widget input[placeholder*="24 pictures, 23 captions, 1 without"]')).first().waitFor();
    await editor.screenshot('train-model');
    await rows.filter({ hasText: 'icon-64' }).first().click();
    await editor.page.locator('.quick-input-widget', { hasText: '<icons-dataset>' }).waitFor();
    await editor.screenshot('train-name');
    await editor.page.keyboard.press('Enter');
    panel = await editor.webview('easel-run');
    await phase('training', 90_000);
    assert.match(readFileSync(join(runFolder(NAME), 'train.yaml'), 'utf8'), /^dataset: "\.\.\/\.\.\/\.\.\/icons-dataset"$/m);
  });

  it('moves its chart and the status bar as it goes', async function () {
    this.timeout(240_000);
    const said = () => panel.locator('run-chart').first().locator('.plot').getAttribute('aria-label');
    await panel.getByRole('img', { name: /^Loss: Loss [\d.]+/ }).waitFor({ timeout: 90_000 });
    const first = await said();
    await waitUntil(async () => (await said()) !== first, 'the loss moves');
    await editor.page.locator('.statusbar-item', { hasText: /icons-dataset: step \d+ of 500/ }).waitFor({ timeout: 90_000 });
    await editor.screenshot('run-training');
  });

  it('stops, and goes on as its train.yaml says now', async function () {
    this.timeout(240_000);
    await button('Stop').click();
    await phase('stopped', 90_000);
    const stopped = lastStep();
    const config = join(runFolder(NAME), 'train.yaml');
    writeFileSync(config, readFileSync(config, 'utf8').replace(/^checkpointEvery: \d+/m, 'checkpointEvery: 4').replace(/^sampleEvery: \d+/m, 'sampleEvery: 20'));
    await button('Resume').click();
    await phase('training', 90_000);
    assert.equal(events().findLast(({ event }) => event === 'resumed')?.step, stopped, 'stopping wrote a checkpoint');
  });

  it('pauses and gives the device away: a picture is drawn meanwhile', async function () {
    this.timeout(240_000);
    await waitUntil(() => lastStep() > (events().findLast(({ event }) => event === 'resumed')?.step ?? 0) + 4, 'it goes on');
    await button('Pause').click();
    await phase('paused');
    const step = lastStep();
    await editor.openTab('icons.t2i');
    await editor.generate();
    await editor.lens('fresh').waitFor({ timeout: 90_000 });
    assert.equal(lastStep(), step, 'the paused run makes no step');
    await editor.screenshot('run-paused');
  });

  it('comes back with a new window, and goes on from its last checkpoint', async function () {
    this.timeout(240_000);
    const before = lastStep();
    const checkpoint = events().findLast(({ event }) => event === 'checkpoint')?.step ?? 0;
    const tab = editor.page.locator('.tab', { hasText: 'Run: icons-dataset' });
    await tab.click();
    await editor.webview('easel-run');
    await editor.reload();
    // Which tab was in front may not have been written down in time.
    await tab.click();
    panel = await editor.webview('easel-run');
    await phase('interrupted');
    await panel.getByRole('img', { name: /^Loss: Loss [\d.]+/ }).waitFor();
    await editor.screenshot('run-interrupted');
    await button('Resume').click();
    await phase('training', 90_000);
    const resumed = events().findLast(({ event }) => event === 'resumed');
    assert.ok(resumed && resumed.step >= checkpoint && resumed.step <= before, `resumed at ${resumed?.step}, after checkpoint ${checkpoint} and step ${before}`);
  });

  it('loses nothing beyond the last checkpoint when the engine is killed', async function () {
    this.timeout(240_000);
    await waitUntil(() => lastStep() > (events().findLast(({ event }) => event === 'resumed')?.step ?? 0) + 3, 'it goes on');
    const checkpoint = events().findLast(({ event }) => event === 'checkpoint')?.step ?? 0;
    const engine = editor.engines().at(-1); // the newest: the last window's may still be leaving
    assert.ok(engine !== undefined);
    process.kill(engine, 'SIGKILL');
    await phase('failed');
    await panel.getByRole('alert').waitFor();
    await editor.screenshot('run-killed');
    await button('Resume').click();
    await phase('training', 90_000);
    const resumed = events().findLast(({ event }) => event === 'resumed');
    assert.ok(resumed && resumed.step >= checkpoint, `resumed at ${resumed?.step}, the last checkpoint was ${checkpoint}`);
  });

  it('lets a second run, made by a task, wait until the first is over', async function () {
    this.timeout(240_000);
    await editor.command('Tasks: Run Task');
    await editor.page.locator('.quick-input-list .monaco-list-row', { hasText: 'train the tiny one' }).first().click();
    const step = lastStep();
    await waitUntil(() => lastStep() > step + 2, 'the first goes on');
    assert.ok(!events('tiny').some(({ event }) => event === 'step'), 'the second waits');
    await editor.screenshot('run-queue');
  });

  it('stops with what was good last', async function () {
    this.timeout(240_000);
    await button('Stop').click();
    await phase('stopped', 90_000);
    assert.ok(existsSync(join(editor.workspace, 'adapters', `${NAME}.safetensors`)));
    await waitUntil(() => existsSync(join(editor.workspace, 'adapters', 'tiny.safetensors')), 'now the second run is made');
    await editor.screenshot('run-stopped');
  });

  it('a prompt can say the name of what was trained', async function () {
    this.timeout(240_000);
    const picture = () => readdirSync(editor.workspace, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.png') && !path.includes('.easel') && !path.startsWith('icons-dataset')).map((path) => readFileSync(join(editor.workspace, path)).toString('base64')).join();
    const before = picture();
    await editor.openTab('icons.t2i');
    const text = readFileSync(join(editor.workspace, 'icons.t2i'), 'utf8').split('\n');
    const heading = text.indexOf('# heart');
    await editor.typeLine(heading + 2, `${text[heading + 1] ?? ''} <icons`);
    await editor.page.keyboard.press('Control+Space');
    const offered = editor.page.locator('.suggest-widget .monaco-list-row', { hasText: `<${NAME}>` });
    await offered.waitFor();
    await editor.screenshot('token-completion');
    await offered.click();
    await editor.lens('stale').waitFor();
    await editor.goTo(heading + 2);
    await editor.command('Easel: Generate Picture');
    await waitUntil(() => picture() !== before, 'the tokens change the picture');
    await editor.page.locator('.monaco-editor .view-line', { hasText: `<${NAME}>` }).first().getByText(NAME).first().hover();
    await editor.page.locator('.monaco-hover', { hasText: 'soft tokens' }).waitFor();
    await editor.screenshot('token-hover');
  });

  it('marks a name that nothing was trained as', async () => {
    const text = readFileSync(join(editor.workspace, 'icons.t2i'), 'utf8').split('\n');
    const heading = text.indexOf('# heart');
    await editor.typeLine(heading + 2, `${text[heading + 1] ?? ''} <no-such-tokens>`);
    await editor.page.locator('.squiggly-error, .squiggly-warning').first().waitFor();
  });

  it('completes and checks train.yaml, and offers to go on', async () => {
    // From the run's own panel: VS Code's file search does not look into .easel.
    await editor.page.locator('.tab', { hasText: `Run: ${NAME}` }).click();
    panel = await editor.webview('easel-run');
    await button('Open train.yaml').click();
    await editor.page.locator('.tab.active', { hasText: 'train.yaml' }).waitFor();
    await editor.page.locator('.monaco-editor .view-line', { hasText: 'dataset' }).first().waitFor();
    await editor.lens('Resume').waitFor();
    await editor.lens('Open Run').waitFor();
    await editor.goTo(readFileSync(join(runFolder(NAME), 'train.yaml'), 'utf8').split('\n').length);
    await editor.page.keyboard.type('los');
    await editor.page.keyboard.press('Control+Space');
    await editor.page.locator('.suggest-widget .monaco-list-row', { hasText: 'loss' }).first().waitFor();
    await editor.page.keyboard.press('Escape');
    await editor.page.keyboard.type('s: nonsense');
    await editor.page.locator('.squiggly-error').first().waitFor();
    await editor.screenshot('train-yaml');
  });
});

async function waitUntil(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`within 120 s: ${what}`);
}
