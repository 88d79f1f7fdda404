import assert from 'node:assert/strict';
import fc from 'fast-check';
import { exp, expm1, log, pow, sinCos } from './elementary';
import { createNoise } from './index';
import { Mt19937 } from './mt19937';
import { philox4x32 } from './philox';

function close(actual: Float32Array, expected: readonly number[], tolerance: number): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => assert.ok(Math.abs(actual[i]! - value) <= tolerance * Math.max(1, Math.abs(value)), `${i}: ${actual[i]} is not ${value}`));
}

describe('the Mersenne Twister', () => {
  it('gives the tenth thousandth number of the standard seed that the C++ standard prescribes', () => {
    const engine = new Mt19937(5489n);
    let value = 0;
    for (let i = 0; i < 10_000; i++) value = engine.uint32();
    assert.equal(value, 4123659995);
  });
});

describe('Philox 4x32-10', () => {
  // Known-answer vectors of Random123 (DEShawResearch/random123, tests/kat_vectors).
  it('gives the published blocks', () => {
    assert.deepEqual(philox4x32([0, 0, 0, 0], [0, 0]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const ones = 0xffffffff;
    assert.deepEqual(philox4x32([ones, ones, ones, ones], [ones, ones]), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
    assert.deepEqual(philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]), [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
  });

  it('gives the normals that CUDA draws for seed 0', () => {
    // torch.manual_seed(0); torch.randn(3, 4, device='cuda'), as published with stable-diffusion-webui's rng_philox.py.
    close(createNoise('philox', '0').randn(12), [
      -0.92466259, -0.42534415, -2.6438457, 0.14518388, -0.12086647, -0.57972564, -0.62285122, -0.32838709,
      -1.07454231, -0.36314407, -1.67105067, 2.26550497,
    ], 2.5e-7);
  });

  it('draws other numbers on the second call', () => {
    const noise = createNoise('philox', '0');
    assert.notDeepEqual(noise.randn(4), noise.randn(4));
  });
});

describe('the torch stream', () => {
  it('gives torch.randn(16) of seed 0', () => {
    close(createNoise('torch', '0').randn(16), [
      -1.1258398294448853, -1.152360200881958, -0.2505785822868347, -0.4338788092136383, 0.8487103581428528, 0.6920091509819031,
      -0.31601276993751526, -2.1152193546295166, 0.32227492332458496, -1.2633347511291504, 0.34998318552970886, 0.30813392996788025,
      0.11984150856733322, 1.237657904624939, 1.1167771816253662, -0.2472781538963318,
    ], 2.5e-7);
  });

  it('redraws the last sixteen values of a length that is no multiple of sixteen', () => {
    const long = createNoise('torch', '7').randn(20);
    const whole = createNoise('torch', '7').randn(16);
    assert.deepEqual(long.subarray(0, 4), whole.subarray(0, 4));
    assert.notEqual(long[4], whole[4]);
  });

  it('uses the low 32 bits of a seed, as PyTorch does', () => {
    assert.deepEqual(createNoise('torch', String(2n ** 32n + 42n)).randn(32), createNoise('torch', '42').randn(32));
  });

  it('has mean 0 and variance 1', () => {
    const values = createNoise('torch', '3').randn(1 << 18);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    assert.ok(Math.abs(mean) < 0.01 && Math.abs(variance - 1) < 0.01, `mean ${mean}, variance ${variance}`);
  });
});

describe('a seed', () => {
  it('outside of 64 bits is refused', () => {
    for (const seed of ['-1', '1.5', '', 'x', String(1n << 64n)]) assert.throws(() => createNoise('torch', seed), RangeError);
    createNoise('philox', String((1n << 64n) - 1n)).randn(1);
  });
});

describe('elementary functions', () => {
  const near = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual - expected) <= 1e-15 * Math.max(Math.abs(expected), 1e-300), `${actual} is not ${expected}`);

  it('agree with the engine to 1e-15', () => {
    fc.assert(fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => near(log(x), Math.log(x))));
    fc.assert(fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => near(exp(x), Math.exp(x))));
    fc.assert(fc.property(fc.double({ min: -3, max: 3, noNaN: true }), (x) => near(expm1(x), Math.expm1(x))));
    fc.assert(fc.property(fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }), (x) => {
      const [sin, cos] = sinCos(x);
      assert.ok(Math.abs(sin - Math.sin(x)) < 1e-15 && Math.abs(cos - Math.cos(x)) < 1e-15);
    }));
  });

  it('have their limits', () => {
    assert.equal(log(0), -Infinity);
    assert.ok(Number.isNaN(log(-1)));
    assert.equal(exp(-800), 0);
    assert.equal(exp(800), Infinity);
    assert.equal(exp(0), 1);
    assert.equal(pow(0, 2), 0);
    assert.equal(pow(5, 0), 1);
    assert.ok(Math.abs(pow(2, 0.5) - Math.SQRT2) < 1e-15);
  });
});
