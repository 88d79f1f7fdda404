import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const root = join(__dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { contributes: { commands: { command: string }[] } };

/** Activates the bundle with a stub of `vscode` in a fresh process, as the extension host would, and tells what happened. */
const ACTIVATE = `
  const before = process.cpuUsage();
  const { activate } = require('./extension.cjs');
  const context = { subscriptions: [], workspaceState: { get() {}, update: async () => undefined }, extensionUri: { fsPath: process.cwd(), scheme: 'file' }, extension: { packageJSON: require(process.cwd() + '/package.json') } };
  activate(context);
  const { user, system } = process.cpuUsage(before);
  const { calls } = require('vscode');
  const { commands } = require('./editor.cjs').start(context);
  const live = calls.live;
  context.subscriptions.forEach((part) => part.dispose());
  const handles = process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY|FSReqCallback/.test(name));
  console.log(JSON.stringify({ milliseconds: (user + system) / 1000, commands: calls.commands, answered: [...commands.keys()], live, left: calls.live, handles }));
`;

interface Report {
  /** Processor time of loading and activating: what the code costs, however busy the machine is. */
  milliseconds: number;
  commands: string[];
  answered: string[];
  live: number;
  left: number;
  handles: string[];
}

describe('the extension', () => {
  let folder: string;
  let inputs: string[];
  let report: Report;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'easel-activation-'));
    const { build } = (await import(pathToFileURL(join(root, 'scripts', 'build.mjs')).href)) as { build(names: string[]): Promise<{ inputs: string[] }[]> };
    inputs = (await build(['extension'])).flatMap((bundle) => bundle.inputs);
    for (const bundle of ['extension.cjs', 'editor.cjs']) copyFileSync(join(root, 'dist', bundle), join(folder, bundle));
    mkdirSync(join(folder, 'node_modules', 'vscode'), { recursive: true });
    copyFileSync(join(root, 'src/editor/test-support/vscode-stub.cjs'), join(folder, 'node_modules', 'vscode', 'index.js'));
    const run = async (): Promise<Report> => {
      const script = `const require = (await import('node:module')).createRequire(${JSON.stringify(join(folder, 'x.cjs'))}); ${ACTIVATE}`;
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
      return JSON.parse(stdout) as Report;
    };
    const reports: Report[] = [];
    for (let round = 0; round < 5; round++) reports.push(await run());
    report = reports.reduce((best, one) => (one.milliseconds < best.milliseconds ? one : best));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('loads and activates in under 50 ms', () => {
    assert.ok(report.milliseconds < 50, `it took ${report.milliseconds.toFixed(1)} ms`);
  });

  it('has no runtime and no pixel library in its bundle', () => {
    assert.ok(inputs.includes('src/editor/generate-lens.ts'));
    assert.deepEqual(inputs.filter((path) => /onnxruntime|node_modules\/sharp|src\/(runtime|diffusion|training|onnx)\//.test(path)), []);
  });

  it('registers and answers exactly the commands of the manifest', () => {
    const contributed = manifest.contributes.commands.map(({ command }) => command).toSorted();
    assert.deepEqual(report.commands.toSorted(), contributed);
    assert.deepEqual(report.answered.toSorted(), contributed);
  });

  it('leaves nothing alive when it is deactivated', () => {
    assert.ok(report.live > 20, 'the stub counts what is registered');
    assert.equal(report.left, 0);
    assert.deepEqual(report.handles, []);
  });
});
