import assert from 'node:assert/strict';
import { hasExactInt8, processor } from './processor';

describe('the processor', () => {
  it('adds 8-bit products exactly if it has a dot-product extension', () => {
    assert.equal(hasExactInt8('processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512bw avx512_vnni avx512_bf16\n'), true);
    assert.equal(hasExactInt8('flags\t\t: fpu avx2 avx_vnni\n'), true);
    assert.equal(hasExactInt8('flags\t\t: fpu avx2 avx512f avx512bw avx512_vbmi2\n'), false);
    assert.equal(hasExactInt8('model name\t: avx512_vnni\n'), false);
  });

  it('has a name', () => assert.match(processor().name, /\(\w+\)$/));
});
