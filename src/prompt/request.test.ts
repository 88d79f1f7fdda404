import assert from 'node:assert/strict';
import { canonicalRequest, GenerateRequest, Seed } from './request';

const REQUEST: GenerateRequest = {
  version: 1, prompt: 'a red heart', negativePrompt: 'outline', promptSyntax: 'a1111', longPrompt: 'chunk', model: { id: 'icon-64', path: '/models/icon-64', sha256: 'a'.repeat(64) },
  adapters: [{ id: 'crisp', path: '/adapters/crisp.safetensors', weight: 0.5 }], width: 64, height: 64, steps: 20, guidanceScale: 3, guidanceRescale: 0, guidanceInterval: [0, 1], perpendicularNegative: 0,
  dynamicThresholding: 0, sampler: null, scheduleType: 'Automatic', eta: 0, clipSkip: 1, seed: '7', rng: 'torch', init: { path: '/a/init.png', sha256: 'b'.repeat(64) }, mask: null, denoisingStrength: 0.75, index: 2,
  output: { path: '/a/heart.png', root: '/a', source: { file: 'icons.t2i', block: 'heart' }, noise: null, saveLatents: null },
};
const is = (changes: object) => GenerateRequest.safeParse({ ...REQUEST, ...changes }).success;
const canonical = (changes: Partial<GenerateRequest> = {}) => JSON.stringify(canonicalRequest({ ...REQUEST, ...changes }));

describe('a seed', () => {
  it('is an integer below 2^64 as text, without leading noughts', () => {
    assert.deepEqual(['0', '007', '18446744073709551615', '00000000000000000001'].map((text) => Seed.parse(text)), ['0', '7', '18446744073709551615', '1']);
    for (const wrong of ['18446744073709551616', '-1', '', '1.5', '0x1', ' 1', '000000000000000000001', 7, null]) assert.equal(Seed.safeParse(wrong).success, false, String(wrong));
  });
});

describe('a request', () => {
  it('is complete: a field that is missing, wrong or not ours is refused', () => {
    assert.deepEqual(GenerateRequest.parse(REQUEST), REQUEST);
    for (const wrong of [{ version: 2 }, { seed: 7 }, { steps: 0 }, { steps: 2.5 }, { width: 15 }, { height: 8193 }, { guidanceScale: NaN }, { sampler: 'Eulr' }, { extra: 1 }, { model: { id: '', path: '/x' } }, { init: { path: '' } }, { index: -1 }, { output: { ...REQUEST.output, extra: 1 } }, { prompt: 'x'.repeat(1_000_001) }, { adapters: Array(33).fill(REQUEST.adapters[0]) }]) {
      assert.equal(is(wrong), false, JSON.stringify(wrong).slice(0, 60));
    }
    for (const key of Object.keys(REQUEST)) assert.equal(is({ [key]: undefined }), ['guidanceInterval', 'perpendicularNegative', 'dynamicThresholding'].includes(key), key);
  });

  it('has an interval that goes from its lower to its higher end', () => {
    assert.deepEqual([[0.2, 0.8], [0.5, 0.5], [0.8, 0.2], [0, 1.1]].map((guidanceInterval) => is({ guidanceInterval })), [true, true, false, false]);
  });
});

describe('what decides how a picture looks', () => {
  it('is text, settings and everything by content; no path and nothing of where the picture goes', () => {
    assert.equal(canonical({ output: { path: '/b', root: null, source: null, noise: '/n', saveLatents: '/l' } }), canonical());
    assert.equal(canonical({ model: { ...REQUEST.model, path: '/b' }, init: { ...REQUEST.init!, path: '/b' }, adapters: [{ ...REQUEST.adapters[0]!, path: '/b' }] }), canonical());
    const others: Partial<GenerateRequest>[] = [
      { prompt: 'x' }, { negativePrompt: '' }, { steps: 21 }, { seed: '8' }, { index: 3 }, { rng: 'philox' }, { model: { ...REQUEST.model, id: 'b' } }, { model: { ...REQUEST.model, sha256: 'c'.repeat(64) } },
      { init: null }, { init: { path: '/a/init.png', sha256: 'c'.repeat(64) } }, { mask: { path: '/m' } }, { adapters: [] }, { adapters: [{ ...REQUEST.adapters[0]!, weight: 1 }] },
    ];
    for (const other of others) assert.notEqual(canonical(other), canonical(), JSON.stringify(other));
  });

  it('has no field that came later while it says what was so before, or older pictures would be stale', () => {
    assert.deepEqual(Object.keys(canonicalRequest(REQUEST)).filter((key) => /guidanceInterval|perpendicular|dynamic/.test(key)), []);
    assert.deepEqual(canonicalRequest({ ...REQUEST, guidanceInterval: [0, 0.9], perpendicularNegative: 1, dynamicThresholding: 0.995 }), { ...canonicalRequest(REQUEST), guidanceInterval: [0, 0.9], perpendicularNegative: 1, dynamicThresholding: 0.995 });
  });

  it('says null for a hash that is not known', () => {
    const { model, adapters, init, mask } = canonicalRequest({ ...REQUEST, model: { id: 'm', path: '/m' }, init: { path: '/i' }, mask: { path: '/k', sha256: 'd'.repeat(64) } });
    assert.deepEqual({ model, adapters, init, mask }, { model: { id: 'm', sha256: null }, adapters: [{ id: 'crisp', sha256: null, weight: 0.5 }], init: { sha256: null }, mask: { sha256: 'd'.repeat(64) } });
  });
});
