import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeProvider, type ProviderReport } from './probe-provider';
import { automatic, ProviderReports } from './provider-reports';

describe('what is known of providers', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'easel-providers-'))));
  afterEach(() => rm(folder, { recursive: true }));

  const asked: string[] = [];
  const stub = async (provider: ProviderReport['provider']): Promise<ProviderReport> => (asked.push(provider), provider === 'webgpu' ? { provider, works: true, speed: 3 } : { provider, works: false, reason: 'not here' });
  beforeEach(() => void asked.splice(0));

  it('is asked once, kept, and asked again on demand', async () => {
    assert.equal((await new ProviderReports(folder, stub).of('webgpu')).works, true);
    assert.equal((await new ProviderReports(folder, stub).of('webgpu')).works, true);
    assert.deepEqual(asked, ['webgpu']);
    assert.deepEqual((await new ProviderReports(folder, stub).ask()).map(({ provider, works }) => [provider, works]), [['cuda', false], ['dml', false], ['coreml', false], ['webgpu', true]]);
    assert.equal(asked.length, 5);
    assert.equal((await new ProviderReports(folder, stub).known()).length, 4);
  });

  it('is forgotten when the machine, its drivers or the runtime are others, and when the file is damaged', async () => {
    const reports = new ProviderReports(folder, stub);
    await reports.ask();
    const file = join(folder, 'providers.json');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('onnxruntime-node ', 'onnxruntime-node 0.'));
    assert.deepEqual(await reports.known(), []);
    await writeFile(file, text.slice(0, 40));
    assert.deepEqual(await reports.known(), []);
  });

  it('makes auto the fastest that drew such a model and is worth it, never CoreML, else the processor', () => {
    const drew = (provider: ProviderReport['provider'], speed: number): ProviderReport => ({ provider, works: true, speed: 99, trials: { sd: { works: true, speed } } });
    assert.equal(automatic([], 'sd'), 'cpu');
    assert.equal(automatic([drew('webgpu', 0.01)], 'sd'), 'cpu');
    assert.equal(automatic([drew('webgpu', 5), drew('cuda', 40), { provider: 'dml', works: false }], 'sd'), 'cuda');
    assert.equal(automatic([drew('webgpu', 5)], 'sdxl'), 'cpu', 'it was not seen drawing that');
    assert.equal(automatic([{ ...drew('webgpu', 5), works: false }], 'sd'), 'cpu');
    assert.equal(automatic([{ provider: 'webgpu', works: true, speed: 99, trials: { sd: { works: false, reason: 'NaN' } } }], 'sd'), 'cpu');
    assert.equal(automatic([drew('coreml', 9)], 'sd'), 'cpu');
  });

  it('grows with what drawing shows, and forgets it when the provider is asked again', async () => {
    const reports = new ProviderReports(folder, stub);
    await reports.learn('webgpu', 'sd', { works: true, speed: 3 });
    assert.deepEqual(await reports.known(), [], 'nothing was known of it');
    await reports.ask();
    assert.equal(automatic(await reports.learn('webgpu', 'sd', { works: true, speed: 3 }), 'sd'), 'webgpu');
    await reports.learn('webgpu', 'sdxl', { works: false, reason: 'unet gave NaN' });
    assert.deepEqual((await reports.of('webgpu')).trials, { sd: { works: true, speed: 3 }, sdxl: { works: false, reason: 'unet gave NaN' } });
    await reports.ask(['webgpu']);
    assert.equal((await reports.of('webgpu')).trials, undefined);
  });

  it('is not changed by asking that was given up', async () => {
    const given = new AbortController();
    const reports = new ProviderReports(folder, async (provider) => (given.abort(), stub(provider)));
    await assert.rejects(reports.ask(undefined, given.signal), { name: 'AbortError' });
    assert.deepEqual([asked, await reports.known()], [['cuda'], []]);
  });

  it('of one that ends its process, computes nonsense or fails, is a line of reason', async function () {
    this.timeout(90_000);
    const library = async (code: string) => {
      await writeFile(join(folder, 'library.js'), `exports.Tensor = class { constructor(type, data) { this.data = data; } }; exports.InferenceSession = { create: async () => { ${code} } };`);
      return probeProvider('webgpu', undefined, join(folder, 'library.js'));
    };
    const aborted = await library("process.stderr.write('driver fault\\n'); process.abort();");
    assert.deepEqual([aborted.works, /^its process ended with SIGABRT/.test(aborted.reason!)], [false, true], aborted.reason);
    const wrong = await library('return { run: async () => ({ y: { data: Float32Array.of(1, 2, 3, 4) } }) };');
    assert.deepEqual(wrong, { provider: 'webgpu', works: false, reason: 'it computes wrong numbers: 1, 2, 3, 4' });
    const failed = await library("throw new Error('no adapter\\nat all');");
    assert.deepEqual(failed, { provider: 'webgpu', works: false, reason: 'no adapter at all' });
  });

  it('of one that cannot be here says why in one line, and this process lives on', async function () {
    this.timeout(90_000);
    const report = await probeProvider(process.platform === 'darwin' ? 'dml' : 'coreml');
    assert.equal(report.works, false);
    assert.match(report.reason!, /backend not found/);
    assert.ok(!report.reason!.includes('\n'));
  });
});
