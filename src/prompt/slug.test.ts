import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isPortable, keepOffDevices, MAX_SLUG_BYTES, slug } from './slug';

describe('slug', () => {
  it('keeps words and letters of every script, composed', () => {
    assert.equal(slug('Red heart'), 'Red heart');
    assert.equal(slug('cafe\u0301 心 😀'), 'café 心 😀');
  });

  it('leaves no character that some file system reserves', () => {
    assert.equal(slug('a/b\\c:d*e?f"g<h>i|j\u0000k\nl'), 'a-b-c-d-e-f-g-h-i-j-k-l');
    assert.equal(slug('a\u202eb\u200bc'), 'abc');
    assert.equal(slug('\ud800x'), '-x');
  });

  it('has no dot or space at its ends, and is never empty', () => {
    assert.equal(slug('  ..a. b.. '), 'a. b');
    for (const name of ['', '.', '..', ' ', '. .']) assert.equal(slug(name), '_', JSON.stringify(name));
  });

  it('is no Windows device', () => {
    for (const name of ['con', 'NUL', 'Com1', 'LPT9', 'aux.tar', 'com¹', 'CONIN$', 'con .x']) assert.equal(slug(name), `_${name}`);
    for (const name of ['console', 'com', 'com10', 'nulls']) assert.equal(slug(name), name);
    assert.equal(keepOffDevices('prn.png'), '_prn.png');
  });

  it('takes at most 80 bytes, cut between letters', () => {
    assert.equal(slug('é'.repeat(60)), 'é'.repeat(40));
    assert.equal(slug(`${'a'.repeat(78)}😀`), 'a'.repeat(78));
    assert.equal(slug(`${'a'.repeat(79)} b`), 'a'.repeat(79));
  });

  it('is its own slug, and one safe path segment, for any name', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', maxLength: 120 })), (name) => {
      const result = slug(name);
      assert.equal(slug(result), result);
      assert.ok(new TextEncoder().encode(result).length <= MAX_SLUG_BYTES + 1);
      assert.doesNotMatch(result, /[/\\:\0]|^\.|[. ]$/);
    }), { numRuns: 400 });
  });

  it('is what can be a file name on every system as it stands', () => {
    for (const name of ['a', 'a b.png', '.hidden', 'console.png', 'é😀']) assert.equal(isPortable(name), true, name);
    for (const name of ['', ' a', 'a ', 'a.', 'a:b', 'a\\b', 'a|b', 'a\u0007', 'nul.png', '\ud800']) assert.equal(isPortable(name), false, JSON.stringify(name));
  });
});
