import assert from 'node:assert/strict';
import { Batches, type BatchOptions } from './batches';
import type { CaptionedEntry } from './encoded-data';

const CONCEPTS = [['heart', 'love'], ['star'], ['apple'], ['moon'], ['sun']];
const entriesOf = (captions: readonly string[]) => captions.map((caption, i) => ({ picture: `${i}.png`, caption, source: null, problems: [] }) as unknown as CaptionedEntry);
const batches = (captions: readonly string[], options: Partial<BatchOptions> = {}) => new Batches(entriesOf(captions), { batchSize: 3, seed: '5', hardNegatives: false, concepts: CONCEPTS, ...options });

const colours = ['red', 'blue', 'green'];
const all = colours.flatMap((colour) => CONCEPTS.map(([name]) => `${colour} ${name} icon`));

describe('the batches of a run', () => {
  it('show each picture its own caption first and the others of the batch, all different, the same for the same seed and step', () => {
    const made = batches([...all, ...all]);
    for (let step = 0; step < 50; step++) {
      const rows = made.at(step);
      assert.deepEqual(made.at(step), rows);
      const own = rows.map(({ place }) => [...all, ...all][place]!);
      assert.equal(new Set(own).size, 3);
      rows.forEach(({ captions }, i) => assert.deepEqual(captions, [own[i], ...own.filter((_, j) => j !== i)]));
    }
    assert.notDeepEqual(made.at(0), made.at(1));
    assert.notDeepEqual(made.at(0), made.at(0, 1));
    assert.equal(new Set(Array.from({ length: 200 }, (_, step) => made.at(step).map(({ place }) => place)).flat()).size, 2 * all.length, 'every picture has its turn');
  });

  it('find the last caption where chance would not', () => {
    assert.deepEqual(new Set(batches([...Array.from({ length: 5000 }, () => 'one'), 'two', 'three']).at(0)[0]!.captions), new Set(['one', 'two', 'three']));
    assert.throws(() => batches(['one', 'two', 'two']), { code: 'bad-request', message: /2; add captions, or set batchSize: 2/ });
  });

  it('with hard negatives take pictures with the same colours and container and another concept', () => {
    const made = batches(all, { hardNegatives: true });
    for (let step = 0; step < 50; step++) {
      const rows = made.at(step);
      assert.equal(new Set(rows.map(({ place }) => all[place]!.split(' ')[0])).size, 1, 'one colour');
      assert.equal(new Set(rows.map(({ place }) => all[place]!.split(' ')[1])).size, 3, 'three concepts');
      rows.forEach(({ place, captions }) => assert.deepEqual([...captions].sort(), rows.map((row) => all[row.place]!).sort(), `${place}`));
    }
  });

  it('with hard negatives write the captions that the dataset lacks', () => {
    const captions = ['a red heart icon', 'an apple on blue', 'two green stars and a star, pink canvas'];
    const rows = batches(captions, { hardNegatives: true }).at(0);
    const of = (caption: string) => new Set(rows.find(({ place }) => captions[place] === caption)!.captions);
    assert.deepEqual(of('a red heart icon'), new Set(['a red heart icon', 'a red apple icon', 'a red star icon']));
    assert.deepEqual(of('an apple on blue'), new Set(['an apple on blue', 'a heart on blue', 'a star on blue']));
    assert.deepEqual(of(captions[2]!), new Set([captions[2], 'two green stars and a heart, pink canvas', 'two green stars and an apple, pink canvas']));
    assert.ok(rows.every((row) => row.captions[0] === captions[row.place]));
  });

  it('with hard negatives and captions about nothing known are as without', () => {
    const captions = ['a cloud', 'a tree', 'a love', 'a heart'];
    for (let step = 0; step < 20; step++) for (const { captions: [own, ...others] } of batches(captions, { hardNegatives: true }).at(step)) assert.ok(others.length === 2 && !others.includes(own!) && new Set(others).size === 2);
    assert.ok(batches(captions, { hardNegatives: true, concepts: [] }).at(0).every(({ captions: { length } }) => length === 3));
  });
});
