import assert from 'node:assert/strict';
import { cp, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownEaselHome } from '../../../test/support/own-easel-home';
import type { EvaluateRequest } from '../../prompt';
import type { EngineDoor } from '../engine-door';
import { replaced, vscode } from '../test-support/with-vscode';
import { addModel } from '../../models';

const TINY_ICON = join(__dirname, '../../../test/fixtures/models/tiny-icon');
type Item = { label: string; description: string };

describe('what a model is measured by', () => {
  ownEaselHome();
  let home: string;
  beforeEach(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'easel-evaluate-model-')));
  });
  afterEach(async () => {
    await rm(home, { recursive: true });
  });

  /** What is offered for a copy of the tiny model that was taught so many emoji, and what is measured after `wanted` was chosen. */
  async function chosen(emoji: readonly string[], wanted: string): Promise<{ offered: string[]; measured: EvaluateRequest[]; shown: string[] }> {
    const dir = join(home, 'model');
    await cp(TINY_ICON, dir, { recursive: true });
    await writeFile(join(dir, 'concepts.json'), JSON.stringify({ concepts: [], emoji: emoji.map((name) => ({ name, character: '?' })) }));
    await addModel(dir, { name: 'mine' });
    const [offered, measured, shown]: [string[], EvaluateRequest[], string[]] = [[], [], []];
    const counted = (text: string, ...values: unknown[]) => text.replace(/\{(\d)\}/g, (_, i: string) => String(values[Number(i)]));
    const back = [
      replaced(vscode, { l10n: { t: counted }, ProgressLocation: {} }),
      replaced(vscode.workspace, { isTrusted: true }),
      replaced(vscode.commands, { executeCommand: (_: string, { fsPath }: { fsPath: string }) => Promise.resolve(shown.push(fsPath)) }),
      replaced(vscode.window, {
        withProgress: (_options: unknown, work: (progress: unknown, token: unknown) => unknown) => work({ report: () => {} }, { onCancellationRequested: () => {} }),
        showQuickPick: (items: Item[], { title }: { title: string }) => {
          if (title.endsWith('the model')) return Promise.resolve(items.find(({ label }) => label === 'mine'));
          offered.push(...items.map(({ label, description }) => `${label}: ${description}`));
          return Promise.resolve(items.find(({ label }) => label === wanted));
        },
        showErrorMessage: (message: string) => assert.fail(message),
      }),
    ];
    try {
      const { evaluateModel } = await import('./evaluate-model');
      const engine = { evaluate: (request: EvaluateRequest) => Promise.resolve(measured.push(request)).then(() => ({ files: [join(home, 'report.json'), join(home, 'report.md')] })) };
      await evaluateModel({ engine: engine as unknown as EngineDoor, storage: { fsPath: home, scheme: 'file' } as never });
    } finally {
      for (const put of back) put();
    }
    return { offered, measured, shown };
  }

  it('is icons and captions where it was taught no emoji', async () => {
    const { offered, measured } = await chosen([], 'A Quick Look');
    assert.deepEqual(offered, ['A Quick Look: 50 pictures', 'Colours, Concepts, Copies, Variety: 660 pictures', 'The Full Measurement: 11600 pictures', 'Which Caption Belongs to Which Picture…: on a captioned folder']);
    assert.deepEqual(measured.map((request) => [request.suite, request.model.id, 'prompts' in request && [request.splits.length, request.prompts, request.seeds, request.distinct]]), [['icons', 'mine', [5, 10, 1, 0]]]);
  });

  it('is emoji too where it was, and the report is shown', async () => {
    const { offered, measured, shown } = await chosen(['skull'], 'Emoji');
    assert.equal(offered[3], 'Emoji: 200 pictures');
    const { folder, model, ...rest } = measured[0]!;
    assert.deepEqual(rest, { suite: 'emoji', adapters: [], splits: ['emoji', 'emoji-style'], prompts: 100, seeds: 1, distinct: 0, steps: null, guidanceScale: null, side: null, pooled: 'text' });
    assert.deepEqual([model.path, folder?.startsWith(join(home, 'evaluations', 'mine-'))], [join(home, 'model'), true]);
    assert.deepEqual(shown, [join(home, 'report.md')]);
  });

  it('is nothing if the person gives up', async () => {
    assert.deepEqual((await chosen([], 'nothing of these')).measured, []);
  });
});
