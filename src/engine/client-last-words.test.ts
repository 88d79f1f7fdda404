import assert from 'node:assert/strict';
import { LastWords } from './client-last-words';

const said = (...chunks: (string | Buffer)[]) => {
  const words = new LastWords();
  for (const chunk of chunks) words.add(Buffer.from(chunk));
  return words;
};

describe('last words', () => {
  it('keep the end of 64 KiB, without half a character', () => {
    const words = said('x'.repeat(10), 'é'.repeat(40_000), 'end');
    assert.ok(Buffer.byteLength(words.text) <= 64 * 1024);
    assert.ok(words.text.startsWith('é') && words.text.endsWith('end'));
  });

  it('are the error of a JavaScript stack', () => {
    assert.equal(said('file.js:1\nthrow x\n^\n\nTypeError: no tensor\n    at run (file.js:1)\n\nNode.js v24.1.0\n').summary, 'TypeError: no tensor');
  });

  it('are the last three lines of anything else', () => {
    assert.equal(said('1\n2\n', '3\n4\n').summary, '2 / 3 / 4');
  });
});
