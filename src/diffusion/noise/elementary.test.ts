import assert from 'node:assert/strict';
import { exp, expm1, log, pow, sinCos } from './elementary';

/** Within a few units in the last place. */
function near(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= 1e-15 * Math.abs(expected), `${what}: ${actual} is not ${expected}`);
}
/** Numbers from one to another, evenly. */
const between = (from: number, to: number, count = 2000) => Array.from({ length: count }, (_, i) => from + ((to - from) * (i + 0.37)) / count);
/** A number of every size down to a tiny one, of either sign. */
const shrinking = between(1, 2, 60).flatMap((x, i) => [x * 2 ** -i, -x * 2 ** -i]);

describe('elementary functions', () => {
  it('agree with the engine to 1e-15', () => {
    for (const [i, x] of between(1, 2, 2046).entries()) near(log(x * 2 ** (i - 1022)), Math.log(x * 2 ** (i - 1022)), `log ${x} · 2^${i - 1022}`); // every exponent
    for (const x of [...between(0.5, 2), ...shrinking.map((x) => 1 + x / 2)]) near(log(x), Math.log(x), `log ${x}`);
    for (const x of [...between(-700, 700), ...shrinking]) near(exp(x), Math.exp(x), `exp ${x}`);
    for (const x of [...between(-3, 3), ...shrinking]) near(expm1(x), Math.expm1(x), `expm1 ${x}`);
  });

  it('have sines and cosines in every quarter, up to 1000', () => {
    for (const x of [...between(-1000, 1000, 8000), ...shrinking]) {
      const [sin, cos] = sinCos(x);
      assert.ok(Math.abs(sin - Math.sin(x)) < 5e-16 && Math.abs(cos - Math.cos(x)) < 5e-16, `${x}: ${sin}, ${cos}`);
    }
  });

  it('are exact where the answer is', () => {
    assert.deepEqual([log(1), exp(0), expm1(0), pow(5, 0), pow(0, 0)], [0, 1, 0, 1, 1]);
    assert.deepEqual(sinCos(0), [0, 1]);
    for (const power of [-1022, -1, 1, 10, 1023]) assert.equal(log(2 ** power), power * Math.LN2);
  });

  it('have their limits', () => {
    assert.deepEqual([log(0), log(Infinity), log(-1), log(NaN)], [-Infinity, Infinity, NaN, NaN]);
    assert.deepEqual([exp(-746), exp(709.79), exp(-Infinity), exp(Infinity), exp(NaN)], [0, Infinity, 0, Infinity, NaN]);
    near(exp(709.78), Math.exp(709.78), 'the largest');
    assert.equal(exp(-745), 5e-324, 'the smallest');
    assert.deepEqual([expm1(-Infinity), expm1(Infinity), expm1(NaN)], [-1, Infinity, NaN]);
    assert.deepEqual([pow(0, 2), pow(0, -1)], [0, Infinity]);
  });

  it('make powers', () => {
    near(pow(2, 0.5), Math.SQRT2, '√2');
    near(pow(10_000, -0.5), 0.01, '1/100');
    near(pow(0.9, 3), 0.729, '0.9³');
  });
});
