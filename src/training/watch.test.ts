import assert from 'node:assert/strict';
import { Watch } from './watch';

const fine = { loss: 1, gradientNorm: 1, tokenCosine: 0.5 };

describe('the watch over a run', () => {
  it('stops at the first number that is none', () => {
    for (const wrong of [{ loss: NaN }, { gradientNorm: Infinity }]) assert.equal(new Watch(false).look(1, { ...fine, ...wrong })?.kind, 'nan');
    assert.equal(new Watch(false).look(1, fine), null);
  });

  it('stops when tokens stay one for twenty steps, not when they were asked to start so', () => {
    const after = (watch: Watch, cosines: number[]) => cosines.map((tokenCosine, i) => watch.look(i + 1, { ...fine, tokenCosine })?.kind ?? null);
    const long = Array.from({ length: 20 }, () => 0.9995);
    assert.deepEqual(after(new Watch(false), long).filter((kind) => kind !== null), ['collapse']);
    assert.ok(after(new Watch(false), [...long.slice(1), 0.5, ...long.slice(1)]).every((kind) => kind === null));
    assert.ok(after(new Watch(true), long).every((kind) => kind === null));
  });

  it('stops when the mean loss doubles, and not for a step that is hard; it goes on where a checkpoint left it', () => {
    const steady = new Watch(false);
    for (let step = 1; step < 300; step++) assert.equal(steady.look(step, { ...fine, loss: step % 7 === 0 ? 3 : 0.7 }), null, `${step}`);
    const resumed = new Watch(false, steady.state);
    let kind: string | undefined;
    let steps = 0;
    while (kind === undefined && steps < 200) kind = resumed.look(300 + steps++, { ...fine, loss: 4 })?.kind;
    assert.equal(kind, 'divergence');
    assert.ok(steps < 100, `${steps}`);
  });
});
