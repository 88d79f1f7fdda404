import assert from 'node:assert/strict';
import { hardChoices, randomChoices } from './captions';

const NAMES = [['camera'], ['video camera', 'camcorder'], ['apple'], ['heart', 'favorite']];
const entries = ['red heart icon', 'a heart on blue', 'an apple, green', 'a video camera', 'mystery'].map((caption, i) => ({ picture: `${i}.png`, caption }));

describe('captions to choose from', () => {
  it('are the own one first and different others, the same for the same seed', () => {
    const choices = randomChoices(entries, 4, 7);
    for (const [i, { picture, captions }] of choices.entries()) {
      assert.deepEqual([picture, captions[0], captions.length, new Set(captions).size], [`${i}.png`, entries[i]!.caption, 4, 4]);
    }
    assert.deepEqual(randomChoices(entries, 4, 7), choices);
    assert.notDeepEqual(randomChoices(entries, 4, 8), choices);
    assert.throws(() => randomChoices(entries, 6, 7), RangeError);
  });

  it('differ in the concept and its article alone, when hard', () => {
    const choices = hardChoices(entries, NAMES, 4, 1);
    assert.deepEqual(choices.map(({ picture }) => picture), ['0.png', '1.png', '2.png', '3.png']);
    assert.deepEqual([...choices[1]!.captions].sort(), ['a camera on blue', 'a heart on blue', 'a video camera on blue', 'an apple on blue']);
    assert.deepEqual([...choices[2]!.captions].sort(), ['a camera, green', 'a heart, green', 'a video camera, green', 'an apple, green']);
  });
});
