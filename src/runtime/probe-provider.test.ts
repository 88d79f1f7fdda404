import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeProvider } from './probe-provider';

/** softmax of the rows of [1 2; ½ −1]² = [2 0; 0 2]. */
const RIGHT = 1 / (1 + Math.exp(-2));

describe('a provider that is tried in a process of its own', function () {
  this.timeout(90_000);
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'easel-probe-'))));
  afterEach(() => rm(folder, { recursive: true }));

  /** Asks a runtime of the test's own: `create` is the body of a function of the provider's name. */
  const probe = async (create: string, signal?: AbortSignal) => {
    const library = join(folder, 'library.js');
    await writeFile(library, `exports.Tensor = class { constructor(type, data) { this.data = data; } }; exports.InferenceSession = { create: async (graph, { executionProviders: [name] }) => { ${create} } };`);
    return probeProvider('webgpu', signal, library);
  };
  const answers = (first: number) => `{ y: { data: Float32Array.of(${first}, ${1 - first}, ${1 - first}, ${first}) } }`;

  it('works as far as its numbers are right to a thousandth', async () => {
    for (const [off, works] of [[0.0009, true], [-0.0011, false]] as const) {
      const report = await probe(`return { run: async () => (${answers(RIGHT + off)}) };`);
      assert.equal(report.works, works);
      if (!works) assert.match(report.reason!, /^it computes wrong numbers: 0\.879\d*, 0\.120\d*, 0\.120\d*, 0\.879\d*$/);
    }
  });

  it('is as many times as fast as the processor as a product takes once it is warm, to two digits', async () => {
    // A clock that only products of 512 × 512 move: the first of each by an hour, later ones by 300 ms here and 1000 ms on the processor.
    const { speed, ...rest } = await probe(`let products = 0; globalThis.now ??= 0; performance.now = () => globalThis.now;
      return { run: async ({ x }) => { if (x.data.length === 512 * 512) globalThis.now += products++ === 0 ? 3.6e6 : name === 'cpu' ? 1000 : 300; return ${answers(RIGHT)}; } };`);
    assert.deepEqual(rest, { provider: 'webgpu', works: true });
    assert.equal(speed, 3.3);
  });

  it("is asked with a graph that this very runtime computes right", async () => {
    const own = JSON.stringify(createRequire(__filename).resolve('onnxruntime-node'));
    const report = await probe(`const ort = require(${own}); const session = await ort.InferenceSession.create(graph, { executionProviders: ['cpu'], intraOpNumThreads: 1 });
      return { run: async ({ x }) => session.run({ x: new ort.Tensor('float32', x.data, [Math.sqrt(x.data.length), Math.sqrt(x.data.length)]) }) };`);
    assert.deepEqual([report.works, report.reason], [true, undefined]);
    assert.ok(report.speed! > 0);
  });

  it('is heard whatever it prints, and told in one short line', async () => {
    const noisy = await probe(`process.stdout.write('{"loading": "shaders"}\\n{"works":'); console.error('warning'); throw new Error('/onnxruntime_src/core/ep.cc:12 Create(int) ep != nullptr was false. \\u001b[31mno\\n adapter\\u001b[m here');`);
    assert.deepEqual(noisy, { provider: 'webgpu', works: false, reason: 'no adapter here' });
    const { reason } = await probe("throw new Error('x'.repeat(1000));");
    assert.equal(reason, `${'x'.repeat(239)}…`);
    const cut = await probe(`process.stdout.write('{"works":'); process.exit(3);`);
    assert.deepEqual(cut, { provider: 'webgpu', works: false, reason: 'its process ended with no answer' });
  });

  it('starts without what this process was started with, and in a Node of its own', async () => {
    const before = process.env['NODE_OPTIONS'];
    process.env['NODE_OPTIONS'] = `--require ${join(folder, 'nowhere.js')}`;
    try {
      const { reason } = await probe("throw new Error(String(process.env.NODE_OPTIONS) + ' ' + process.env.ELECTRON_RUN_AS_NODE + ' ' + require('fs').writeFileSync(require('path').join(__dirname, 'pid'), String(process.pid)));");
      assert.equal(reason, 'undefined 1 undefined');
      assert.notEqual(await readFile(join(folder, 'pid'), 'utf8'), String(process.pid));
    } finally {
      if (before === undefined) delete process.env['NODE_OPTIONS'];
      else process.env['NODE_OPTIONS'] = before;
    }
  });

  it('is ended where nobody waits any more', async () => {
    const given = new AbortController();
    const hangs = probe("require('fs').writeFileSync(require('path').join(__dirname, 'pid'), String(process.pid)); await new Promise(() => setInterval(() => {}, 1000));", given.signal);
    let pid = NaN;
    while (Number.isNaN(pid)) {
      await new Promise((resolve) => void setTimeout(resolve, 20));
      pid = parseInt(await readFile(join(folder, 'pid'), 'utf8').catch(() => ''), 10);
    }
    given.abort();
    try {
      assert.deepEqual(await hangs, { provider: 'webgpu', works: false, reason: 'its process ended with no answer' });
      for (let tries = 0; tries < 100 && isAlive(pid); tries++) await new Promise((resolve) => void setTimeout(resolve, 20));
      assert.ok(!isAlive(pid));
    } finally {
      if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    }
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
