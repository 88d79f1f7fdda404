import assert from 'node:assert/strict';
import { near } from '../test-support/near';
import { Mt19937 } from './mt19937';
import { TorchGenerator } from './torch-generator';

const { fround } = Math;
/** As the class says of itself. */
const TOLERANCE = 2.5e-7;
const randn = (seed: bigint, count: number) => new TorchGenerator(seed).randn(count);
const uniforms = (engine: Mt19937, count: number) => Array.from({ length: count }, () => (engine.uint32() & 0xffffff) / 2 ** 24);

/** Sixteen normals of sixteen uniforms, whose pairs are eight apart: the angle in float32, which moves values most, the rest in double precision. */
const block = (u: readonly number[]) => u.map((_, j) => Math.sqrt(-2 * Math.log(1 - u[j % 8]!)) * (j < 8 ? Math.cos : Math.sin)(fround(fround(2 * Math.PI) * u[(j % 8) + 8]!)));

describe('the torch stream', () => {
  it('gives torch.randn(15) of seed 0, drawn one by one', () => {
    near(randn(0n, 15), [
      1.5409960746765137, -0.293428897857666, -2.1787893772125244, 0.5684312582015991, -1.0845223665237427, -1.3985954523086548, 0.40334683656692505, 0.8380263447761536,
      -0.7192575931549072, -0.40334352850914, -0.5966353416442871, 0.18203648924827576, -0.8566746115684509, 1.1006041765213013, -1.0711873769760132,
    ], TOLERANCE);
  });

  it('gives torch.randn(16) of seed 0, drawn as a block', () => {
    near(randn(0n, 16), [
      -1.1258398294448853, -1.152360200881958, -0.2505785822868347, -0.4338788092136383, 0.8487103581428528, 0.6920091509819031,
      -0.31601276993751526, -2.1152193546295166, 0.32227492332458496, -1.2633347511291504, 0.34998318552970886, 0.30813392996788025,
      0.11984150856733322, 1.237657904624939, 1.1167771816253662, -0.2472781538963318,
    ], TOLERANCE);
  });

  for (const count of [16, 17, 31, 32, 33, 1000]) {
    it(`draws ${count} in blocks of sixteen${count % 16 === 0 ? '' : ', and the last sixteen anew'}`, () => {
      const engine = new Mt19937(7n);
      const u = uniforms(engine, count);
      const expected = Array.from({ length: Math.floor(count / 16) }, (_, k) => block(u.slice(16 * k, 16 * k + 16))).flat();
      if (count % 16 !== 0) expected.splice(count - 16, 16, ...block(uniforms(engine, 16)));
      const noise = new TorchGenerator(7n);
      near(noise.randn(count), expected, TOLERANCE);
      near(noise.randn(16), block(uniforms(engine, 16)), TOLERANCE); // and goes on behind them
    });
  }

  it('draws fewer than sixteen from pairs of doubles, whatever the calls', () => {
    const engine = new Mt19937(7n);
    const double = () => {
      const high = engine.uint32() & 0x1fffff;
      return (high * 2 ** 32 + engine.uint32()) / 2 ** 53;
    };
    const expected = Array.from({ length: 8 }, () => {
      const angle = 2 * Math.PI * double();
      const radius = Math.sqrt(-2 * Math.log1p(-double()));
      return [radius * Math.cos(angle), radius * Math.sin(angle)];
    }).flat().slice(0, 15);
    near(randn(7n, 15), expected, TOLERANCE);
    const noise = new TorchGenerator(7n);
    assert.deepEqual([1, 3, 0, 2, 9].flatMap((count) => [...noise.randn(count)]), [...randn(7n, 15)]);
  });

  it('keeps the second of a pair for the next call of a few, over a call of many', () => {
    const [noise, engine] = [new TorchGenerator(7n), new Mt19937(7n)];
    const [first, second] = randn(7n, 2);
    assert.deepEqual([...noise.randn(1)], [first]);
    for (let i = 0; i < 4; i++) engine.uint32(); // the pair
    near(noise.randn(16), block(uniforms(engine, 16)), TOLERANCE);
    assert.deepEqual([...noise.randn(1)], [second]);
  });
});
