import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProviderReports, type Trial } from '../../diffusion';
import { probe } from './probe';

const MODELS = ['tiny-icon', 'sd15', 'sd2-v', 'gone'].map((id) => ({ id, path: join(__dirname, '../../../test/fixtures/models', id) }));

describe('a probe', () => {
  let folder: string;
  let reports: ProviderReports;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-probe-'));
    // WebGPU is a slow stand-in in software, CUDA is fast, the rest is not here.
    reports = new ProviderReports(folder, async (provider) => ({ provider, works: provider === 'cuda' || provider === 'webgpu', speed: provider === 'cuda' ? 40 : 0.01 }));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const run = (attempt: (tried: string) => Promise<Trial>, signal = new AbortController().signal, steps: string[] = []) =>
    probe({
      models: MODELS, childPath: '', signal, reports, attempt: ({ id }, provider) => attempt(`${provider} ${id}`),
      onProgress: ({ step, steps: all }) => steps.push(`${step} of ${all}`),
    });

  it('draws on what is fast with one model of each kind, and auto takes what drew well', async () => {
    const [tried, steps]: [string[], string[]] = [[], []];
    const { findings, automatic } = await run(async (name) => (tried.push(name), name.endsWith('sd15') ? { works: true, speed: 12 } : { works: false, reason: 'its process ended' }), undefined, steps);
    assert.deepEqual(tried.sort(), ['cuda sd15', 'cuda tiny-icon']);
    assert.deepEqual(steps, ['0 of 4', '1 of 4', '2 of 4', '3 of 4', '4 of 6', '5 of 6']);
    assert.deepEqual(automatic, { sd: 'cuda', icon: 'cpu' });
    assert.deepEqual(findings.find(({ provider }) => provider === 'cuda')?.trials, { sd: { works: true, speed: 12 }, icon: { works: false, reason: 'its process ended' } });
    assert.equal(findings.find(({ provider }) => provider === 'webgpu')?.trials, undefined);
  });

  it('that is given up keeps what was answered', async () => {
    const given = new AbortController();
    await assert.rejects(run(async () => { given.abort(); given.signal.throwIfAborted(); return { works: true }; }, given.signal), { name: 'AbortError' });
    assert.equal((await reports.known()).length, 4);
  });
});
