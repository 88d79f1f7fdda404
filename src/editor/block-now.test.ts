import assert from 'node:assert/strict';
import { parse } from '../prompt';
import { blockNow } from './block-now';

const blocks = (text: string) => parse(text, { fileName: 'icons.t2i', language: 't2i' });
const [heart, star] = blocks('# heart\nred\n# star\nblue').blocks;

describe('a block that was asked for earlier', () => {
  it('is the one of its name, as it is now', () => {
    assert.equal(blockNow(blocks('# new\nx\n# heart\ngreen\n# star\nblue'), heart!)?.prompt, 'green');
    assert.equal(blockNow(blocks('# star\nyellow'), star!)?.prompt, 'yellow');
  });

  it('is the one at its place if several are called so', () => {
    const now = blocks('# star\n1\n# star\n2\n# star\n3');
    assert.equal(blockNow(now, star!)?.prompt, '2');
    assert.equal(blockNow(now, { name: 'star', index: 7 })?.prompt, '1');
  });

  it('is none once it has gone, or its file holds no prompts', () => {
    assert.equal(blockNow(blocks('# moon\nx'), heart!), undefined);
    assert.equal(blockNow(undefined, heart!), undefined);
  });
});
