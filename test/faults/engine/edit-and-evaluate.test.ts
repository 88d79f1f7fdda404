/** Editing and measuring through the real engine in its own process: what is written, what is refused, what a cancel leaves. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TINY_ICON, tinyRequest } from '../../../src/diffusion/test-support/tiny-request';
import { connectEngine, type EngineClient } from '../../../src/engine/client';
import { createService } from '../../../src/engine';
import { EngineError } from '../../../src/engine/engine';
import { readPictureMetadata } from '../../../src/image/metadata';
import { EditRequest, EvaluateRequest } from '../../../src/prompt';
import { engineChild } from './engine-child';

describe('edits and evaluations in the engine', function () {
  this.timeout(60_000);
  let folder: string;
  let client: EngineClient;
  let trusted: boolean;
  const drawn = () => join(folder, 'a.png');
  const edited = () => join(folder, 'b.png');
  const output = (path: string) => ({ path, root: folder, source: null, noise: null, saveLatents: null });
  const edit = (steps = 4, nStart = 3) => EditRequest.parse({
    target: tinyRequest({ prompt: 'blue star', steps, sampler: 'Euler', guidanceScale: 4, init: { path: drawn() }, denoisingStrength: nStart / steps, output: output(edited()) }),
    source: { prompt: 'red heart', guidanceScale: 2 },
    nStart,
  });
  const evaluation = (changes: Partial<EvaluateRequest> = {}) => EvaluateRequest.parse({
    suite: 'icons', model: { id: 'tiny-icon', path: TINY_ICON }, adapters: [], folder: join(folder, 'report'), splits: ['seen'], prompts: 2, seeds: 1, distinct: 0, steps: 1, guidanceScale: 1, side: null, pooled: 'text', ...changes,
  });

  beforeEach(async () => {
    trusted = true;
    folder = await mkdtemp(join(tmpdir(), 'easel-edit-'));
    const settings = () => ({ label: 'a test', threads: 1, cacheDirectory: join(folder, '.cache') });
    client = connectEngine({ childPath: await engineChild(), settings, requireTrust: () => {
      if (!trusted) throw new EngineError('untrusted', 'not trusted');
    } });
    await client.generate(tinyRequest({ steps: 2, output: output(drawn()) }));
  });
  afterEach(async () => {
    await client.dispose();
    await rm(folder, { recursive: true });
  });

  it('write the edited picture with what it was edited from, the same bytes as in this process', async () => {
    const steps: number[] = [];
    const { path } = await client.edit(edit(), { onProgress: ({ phase, step }) => phase === 'denoising' && steps.push(step) });
    assert.deepEqual(steps, [0, 1, 2]);
    const bytes = await readFile(path);
    const { easel, infotext } = readPictureMetadata(bytes);
    const sha256 = createHash('sha256').update(await readFile(drawn())).digest('hex');
    assert.deepEqual([easel?.request.prompt, easel?.request['init'], easel?.request['edit']], ['blue star', { sha256 }, { method: 'FlowEdit', from: 'red heart', cfgFrom: 2, nStart: 3 }]);
    assert.match(infotext ?? '', /^blue star\n[^]*Edited from: red heart, Edit CFG scale: 2, Edit steps: 3$/);
    await rm(path);
    const here = createService({ threads: 1, cacheDirectory: join(folder, '.cache') });
    await here.edit(edit());
    await here.dispose();
    assert.deepEqual(await readFile(path), bytes);
  });

  it('never overwrite, not even a picture of ours', async () => {
    await client.edit(edit());
    const before = await readFile(edited());
    await assert.rejects(client.edit({ ...edit(), source: { prompt: 'green', guidanceScale: 2 } }), { code: 'not-ours', message: /b\.png exists already and is not overwritten; choose another name/ });
    assert.deepEqual(await readFile(edited()), before);
  });

  it('leave nothing when an edit is cancelled', async () => {
    const controller = new AbortController();
    const running = client.edit(edit(1000, 900), { signal: controller.signal, onProgress: ({ phase, step }) => phase === 'denoising' && step > 2 && controller.abort() });
    await assert.rejects(running, { code: 'cancelled' });
    assert.deepEqual((await readdir(folder)).filter((name) => name.endsWith('.tmp') || name === 'b.png'), []);
  });

  it('measure in the background: progress counts pictures, the report lies in its folder', async () => {
    const told: string[] = [];
    const { suite, report, text, files } = await client.evaluate(evaluation(), { onProgress: ({ phase, step, steps }) => phase === 'denoising' && told.push(`${step}/${steps}`) });
    assert.deepEqual([suite, told], ['icons', ['1/2', '2/2']]);
    assert.match(text, /\| seen \| 2 \|/);
    assert.deepEqual(files.map((file) => file.slice(folder.length + 8)), ['report.json', 'report.md', 'seen.txt', 'seen.png']);
    assert.deepEqual(JSON.parse(await readFile(files[0]!, 'utf8')), report);
  });

  it('let a picture through between two pictures of an evaluation', async () => {
    const order: string[] = [];
    let asked: Promise<unknown> | undefined;
    const measured = client.evaluate(evaluation({ folder: null, prompts: 30 }), { onProgress: ({ phase, step }) => {
      if (phase === 'denoising' && step === 1) asked ??= client.generate(tinyRequest({ steps: 2, output: output(join(folder, 'between.png')) })).then(() => order.push('picture'));
    } }).then(() => order.push('evaluation'));
    await measured;
    await asked;
    assert.deepEqual(order, ['picture', 'evaluation']);
  });

  it('leave nothing when an evaluation is cancelled, and refuse a folder with other things in it', async () => {
    const controller = new AbortController();
    await assert.rejects(client.evaluate(evaluation({ prompts: 100 }), { signal: controller.signal, onProgress: ({ step }) => step === 2 && controller.abort() }), { code: 'cancelled' });
    assert.ok(!(await readdir(folder)).includes('report'));
    await mkdir(join(folder, 'report'));
    await writeFile(join(folder, 'report', 'mine.txt'), '');
    await assert.rejects(client.evaluate(evaluation()), { code: 'bad-request', message: /holds other things than a report/ });
  });

  it('ask for trust first', async () => {
    trusted = false;
    await assert.rejects(client.edit(edit()), { code: 'untrusted' });
    await assert.rejects(client.evaluate(evaluation()), { code: 'untrusted' });
  });
});
