import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const text = readFileSync(join(root, 'package.json'), 'utf8');
const words = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8')) as Record<string, string>;

interface Setting { default: unknown; scope: string; markdownDescription: string; enum?: string[]; markdownEnumDescriptions?: string[] }
interface Manifest {
  activationEvents: string[];
  extensionKind: string[];
  icon: string;
  engines: { vscode: string };
  devDependencies: Record<string, string>;
  capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] }; virtualWorkspaces: { supported: string } };
  contributes: {
    commands: { command: string; title: string; category: string; enablement?: string }[];
    menus: Record<string, { command: string; when?: string }[]>;
    keybindings: { when?: string }[];
    configuration: { properties: Record<string, Setting> };
    languages: { configuration?: string; icon?: Record<string, string> }[];
    grammars: { path: string }[];
    walkthroughs: { steps: { id: string; description: string; media: { markdown: string }; completionEvents: string[] }[] }[];
  };
}
const manifest = JSON.parse(text) as Manifest;
const { contributes, capabilities } = manifest;
const word = (key: string) => words[key.replace(/^%|%$/g, '')] ?? '';

describe('the extension\'s manifest', () => {
  it('activates for prompt files, what may hold prompts or captions, and panels to restore, never at start-up', () => {
    assert.deepEqual(manifest.activationEvents, ['workspaceContains:**/*.t2i', 'onLanguage:markdown', 'onLanguage:plaintext', 'onLanguage:jsonl', 'onLanguage:yaml', 'onWebviewPanel:easel.panel', 'onWebviewPanel:easel.dataset', 'onWebviewPanel:easel.run']);
  });

  it('runs where the files and the graphics card are', () => assert.deepEqual(manifest.extensionKind, ['workspace']));

  it('asks for the VS Code whose types it is checked against', () => {
    const types = (JSON.parse(readFileSync(join(root, 'node_modules/@types/vscode/package.json'), 'utf8')) as { version: string }).version;
    assert.equal(manifest.engines.vscode, `^${types}`);
  });

  it('says what it does without trust, and restricts settings that exist', () => {
    assert.equal(capabilities.untrustedWorkspaces.supported, 'limited');
    assert.equal(capabilities.virtualWorkspaces.supported, 'limited');
    const { restrictedConfigurations } = capabilities.untrustedWorkspaces;
    assert.deepEqual(restrictedConfigurations.filter((name) => !(name in contributes.configuration.properties)), []);
    assert.deepEqual(Object.keys(contributes.configuration.properties).filter((name) => name.startsWith('easel.engine.')), restrictedConfigurations);
    const drawing = contributes.commands.filter(({ command }) => /generate|restart|train|edit|evaluate|probe/i.test(command));
    assert.ok(drawing.length >= 5);
    for (const { command, enablement } of drawing) assert.equal(enablement, 'isWorkspaceTrusted', command);
  });

  it('has a word for every %key%, and no word without one', () => {
    const used = new Set([...text.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key));
    assert.deepEqual([...used].filter((key) => !words[key ?? '']), []);
    assert.deepEqual(Object.keys(words).filter((key) => !used.has(key)), []);
  });

  it('titles commands verb first, in one category, without emoji or stray dots', () => {
    for (const { command, title, category } of contributes.commands) {
      assert.equal(category, 'Easel');
      assert.match(word(title), /^(Generate|Cancel|Open|Explain|Copy|Edit|Evaluate|Paste|Pause|Probe|Restart|Resume|Show|Start|Stop|Train) [\w ]+…?$/, command);
    }
  });

  it('offers commands that need a prompt only where there is one', () => {
    const palette = new Map(contributes.menus.commandPalette?.map(({ command, when }) => [command, when]));
    for (const { command } of contributes.commands) {
      if (['easel.editPicture', 'easel.evaluateModel', 'easel.openDataset', 'easel.trainSoftTokens', 'easel.resumeTraining', 'easel.openRun', 'easel.probeProviders', 'easel.restartEngine', 'easel.showLog'].includes(command)) continue;
      assert.ok(palette.get(command), `${command} has a when in the palette`);
    }
    for (const { command } of Object.values(contributes.menus).flat()) assert.ok(contributes.commands.some((one) => one.command === command), command);
    for (const { when } of contributes.keybindings) assert.ok(when);
    // In a remote window every file has another scheme.
    for (const { when } of Object.values(contributes.menus).flat()) assert.doesNotMatch(when ?? '', /resourceScheme == file/);
  });

  it('walks a newcomer through commands that exist, each step done by its own', () => {
    const known = new Set(contributes.commands.map(({ command }) => command));
    const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
    assert.ok(steps.length > 0);
    for (const { id, description, media, completionEvents } of steps) {
      const commands = [...word(description).matchAll(/\(command:(easel\.\w+)\)/g)].map(([, command]) => command!);
      assert.ok(commands.length > 0 && commands.every((command) => known.has(command)), id);
      assert.ok(completionEvents.every((event) => commands.includes(event.replace('onCommand:', ''))), id);
      assert.ok(existsSync(join(root, media.markdown)), media.markdown);
    }
  });

  it('describes every setting in one line with default and scope, and none holds a secret', () => {
    for (const [name, { default: value, scope, markdownDescription, enum: values, markdownEnumDescriptions }] of Object.entries(contributes.configuration.properties)) {
      assert.notEqual(value, undefined, name);
      assert.equal(scope, name.startsWith('easel.engine.') ? 'machine-overridable' : 'window', name);
      assert.match(word(markdownDescription), /^[^\n]+\.$/, name);
      assert.equal(markdownEnumDescriptions?.length, values?.length, name);
      assert.doesNotMatch(name, /token|key|secret|password/i);
    }
  });

  it('names files that exist', () => {
    const paths = [manifest.icon, ...contributes.grammars.map(({ path }) => path), ...contributes.languages.flatMap(({ configuration, icon }) => [configuration ?? [], Object.values(icon ?? {})].flat())];
    assert.deepEqual(paths.filter((path) => !existsSync(join(root, path))), []);
  });
});

describe('the sources of editor and pages', () => {
  const sources = (folder: string) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts')).map((path) => join(folder, path));

  it('turn a URI into a path in one place', () => {
    const elsewhere = sources('src/editor').filter((path) => !path.endsWith('disk-path.ts') && /\.fsPath\b/.test(readFileSync(join(root, path), 'utf8')));
    assert.deepEqual(elsewhere, []);
  });

  it('use theme colours only', () => {
    const coloured = sources('webview-ui').filter((path) => /#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(/i.test(readFileSync(join(root, path), 'utf8').replace(/\bhref=.*/g, '')));
    assert.deepEqual(coloured, []);
  });

  it('set no style attribute, which the page\'s policy would refuse', () => {
    assert.deepEqual(sources('webview-ui').filter((path) => /\sstyle=|styleMap/.test(readFileSync(join(root, path), 'utf8'))), []);
  });
});
