import assert from 'node:assert/strict';
import { conceptFinder, withConcept } from './concept-in-caption';

const find = conceptFinder([['camera'], ['video camera', 'camcorder'], ['apple'], ['heart', 'favorite'], ['Camcorder']]);

describe('the concept that a caption names', () => {
  it('is the longest known name as whole words, in any case, also where a shorter one overlaps it', () => {
    assert.deepEqual(find('a video camera'), { concept: 1, start: 2, end: 14 });
    assert.deepEqual(find('Apple heart'), { concept: 2, start: 0, end: 5 });
    assert.deepEqual(conceptFinder([['ice'], ['ice cream'], ['cream cone maker']])('an ice cream cone maker'), { concept: 2, start: 7, end: 23 });
    for (const nothing of ['heartless', 'sweetheart', '', 'mystery']) assert.equal(find(nothing), null, nothing);
  });

  it('of a name that two concepts share is the first; without names there is none', () => {
    assert.equal(find('a camcorder')?.concept, 1);
    assert.equal(conceptFinder([])('a heart'), null);
  });

  it('is exchanged with its article, and nothing else', () => {
    assert.equal(withConcept('an apple, green', find('an apple, green')!, 'heart'), 'a heart, green');
    assert.equal(withConcept('A heart on blue', find('A heart on blue')!, 'apple'), 'An apple on blue');
    assert.equal(withConcept('red heart icon', find('red heart icon')!, 'video camera'), 'red video camera icon');
  });
});
