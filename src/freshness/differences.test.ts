import assert from 'node:assert/strict';
import type { EaselRecord } from '../image/metadata';
import type { CanonicalRequest } from '../prompt';
import { differences } from './differences';

const SHA = (digit: string) => digit.repeat(64);
const request: CanonicalRequest = {
  version: 1, prompt: 'red heart', negativePrompt: '', promptSyntax: 'a1111', longPrompt: 'chunk', width: 64, height: 64, steps: 20, guidanceScale: 3, guidanceRescale: 0, sampler: null, scheduleType: 'Automatic',
  eta: 0, clipSkip: 1, seed: '42', rng: 'torch', denoisingStrength: 1, index: 0, model: { id: 'icon-64', sha256: SHA('a') }, adapters: [], init: null, mask: null,
};
const compare = (now: Partial<CanonicalRequest>, drawn: Partial<CanonicalRequest> = {}) => differences({ ...request, ...drawn } as EaselRecord['request'], { ...request, ...now });
const reasons = (now: Partial<CanonicalRequest>, drawn?: Partial<CanonicalRequest>) => compare(now, drawn).reasons;

describe('what differs between a picture and its block', () => {
  it('is nothing where both say the same, in whatever order', () => {
    assert.deepEqual(compare({}), { reasons: [], modelVerified: true });
    const turned = Object.fromEntries(Object.entries({ ...request, model: { sha256: SHA('a'), id: 'icon-64' } }).reverse());
    assert.deepEqual(differences(turned as EaselRecord['request'], request), { reasons: [], modelVerified: true });
  });

  it('is told in the words of the language, one line each', () => {
    assert.deepEqual(reasons({ steps: 30, guidanceScale: 4.5, negativePrompt: 'blur', sampler: 'Euler', seed: '18446744073709551615', index: 2 }), [
      'negative prompt: none → blur', 'steps: 20 → 30', 'CFG scale: 3 → 4.5', 'sampler: default → Euler', 'seed: 42 → 18446744073709551615', 'place in the block: 0 → 2',
    ]);
  });

  it('names a setting that one side does not have, or that is a list or a picture, without its value', () => {
    assert.deepEqual(reasons({ guidanceInterval: [0, 0.5], init: { sha256: SHA('b') } }), ['the picture it starts from changed', 'CFG interval changed']);
    assert.deepEqual(reasons({}, { guidanceInterval: [0, 0.5], dynamicThresholding: 0.99 }), ['CFG interval changed', 'dynamic thresholding changed']);
    assert.deepEqual(reasons({ mask: { sha256: SHA('b') } }, { mask: { sha256: SHA('c') } }), ['the mask changed']);
    assert.deepEqual(reasons({ guidanceInterval: [0, 0.5] }, { guidanceInterval: [0, 0.5] }), []);
  });

  it('is seen in a long text, wherever it is', () => {
    const long = 'a red heart on a blue circle, flat, with a thin white outline and a soft shadow below it';
    assert.deepEqual(reasons({ prompt: `${long}, glossy` }, { prompt: `${long}, matte` }), ['prompt: …ft shadow below it, matte → …ft shadow below it, glossy']);
    assert.deepEqual(reasons({ prompt: `x${long}` }, { prompt: long }), ['prompt: a red heart on a blue circle, flat, with a thin white outli… → xa red heart on a blue circle, flat, with a thin white outl…']);
    assert.deepEqual(reasons({ prompt: `${long}, ${'x'.repeat(90)}` }, { prompt: `${long}, ` }), [`prompt: …ft shadow below it,  → …ft shadow below it, ${'x'.repeat(38)}…`]);
    assert.deepEqual(reasons({ prompt: 'x'.repeat(60) }, { prompt: 'y' }), [`prompt: y → ${'x'.repeat(60)}`]);
    // The two share half of their last character.
    assert.deepEqual(reasons({ prompt: `${'🎨'.repeat(60)}🎩` }, { prompt: '🎨'.repeat(61) }), [`prompt: …${'🎨'.repeat(10)} → …${'🎨'.repeat(9)}🎩`]);
    assert.deepEqual(reasons({ prompt: `a${'🎨'.repeat(40)}` }, { prompt: 'y' }), [`prompt: y → a${'🎨'.repeat(29)}…`]);
    assert.deepEqual(reasons({ prompt: '🎨'.repeat(40) }, { prompt: 'y' }), [`prompt: y → ${'🎨'.repeat(29)}…`]);
  });

  it('is told where it is white space alone', () => {
    assert.deepEqual(reasons({ prompt: 'red\nheart' }), ['prompt changed in its white space']);
    assert.deepEqual(reasons({ prompt: 'red\n\nrose' }), ['prompt: red heart → red rose']);
  });
});

describe('a model and adapters', () => {
  const crisp = { id: 'crisp', sha256: SHA('c'), weight: 1 };

  it('are compared by name and by content', () => {
    assert.deepEqual(compare({ model: { id: 'other', sha256: SHA('a') } }), { reasons: ['model: icon-64 → other'], modelVerified: true });
    assert.deepEqual(compare({ model: { id: 'icon-64', sha256: SHA('b') } }), { reasons: ['model: icon-64 → icon-64 (other content)'], modelVerified: true });
    assert.deepEqual(reasons({ adapters: [{ ...crisp, sha256: SHA('d') }] }, { adapters: [crisp] }), ['adapters: crisp → crisp (other content)']);
    assert.deepEqual(compare({ adapters: [crisp] }, { adapters: [crisp] }), { reasons: [], modelVerified: true });
  });

  it('are compared by name alone, and not verified, where one side does not know the content', () => {
    const here = { id: 'icon-64', sha256: SHA('a') };
    for (const [now, drawn] of [[{ ...here, sha256: null }, here], [here, { ...here, sha256: null }]]) assert.deepEqual(compare({ model: now }, { model: drawn }), { reasons: [], modelVerified: false });
    assert.deepEqual(compare({ model: { id: 'other', sha256: null } }), { reasons: ['model: icon-64 → other'], modelVerified: false });
    const soft = { ...crisp, id: 'soft' };
    for (const now of [[crisp, { ...soft, sha256: null }], [{ ...crisp, sha256: null }, soft]]) assert.deepEqual(compare({ adapters: now }, { adapters: [crisp, soft] }), { reasons: [], modelVerified: false });
  });

  it('come, go and change places and strength', () => {
    const soft = { ...crisp, id: 'soft' };
    assert.deepEqual(reasons({ adapters: [crisp] }), ['adapters: none → crisp']);
    assert.deepEqual(reasons({}, { adapters: [crisp, soft] }), ['adapters: crisp, soft → none']);
    assert.deepEqual(reasons({ adapters: [soft, crisp] }, { adapters: [crisp, soft] }), ['adapters: crisp, soft → soft, crisp']);
    assert.deepEqual(reasons({ adapters: [{ ...crisp, id: 'other' }, soft] }, { adapters: [crisp, soft] }), ['adapters: crisp, soft → other, soft']);
    assert.deepEqual(reasons({ adapters: [{ ...crisp, weight: 0.5 }] }, { adapters: [crisp] }), ['adapters: crisp → crisp:0.5']);
    // A record may lack what a request has.
    const { weight: _weight, ...bare } = crisp;
    assert.deepEqual(reasons({ adapters: [{ ...crisp, weight: 0.5 }] }, { adapters: [bare] } as object), ['adapters: crisp → crisp:0.5']);
  });
});
