import assert from 'node:assert/strict';
import { configItemsAt } from './config-items-at';

const labels = (before: string, text = before) => configItemsAt(before, text).map(({ label }) => label);

describe('what may be typed next in train.yaml', () => {
  it('is a key that is not there yet, with its default', () => {
    const offered = configItemsAt('st', 'name: cats\nseed: 3\nst');
    assert.ok(offered.some(({ label, insert, from }) => label === 'steps' && insert === 'steps: 500' && from === 0));
    assert.ok(!offered.some(({ label }) => label === 'name' || label === 'seed'));
  });

  it('is a value of the line\'s key, where it has few', () => {
    assert.deepEqual(labels('loss: so'), ['contrastive', 'soft-rank', 'denoising']);
    assert.equal(configItemsAt('loss: so', '')[0]?.from, 6);
    assert.deepEqual(labels('hardNegatives: '), ['true', 'false']);
  });

  it('is nothing in a comment, in a number and behind a value', () => {
    assert.deepEqual(labels('# lo'), []);
    assert.deepEqual(labels('steps: 5'), []);
    assert.deepEqual(labels('loss: denoising x'), []);
  });
});
