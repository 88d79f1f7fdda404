import assert from 'node:assert/strict';
import { formatCounts } from './dataset';

describe('the sentence before training', () => {
  it('counts in words, with one and with thousands, and tells of orphans only where there are some', () => {
    assert.equal(formatCounts({ pictures: 0, captions: 0, without: 0, orphans: 0 }), '0 pictures, 0 captions, 0 without');
    assert.equal(formatCounts({ pictures: 1, captions: 1, without: 0, orphans: 1 }), '1 picture, 1 caption, 0 without; 1 caption without a picture');
    assert.equal(formatCounts({ pictures: 100_000, captions: 98_765, without: 1_235, orphans: 2_000 }), '100,000 pictures, 98,765 captions, 1,235 without; 2,000 captions without a picture');
  });
});
