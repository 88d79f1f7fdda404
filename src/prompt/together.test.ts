import assert from 'node:assert/strict';
import { GenerateRequest } from './request';
import { togetherGroups } from './together';

const request = (changes: Partial<GenerateRequest> = {}): GenerateRequest =>
  GenerateRequest.parse({
    version: 1, prompt: 'heart', negativePrompt: '', promptSyntax: 'a1111', longPrompt: 'chunk', model: { id: 'm', path: '/m' }, adapters: [], width: 512, height: 512, steps: 4,
    guidanceScale: 3, guidanceRescale: 0, sampler: null, scheduleType: 'Automatic', eta: 0, clipSkip: 1, seed: '1', rng: 'torch', init: null, mask: null, denoisingStrength: 1, index: 0,
    output: { path: '/p.png', root: null, source: null, noise: null, saveLatents: null }, ...changes,
  });
const sizes = (requests: GenerateRequest[], most: number) => togetherGroups(requests.map((one) => ({ request: one })), most).map(({ length }) => length);

describe('pictures that may be drawn together', () => {
  it('differ in texts and seeds only, and keep their order', () => {
    const four = ['1', '2', '3', '4'].map((seed, index) => request({ seed, index, prompt: `heart ${seed}` }));
    assert.deepEqual([sizes(four, 4), sizes(four, 3), sizes(four, 1)], [[4], [3, 1], [1, 1, 1, 1]]);
    for (const other of [{ steps: 5 }, { width: 768 }, { guidanceScale: 4 }, { sampler: 'Euler' }, { model: { id: 'n', path: '/n' } }] as const) assert.deepEqual(sizes([four[0]!, request(other), four[1]!], 4), [1, 1, 1]);
  });

  it('start from noise and bring no adapters', () => {
    const init = request({ init: { path: '/i.png' } });
    const adapted = request({ adapters: [{ id: 'a', path: '/a', weight: 1 }] });
    assert.deepEqual([sizes([init, init], 4), sizes([adapted, adapted], 4)], [[1, 1], [1, 1]]);
  });

  it('are at most as many as four pictures of 1024×1024 have room for', () => {
    const of = (side: number) => sizes(Array.from({ length: 40 }, () => request({ width: side, height: side })), 32)[0];
    assert.deepEqual([of(64), of(512), of(1024), of(2048), of(4096)], [32, 16, 4, 1, 1]);
  });
});
