import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { largestCosine, readSoftTokens } from '../adapters';
import { Pipelines } from '../diffusion';
import { hashModelFolder, readModelFolder } from '../models';
import { SoftTokenOptions, TrainEvent, TrainRequest } from '../prompt';
import { readLastCheckpoint, writeCheckpoint } from './checkpoint';
import { SoftTokenTrainer } from './soft-tokens';
import type { TrainerOptions, TrainHooks } from './trainer';

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

  async function train(given: TrainRequest, { boundary = goOn, threads = 1, draw = async () => {}, ...more }: { boundary?: TrainHooks['boundary']; draw?: (r: unknown) => Promise<void> } & Partial<TrainerOptions> = {}) {
    const events: TrainEvent[] = [];
    const trainer = new SoftTokenTrainer({ pipelines, draw, threads, cache: join(folder, 'cache'), ...more });
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

  it('gives its memory to another model where two do not fit, and goes on to the same bits', async () => {
    const lent = (after: number) => {
      let looks = 0;
      const boundary: TrainHooks['boundary'] = async (run) => {
        if (++looks === after) await run!.leave();
        return 'go-on';
      };
      return boundary;
    };
    const told = (events: readonly TrainEvent[]) => ({ graphs: events.filter((event) => event.event === 'preparing' && event.what === 'graph').length, checkpoints: events.flatMap((event) => (event.event === 'checkpoint' ? [event.step] : [])) });
    const kept = await train(request('beside'), { boundary: lent(8), freeMemory: () => 2 ** 40 });
    assert.deepEqual(told(kept.events), { graphs: 1, checkpoints: [5, 10] });
    const freed = await train(request('freed'), { boundary: lent(8), freeMemory: () => 1000 });
    const { graphs, checkpoints } = told(freed.events);
    assert.equal(graphs, 2, 'the graph was freed and opened again');
    assert.equal(checkpoints.length, 3, 'and the run kept before');
    for (const run of ['beside', 'freed']) assert.deepEqual(await trained(run), await trained('halves'));
  }).timeout(60_000);

  describe('stops by itself with the last good checkpoint', () => {
    /** A run whose pictures, in memory, the test can change; `at` is called before each step with its number from 1. */
    async function disturbed(run: string, options: Partial<SoftTokenOptions>, at: (step: number, latents: readonly Float32Array[]) => void) {
      const latents: Float32Array[] = [];
      const spying: TrainerOptions['pipelines'] = {
        facts: () => pipelines.facts(),
        use: async (model, work) => {
          const made = await pipelines.use(model, work);
          if (made instanceof Float32Array) latents.push(made);
          return made;
        },
      };
      let steps = 0;
      const events: TrainEvent[] = [];
      const trainer = new SoftTokenTrainer({ pipelines: spying, draw: async () => {}, threads: 1, cache: join(folder, 'cache') });
      const outcome = await trainer.train(request(run, options), {
        onEvent: (event) => {
          events.push(event);
          if (event.event === 'step') steps = event.step;
        },
        boundary: async () => {
          at(steps + 1, latents);
          return 'go-on';
        },
      });
      const warning = events.find((event) => event.event === 'warning');
      const { tokens, timeTable } = await trained(run);
      const kept = new Map([['tokens', new Float32Array(tokens.length)], ...(timeTable.length > 0 ? [['time_table', new Float32Array(timeTable.length)] as const] : [])]);
      const facts = await readLastCheckpoint(join(folder, run, 'checkpoints'), kept, new Map());
      assert.deepEqual([kept.get('tokens'), kept.get('time_table') ?? new Float32Array()], [tokens, timeTable], 'the file is the checkpoint');
      assert.equal(facts?.step, outcome.step);
      assert.deepEqual(outcome.notes.at(-1), warning?.message);
      return { outcome, warning, events, values: [...tokens, ...timeTable] };
    }

    it('at the first number that is none, before it changes anything', async () => {
      const { outcome, warning, values } = await disturbed('nan', { steps: 20 }, (step, latents) => {
        if (step === 8) for (const picture of latents) picture.fill(NaN);
      });
      assert.deepEqual([outcome.state, outcome.step, warning?.kind], ['stopped', 7, 'nan']);
      assert.match(warning!.message, /step 8 gave a loss that is no number/);
      assert.ok(values.every(Number.isFinite));
    }).timeout(60_000);

    it('when its tokens become one', async () => {
      await train(request('collapse', { steps: 5 }));
      const checkpoints = join(folder, 'collapse/checkpoints');
      const { soft: { count, width, tokens, timeTable } } = await readSoftTokens(join(folder, 'collapse.safetensors'));
      const trainables = new Map([['tokens', tokens], ['time_table', timeTable]]);
      const state = new Map(['first', 'second'].flatMap((moment) => [...trainables].map(([name, { length }]) => [`${moment}/${name}`, new Float32Array(length)] as const)));
      const facts = await readLastCheckpoint(checkpoints, trainables, state);
      // Equal tokens with equal moments get equal gradients for ever.
      for (const values of [tokens, state.get('first/tokens')!, state.get('second/tokens')!]) for (let token = 1; token < count; token++) values.copyWithin(token * width, 0, width);
      await writeCheckpoint(checkpoints, facts!, trainables, state, 3);
      const { outcome, warning } = await disturbed('collapse', { steps: 60 }, () => {});
      assert.deepEqual([outcome.state, outcome.step, warning?.kind, warning?.step], ['stopped', 20, 'collapse', 25]);
    }).timeout(60_000);

    it('when its loss runs away, from before it did', async () => {
      const { outcome, warning, events } = await disturbed('divergence', { steps: 200, loss: 'denoising', learningRate: 1e-6 }, (step, latents) => {
        if (step === 120) for (const picture of latents) picture.forEach((value, i) => (picture[i] = 20 * value));
      });
      assert.deepEqual([outcome.state, warning?.kind], ['stopped', 'divergence']);
      assert.ok(warning!.step >= 120 && outcome.step <= warning!.step && outcome.step % 5 === 0);
      assert.match(events.at(-1)!.event, /finished/);
    }).timeout(120_000);
  });

  for (const loss of ['soft-rank', 'denoising'] as const) {
    it(`trains with ${loss}`, async () => {
      const { events } = await train(request(loss, { loss, steps: 2, gradientAccumulation: 2, gradientClip: 1, hardNegatives: true }));
      assert.equal(events.filter((event) => event.event === 'step').length, 2);
    }).timeout(60_000);
  }
});
