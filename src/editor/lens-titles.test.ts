import assert from 'node:assert/strict';
import { lensTitles, type LensState } from './lens-titles';

const t = (message: string) => message;
const base: LensState = { state: 'fresh', modelVerified: true, reasons: [], job: null };
const titles = (state: Partial<LensState>) => lensTitles({ ...base, ...state }, t).map(({ command, title }) => `${command}: ${title}`);

describe('the lenses above a block', () => {
  it('offer one picture, four, and say the state', () => {
    assert.deepEqual(titles({ state: 'stale' }), ['generate: $(play)\u00a0Generate', 'generateFour: Generate 4', 'explainState: $(history)\u00a0stale']);
    assert.equal(titles({ state: 'missing' }).at(-1), 'explainState: $(circle-outline)\u00a0missing');
    assert.equal(titles({ state: 'unknown' }).at(-1), 'explainState: $(question)\u00a0unknown');
    assert.equal(titles({ state: 'checking' }).at(-1), 'explainState: $(sync)\u00a0checking');
  });

  it('say when a fresh picture was compared without its model', () => {
    assert.equal(titles({ modelVerified: false }).at(-1), 'explainState: $(check)\u00a0fresh (model not verified)');
  });

  it('offer to cancel, and nothing else to start, while the block is drawn', () => {
    assert.deepEqual(titles({ job: { label: 'step 3 of 20', cancelling: false } }), ['cancel: $(debug-stop)\u00a0Cancel', 'openPanel: $(loading~spin)\u00a0step 3 of 20']);
    assert.equal(titles({ job: { label: 'step 3 of 20', cancelling: true } })[0], 'cancel: $(debug-stop)\u00a0Cancelling');
  });

  it('tell the reasons of a state in its tooltip', () => {
    const state = lensTitles({ ...base, state: 'stale', reasons: ['the prompt changed', 'steps: 20, now 30'] }, t).at(-1);
    assert.equal(state?.tooltip, 'the prompt changed\nsteps: 20, now 30');
  });
});
