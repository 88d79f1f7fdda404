import assert from 'node:assert/strict';
import { differentiate, type Model } from '../../../src/onnx/index.ts';
import { interpret, type Value } from './interpreter.ts';
import { feedOf, generator, makerNames, randomGraph, type RandomGraph } from './random-graphs.ts';
import { norm } from './rule-cases.ts';
import { runModel, type Optimisation } from './session.ts';

/** On demand: `EASEL_RANDOM_GRAPHS=2000 npx mocha test/conformance/gradients/random-graphs.test.ts`. */
const COUNT = Number(process.env['EASEL_RANDOM_GRAPHS'] ?? 200);
const STEP = 1e-5;
const SIZES = [{ B: 2, S: 3 }, { B: 1, S: 5 }];

describe(`${COUNT} random compositions agree with a float64 interpreter`, function () {
  this.timeout(1_200_000);
  const used = new Map<string, number>();

  it('in every gradient, for two sizes, optimised or not, and by ⟨g, Jv⟩', async () => {
    const wrong: string[] = [];
    let [compared, kinks] = [0, 0];
    for (let seed = 0; seed < COUNT; seed++) {
      const graph = randomGraph(seed, used);
      const answers = await check(graph).catch((error: unknown) => { throw new Error(`graph ${seed}: ${String(error)}`); });
      for (const answer of answers) {
        compared += answer.kink ? 0 : 1;
        kinks += answer.kink ? 1 : 0;
        if (!answer.kink && answer.error > answer.bound) wrong.push(`graph ${seed}, ${answer.what}: error ${answer.error.toExponential(1)} above ${answer.bound.toExponential(1)}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert.ok(kinks < 0.05 * compared, `${kinks} of ${compared} lay at a kink`);
  });

  it('with every operator among them', () => {
    if (COUNT >= 200) assert.deepEqual(makerNames.filter((name) => !used.has(name)), []);
  });
});

interface Answer { readonly what: string; readonly error: number; readonly bound: number; readonly kink: boolean }

async function check(graph: RandomGraph): Promise<Answer[]> {
  const gradient = differentiate(graph.model, { wrt: graph.inputs, outputs: graph.outputs });
  const points = SIZES.map((sizes) => pointOf(graph, sizes));
  const answers: Answer[] = [];
  for (const optimisation of ['all', 'disabled'] as Optimisation[]) {
    const results = await runModel(gradient, points.map(({ at, cotangents }) => new Map([...[...at].map(([x, v]) => [x, feedOf(v)] as const), ...[...cotangents].map(([y, v]) => [`grad_${y}`, feedOf(v)] as const)])), optimisation);
    points.forEach(({ slopes, own, largest, direction, adjoint, kink }, k) => {
      const where = `sizes ${k}, optimisation ${optimisation}`;
      let product = 0;
      for (const [x, want] of slopes) {
        const got = Float64Array.from(results[k]?.get(`grad_${x}`)?.data ?? []);
        product += dot(got, direction.get(x) as Float64Array);
        const scale = Math.max(norm(want), 1e-6 * Math.max(largest, 1)); // cotangents are about one
        const error = norm(want.map((v, i) => v - (got[i] ?? NaN))) / scale;
        // A gradient that is analytically zero is zero up to rounding, which the interpreter has too little of to tell how much.
        const zero = norm(want) < 1e-6 * Math.max(largest, 1);
        const bound = zero ? 1 : error <= 1e-4 ? 1e-4 : Math.max(1e-4, (10 * own(x)) / scale);
        answers.push({ what: `grad_${x}, ${where}`, error: Number.isNaN(error) ? Infinity : error, bound, kink });
      }
      answers.push({ what: `⟨g, Jv⟩, ${where}`, error: Math.abs(product - adjoint) / Math.max(Math.abs(adjoint), largest, 1e-3), bound: 1e-3, kink });
    });
  }
  return answers;
}

/** Inputs, cotangents g and a direction v at one set of sizes, with what the interpreter says of the gradients there. */
function pointOf({ model, inputs, outputs, draw, seed }: RandomGraph, sizes: Readonly<Record<string, number>>) {
  const at = new Map(inputs.map((x) => [x, draw(x, sizes)]));
  const ends = interpret(model, at);
  const random = generator(seed + 77);
  const cotangents = new Map(outputs.map((y) => { const { dims, data } = ends.get(y) as Value; return [y, { dims, data: data.map(() => Math.fround(random() * 2 - 1)) }]; }));
  const loss = (values: ReadonlyMap<string, Value>): number => {
    const results = interpret(model, values);
    return outputs.reduce((s, y) => s + dot((results.get(y) as Value).data, (cotangents.get(y) as Value).data), 0);
  };
  const found = inputs.map((x) => [x, differences(loss, at, x)] as const);
  const slopes = new Map(found.map(([x, v]) => [x, v.slopes]));
  // How much the gradient itself moves with inputs that float32 would call the same: no float32 program can do better.
  const nudged = new Map([...at].map(([x, v]) => [x, { dims: v.dims, data: v.data.map((e) => e * (1 + 2e-7 * (random() - 0.5))) }]));
  const flattened = saturation(model, ends);
  const own = (x: string): number => {
    const [exact, moved] = [slopes.get(x) as Float64Array, differences(loss, nudged, x).slopes];
    return Math.max(norm(exact.map((v, i) => v - (moved[i] ?? NaN))), flattened * norm(exact));
  };
  const direction = new Map([...at].map(([x, v]) => [x, v.data.map(() => random() * 2 - 1)]));
  const along = (step: number): number => loss(new Map([...at].map(([x, v]) => [x, { dims: v.dims, data: v.data.map((e, i) => e + step * ((direction.get(x) as Float64Array)[i] as number)) }])));
  return {
    at, cotangents, direction, own, slopes, kink: found.some(([, { kink }]) => kink),
    largest: Math.max(...[...slopes.values()].map(norm)), adjoint: (along(STEP) - along(-STEP)) / (2 * STEP),
  };
}

/**
 * The digits that float32 loses where a Tanh is all but 1: its slope 1 − y² is then what rounding left of it. Graph 485 has
 * y = 0.9999965; PyTorch's float32 is off by 0.7 % there, which is this, and by nothing else.
 */
function saturation(model: Model, values: ReadonlyMap<string, Value>): number {
  const slopes = model.graph.nodes.filter(({ opType }) => opType === 'Tanh').flatMap(({ outputs }) => Array.from(values.get(outputs[0] as string)?.data ?? [], (y) => 1 - y * y));
  return Math.min(0.01, 2 ** -24 / Math.min(1, ...slopes));
}

interface Slopes { readonly slopes: Float64Array; /** The two sides differ: the point lies where an operator has a corner. */ readonly kink: boolean }

function differences(loss: (values: ReadonlyMap<string, Value>) => number, at: ReadonlyMap<string, Value>, x: string): Slopes {
  const { dims, data } = at.get(x) as Value;
  const middle = loss(at);
  let kink = false;
  const slopes = data.map((v, i) => {
    const shifted = (step: number): number => { const moved = data.slice(); moved[i] = v + step; return loss(new Map([...at, [x, { dims, data: moved }]])); };
    const [up, down] = [shifted(STEP), shifted(-STEP)];
    const sides = [(up - middle) / STEP, (middle - down) / STEP] as const;
    if (Math.abs(sides[0] - sides[1]) > 1e-2 * Math.max(1e-2, Math.abs(sides[0]))) kink = true;
    return (up - down) / (2 * STEP);
  });
  return { slopes, kink };
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((s, v, i) => s + v * (b[i] as number), 0);
