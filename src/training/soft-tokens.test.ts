import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { largestCosine, readSoftTokens } from '../adapters';
import { Pipelines } from '../diffusion';
import { hashModelFolder, readModelFolder } from '../models';
import { SoftTokenOptions, TrainEvent, TrainRequest } from '../prompt';
import { SoftTokenTrainer, type TrainHooks } from './soft-tokens';

const FIXTURES = join(__dirname, '../../test/fixtures/models');
const DATASET = join(__dirname, '../../examples/icons-dataset');

describe('a run of soft-token training', () => {
  const pipelines = new Pipelines({ threads: 1 });
  let folder: string;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'easel-run-'))));
  after(async () => {
    await pipelines.dispose();
    await rm(folder, { recursive: true });
  });

  function request(run: string, options: Partial<SoftTokenOptions> = {}, model = 'tiny-icon'): TrainRequest {
    return TrainRequest.parse({
      version: 1, method: 'soft-tokens', name: 'crisp', model: { id: model, path: join(FIXTURES, model) }, dataset: DATASET, run: join(folder, run), output: join(folder, `${run}.safetensors`), root: null,
      options: { ...SoftTokenOptions.parse({}), sampleEvery: 0, checkpointEvery: 5, steps: 10, ...options },
    });
  }
  const goOn: TrainHooks['boundary'] = async () => 'go-on';

  async function train(given: TrainRequest, { boundary = goOn, threads = 1, draw = async () => {} }: { boundary?: TrainHooks['boundary']; threads?: number; draw?: (r: unknown) => Promise<void> } = {}) {
    const events: TrainEvent[] = [];
    const trainer = new SoftTokenTrainer({ pipelines, draw, threads, cache: join(folder, 'cache') });
    const outcome = await trainer.train(given, { boundary, onEvent: (event) => events.push(TrainEvent.parse(event)) });
    return { outcome, events };
  }
  /** Stops after so many steps. */
  const stopAt = (run: string, steps: number): TrainHooks['boundary'] => async () => {
    const lines = await readFile(join(folder, run, 'events.jsonl'), 'utf8').catch(() => '');
    return lines.split('\n').some((line) => line.includes('"event":"step"') && line.includes(`"step":${steps},`)) ? 'stop' : 'go-on';
  };
  const trained = async (run: string) => (await readSoftTokens(join(folder, `${run}.safetensors`))).soft;

  it('changes only the bank, says what it is made of, and leaves a file that is complete', async () => {
    const before = await hashModelFolder(await readModelFolder(join(FIXTURES, 'tiny-icon'), 'tiny-icon'));
    const { outcome, events } = await train(request('whole'));
    assert.deepEqual(outcome.state, 'finished');
    const started = events.find((event) => event.event === 'started')!;
    assert.deepEqual({ pictures: started.dataset.pictures, captions: started.dataset.captions, without: started.dataset.without }, { pictures: 24, captions: 23, without: 1 });
    assert.equal(started.trainables, 4 * 64 + 16 * 64);
    const steps = events.filter((event) => event.event === 'step');
    assert.deepEqual(steps.map(({ step }) => step), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.ok(steps.every(({ loss, gradientNorm, matchedRank }) => loss! > 0 && gradientNorm! >= 0 && matchedRank! >= 1 && matchedRank! <= 4));
    const { soft, provenance } = await readSoftTokens(outcome.path!);
    assert.deepEqual([provenance.name, provenance.steps, provenance.model.sha256, provenance.time, provenance.dataset.fingerprint], ['crisp', 10, before, 'smooth', started.dataset.fingerprint]);
    assert.ok(largestCosine(soft)! < 0.99);
    assert.equal(await hashModelFolder(await readModelFolder(join(FIXTURES, 'tiny-icon'), 'tiny-icon')), before, 'the backbone');
    const lines = (await readFile(join(folder, 'whole/events.jsonl'), 'utf8')).trimEnd().split('\n').map((line) => TrainEvent.parse(JSON.parse(line)));
    assert.deepEqual(lines, events);
    assert.deepEqual((await readdir(join(folder, 'whole/checkpoints'))).sort(), ['000005.json', '000005.safetensors', '000010.json', '000010.safetensors']);
  }).timeout(60_000);

  it('goes on to the same bits: ten steps are five, an end, and five', async () => {
    const first = await train(request('halves'), { boundary: stopAt('halves', 5) });
    assert.deepEqual([first.outcome.state, first.outcome.step], ['stopped', 5]);
    const { outcome, events } = await train(request('halves'));
    assert.deepEqual([outcome.state, outcome.step], ['finished', 10]);
    assert.deepEqual(events.find((event) => event.event === 'resumed'), { ...events.find((event) => event.event === 'resumed')!, step: 5, from: 'checkpoint', notes: [] });
    assert.deepEqual(await trained('halves'), await trained('whole'));
  }).timeout(60_000);

  it('goes on from the last whole checkpoint after a crash: files cut short are passed over', async () => {
    await cp(join(folder, 'whole'), join(folder, 'crashed'), { recursive: true });
    await truncate(join(folder, 'crashed/checkpoints/000010.safetensors'), 100);
    const events = join(folder, 'crashed/events.jsonl');
    await writeFile(events, (await readFile(events, 'utf8')).slice(0, -20));
    const { outcome, events: told } = await train(request('crashed'));
    assert.equal(outcome.step, 10);
    assert.equal(told.find((event) => event.event === 'resumed')!.step, 5);
    assert.deepEqual(await trained('crashed'), await trained('whole'));
    for (const line of (await readFile(events, 'utf8')).trimEnd().split('\n')) TrainEvent.parse(JSON.parse(line));
  }).timeout(60_000);

  it('says so when it goes on with other threads, and refuses another run\'s folder', async () => {
    const { outcome } = await train(request('whole', { steps: 11 }), { threads: 2 });
    assert.match(outcome.notes.join(), /began with 1 threads and goes on with 2/);
    await assert.rejects(train(request('whole', { learningRate: 0.5 })), { code: 'bad-request', message: /a run with learningRate 0.001, not 0.5/ });
    await writeFile(join(folder, 'note.txt'), '');
    await assert.rejects(train({ ...request('x'), run: folder }), { code: 'bad-request', message: /not a run and not empty/ });
    await writeFile(join(folder, 'mine.safetensors'), 'somebody\'s');
    await assert.rejects(train({ ...request('mine'), output: join(folder, 'mine.safetensors') }), { code: 'not-ours' });
  }).timeout(60_000);

  it('draws its samples with and without the tokens, the latter once', async () => {
    const drawn: string[] = [];
    const draw = async (given: unknown) => {
      const { output, prompt, negativePrompt } = given as { output: { path: string }; prompt: string; negativePrompt: string };
      drawn.push(`${output.path.split('/').at(-1)} ${prompt.includes('<crisp>')} ${negativePrompt.includes('<crisp>')}`);
      await writeFile(output.path, '');
    };
    const { events } = await train(request('samples', { steps: 2, sampleEvery: 1, samplePrompts: ['red heart'] }), { draw });
    assert.deepEqual(drawn, ['000000-0-with.png true true', '000000-0-without.png false false', '000001-0-with.png true true', '000002-0-with.png true true']);
    assert.equal(events.filter((event) => event.event === 'sample').length, 3);
  }).timeout(60_000);

  it('from the published start on SD 1.x never tells its tokens apart; from a random one it does', async () => {
    const small = { steps: 3, resolution: 64, batchSize: 2, tokens: 3, learningRate: 0.01 } as const;
    await train(request('published', { ...small, initialization: 'published', timeEmbedding: 'buckets' }, 'sd15'));
    const soft = await trained('published');
    const { width } = soft;
    assert.ok(largestCosine(soft)! > 1 - 1e-9);
    for (const token of [1, 2]) assert.deepEqual(soft.tokens.subarray(token * width, (token + 1) * width), soft.tokens.subarray(0, width), 'the same to the bit');
    await train(request('random', small, 'sd15'));
    assert.ok(largestCosine(await trained('random'))! < 0.99);
  }).timeout(120_000);

  for (const loss of ['soft-rank', 'denoising'] as const) {
    it(`trains with ${loss}`, async () => {
      const { events } = await train(request(loss, { loss, steps: 2, gradientAccumulation: 2, gradientClip: 1, hardNegatives: true }));
      assert.equal(events.filter((event) => event.event === 'step').length, 2);
    }).timeout(60_000);
  }
});
