import assert from 'node:assert/strict';
import { differentiate, type SafeTensor } from '../../../src/onnx/index.ts';
import type { Rule } from '../../../src/onnx/gradient/rule.ts';
import { gradientRules } from '../../../src/onnx/gradient/rules.ts';
import { errorsOf, modelOf, ruleCases, ruleTensors, type RuleCase, type Sizes } from './rule-cases.ts';

describe('gradient rules match PyTorch float64', function () {
  this.timeout(60_000);
  let tensors: ReadonlyMap<string, SafeTensor>;
  before(async () => { tensors = await ruleTensors(); });

  const errors = (c: RuleCase, sizes: Sizes, rules?: ReadonlyMap<string, Rule>) => {
    const wrt = c.inputs.filter((i) => i.role === 'wrt').map((i) => i.name);
    return errorsOf(c, differentiate(modelOf(c, tensors, sizes), { wrt, rules }), tensors);
  };

  for (const c of ruleCases) {
    it(`${c.index} ${c.name}`, async () => {
      for (const sizes of ['fixed', 'symbolic'] as const) {
        for (const { x, error, bound } of await errors(c, sizes)) {
          assert.ok(error <= bound, `grad_${x} with ${sizes} sizes: error ${error.toExponential(1)} above ${bound.toExponential(1)}`);
        }
      }
    });
  }

  it('notices when any gradient of any rule is wrong', async () => {
    const unnoticed: string[] = [];
    for (const [op, rule] of gradientRules) {
      const own = ruleCases.filter((c) => c.nodes.some((n) => n.op === op));
      const slots = new Map<number, boolean>();
      for (const c of own) {
        // Which inputs this case's rule gives a gradient for; each is then broken alone.
        const seen = new Set<number>();
        const spy: Rule = (call) => { const gs = rule(call); gs.forEach((g, i) => g && call.x[i] && seen.add(i)); return gs; };
        await errors(c, 'fixed', new Map([...gradientRules, [op, spy]]));
        for (const slot of seen) {
          if (slots.get(slot)) continue;
          const broken: Rule = (call) => rule(call).map((g, i) => (g && i === slot ? call.b.scale(g, 1.01) : g));
          slots.set(slot, (await errors(c, 'fixed', new Map([...gradientRules, [op, broken]]))).some(({ error, bound }) => error > bound));
        }
      }
      if (own.length === 0) unnoticed.push(`${op} has no case`);
      for (const [slot, noticed] of slots) if (!noticed) unnoticed.push(`${op}, gradient ${slot}`);
    }
    assert.deepEqual(unnoticed, []);
  });
});
