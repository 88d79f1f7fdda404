import assert from 'node:assert/strict';
import type { EmojiRequest, GenerateRequest } from '../../prompt';
import type { Models } from '../job';
import type { Asked, DrawnPrompt } from './drawn-prompt';
import { PictureRun } from './picture-run';

type Changes = Partial<Pick<EmojiRequest, 'splits' | 'prompts' | 'seeds' | 'distinct' | 'pooled' | 'adapters'>>;
const LISTS = { emoji: ['a', 'b', 'c'].map((prompt) => ({ prompt })), 'emoji-style': ['d', 'e'].map((prompt) => ({ prompt })) };
const MODEL = { id: 'tiny-icon', path: '/tiny-icon' };

/** A run over pictures whose one byte is their turn, each seen as one to four bits of 32. */
function prepared(changes: Changes = {}, signal = new AbortController().signal, side = 64) {
  const requests: GenerateRequest[][] = [];
  const log: string[] = [];
  const models = {
    drawTogether: (asked: readonly GenerateRequest[], { condition }: { condition?: (encoding: { pooled: Float32Array }) => unknown } = {}) => {
      requests.push([...asked]);
      log.push(`draw ${asked.length}${condition ? ` ${JSON.stringify(condition({ pooled: Float32Array.of(3) }))}` : ''}`);
      const bytes = side === 64 ? 1 : side * side * 3;
      return Promise.resolve(asked.map(({ seed }) => ({ rgb: new Uint8Array(bytes).fill(Math.floor(Number(seed) / 10_000)) })));
    },
    use: () => assert.fail(),
  } as unknown as Models;
  const request: EmojiRequest = { suite: 'emoji', model: MODEL, adapters: [], folder: null, splits: ['emoji'], prompts: 2, seeds: 1, distinct: 0, steps: 3, guidanceScale: 2, side: null, pooled: 'text', ...changes };
  const run = new PictureRun<Asked, 'right'>(request, { width: side, height: side, steps: 3, guidanceScale: 2 }, models, {
    signal,
    giveWay: () => Promise.resolve(void log.push('way')),
    onProgress: (done, total) => void log.push(`${done}/${total}`),
  }, {
    same: 0.6,
    look: (rgb) => Promise.resolve({ marks: { right: Number(rgb[0] === 0) }, bits: Uint8Array.from({ length: 32 }, (_, i) => Number(i <= rgb[0]! % 4)), likeliest: `turn ${rgb[0]}` }),
  });
  const measure = () => run.measure<'emoji' | 'emoji-style', DrawnPrompt<Asked, 'right'>>(request.splits, LISTS, (drawn) => Promise.resolve(drawn));
  return { run, requests, log, measure };
}

describe('pictures of a suite', () => {
  it('are drawn four of a prompt at once, giving way before and counted after', async () => {
    const { log, requests, measure, run } = prepared({ seeds: 6 });
    const { splits, shares } = await measure();
    assert.deepEqual(log, ['way', 'draw 4', '4/12', 'way', 'draw 2', '6/12', 'way', 'draw 4', '10/12', 'way', 'draw 2', '12/12']);
    assert.deepEqual(requests.map((together) => together.map(({ prompt, seed }) => `${prompt} ${seed}`)), [['a 0', 'a 10000', 'a 20000', 'a 30000'], ['a 40000', 'a 50000'], ['b 1', 'b 10001', 'b 20001', 'b 30001'], ['b 40001', 'b 50001']]);
    assert.deepEqual(splits.get('emoji')?.map(({ asked, marks, likeliest, first }) => [asked.prompt, marks.map(({ right }) => right), likeliest, first[0]]), [['a', [1, 0, 0, 0, 0, 0], 'turn 0', 0], ['b', [1, 0, 0, 0, 0, 0], 'turn 0', 0]]);
    assert.deepEqual(shares, []);
    assert.ok(run.secondsPerPicture >= 0 && run.secondsPerPicture < 1);
  });

  it('are those of every split that was asked for, in its order', async () => {
    const { log, requests, measure } = prepared({ splits: ['emoji-style', 'emoji'] });
    assert.deepEqual([...(await measure()).splits.keys()], ['emoji-style', 'emoji']);
    assert.deepEqual(requests.map(([one]) => one?.prompt), ['d', 'e', 'a', 'b']);
    assert.equal(log.at(-1), '4/4');
  });

  it('are sixteen where they are compared, of which those drawn before are not drawn again', async () => {
    const { log, requests, measure } = prepared({ prompts: 1, seeds: 3, distinct: 2 });
    const { shares } = await measure();
    assert.deepEqual(shares, [3 / 16, 3 / 16]); // of one, two and four bits; three are two thirds the same as two
    assert.equal(log.at(-1), '32/32');
    assert.deepEqual(requests.map((together) => `${together[0]?.prompt}${together.length}`), ['a3', 'a4', 'a4', 'a4', 'a1', 'b4', 'b4', 'b4', 'b4']);
    assert.deepEqual(requests.flat().map(({ seed }) => Number(seed)).sort((x, y) => x - y), Array.from({ length: 16 }, (_, turn) => [10_000 * turn, 10_000 * turn + 1]).flat());
  });

  it('are drawn without the pooled vector where that was asked, and name their adapters on both sides of guidance', async () => {
    const adapters = [{ id: 'crisp', path: '/crisp.safetensors', weight: 1 }];
    const { log, requests, measure } = prepared({ prompts: 1, pooled: 'null', adapters });
    await measure();
    assert.equal(log[1], 'draw 1 {"pooled":{"0":0}}');
    const { prompt, negativePrompt, steps, guidanceScale } = requests[0]![0]!;
    assert.deepEqual([prompt, negativePrompt, steps, guidanceScale], ['a <crisp>', '<crisp>', 3, 2]);
  });

  it('are looked at in 64 pixels a side, whatever they are drawn in', async () => {
    const { requests, measure } = prepared({ prompts: 1, seeds: 2 }, undefined, 192);
    const [drawn] = (await measure()).splits.get('emoji')!;
    assert.deepEqual([requests[0]![0]!.width, requests[0]![0]!.height], [192, 192]);
    assert.deepEqual(drawn!.first, new Uint8Array(64 * 64 * 3));
    assert.deepEqual(drawn!.marks.map(({ right }) => right), [1, 0]);
  });

  it('end with the cancel', async () => {
    const controller = new AbortController();
    controller.abort();
    const { log, measure } = prepared({}, controller.signal);
    await assert.rejects(measure(), { code: 'cancelled', message: 'the evaluation was cancelled; nothing was written' });
    assert.deepEqual(log, ['way']);
  });
});
