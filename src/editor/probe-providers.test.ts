import assert from 'node:assert/strict';
import type { ProbeResult } from '../engine/engine';
import { vscode } from './test-support/with-vscode';

describe('the provider that is chosen after a probe', () => {
  const found: ProbeResult = { findings: [{ provider: 'webgpu', works: true, speed: 3 }, { provider: 'cuda', works: false, reason: 'no card' }], automatic: {} };
  let updates: unknown[];
  let renewed: number;
  let said: string[];
  let logged: string[];
  /** What is offered, after `provider` was chosen of it, or nothing. */
  const chosen = async (provider: string | undefined, isIdle = true): Promise<string[]> => {
    let offered: { provider: string }[] = [];
    Object.assign(vscode.window, {
      withProgress: (_options: unknown, work: (progress: unknown, token: unknown) => unknown) => work({ report: () => {} }, { onCancellationRequested: () => {} }),
      showQuickPick: (items: { provider: string }[]) => Promise.resolve((offered = items).find((item) => item.provider === provider)),
      setStatusBarMessage: (text: string) => said.push(text),
    });
    const { probeProviders } = await import('./probe-providers');
    const engine = { probe: () => Promise.resolve(found), renew: () => Promise.resolve((renewed += 1, isIdle)) };
    await probeProviders({ engine, log: { info: (line: string) => logged.push(line) } });
    return offered.map((item) => item.provider);
  };
  const { getConfiguration, isTrusted } = vscode.workspace;
  beforeEach(() => {
    [updates, renewed, said, logged] = [[], 0, [], []];
    const get = (key: string) => (getConfiguration as (section: string) => { get(key: string): unknown })('easel').get(key);
    Object.assign(vscode.workspace, { isTrusted: true, getConfiguration: () => ({ get, update: (...change: unknown[]) => Promise.resolve(updates.push(change.slice(0, 2))) }) });
    Object.assign(vscode, { ProgressLocation: {}, ConfigurationTarget: {} });
  });
  afterEach(() => void Object.assign(vscode.workspace, { getConfiguration, isTrusted }));

  it('is kept as the setting, and takes the place of the process that is there', async () => {
    assert.deepEqual(await chosen('webgpu'), ['auto', 'cpu', 'webgpu']);
    assert.deepEqual([updates, renewed, said], [[['engine.provider', 'webgpu']], 1, []]);
    assert.match(logged.join('\n'), /cuda: does not work: no card/);
  });

  it('waits for what is under way, and says so', async () => {
    await chosen('cpu', false);
    assert.deepEqual([renewed, said.length], [1, 1]);
  });

  it('is asked for again, if it is the same: what the probe found counts', async () => {
    await chosen('auto');
    assert.deepEqual([updates, renewed], [[], 1]);
  });

  it('is none if the person gives up', async () => {
    await chosen(undefined);
    assert.deepEqual([updates, renewed], [[], 0]);
  });
});
