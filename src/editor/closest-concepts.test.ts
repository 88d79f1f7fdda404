import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { closestConcepts, unknownConceptMessage } from './closest-concepts';

const concept = (name: string, ...synonyms: string[]) => ({ name, synonyms });
const concepts = [concept('heart', 'favorite'), concept('plane', 'airplane'), concept('musical note', 'music'), concept('bell', 'notification'), concept('gear', 'setting', 'cog')];
const check = (word: string, ...expected: string[]) => assert.deepEqual(closestConcepts(word, concepts).map(({ concept: name, synonym }) => (synonym === null ? name : `${name} (${synonym})`)), expected);

describe('concepts close to a word', () => {
  it('are those a letter away: added, left out, replaced, exchanged', () => {
    for (const word of ['hheart', 'hart', 'heard', 'haert', 'Heart']) assert.equal(closestConcepts(word, concepts)[0]?.concept, 'heart', word);
  });

  it('are found by their synonyms, which are told', () => {
    check('favourite', 'heart (favorite)');
    check('aeroplane', 'plane (airplane)');
    check('settings', 'gear (setting)');
  });

  it('are found by one of their words', () => check('notte', 'musical note'));

  it('are told with how many concepts there are', () => {
    assert.equal(unknownConceptMessage('hearth', concepts), "'hearth' is not among the 5 concepts this model knows; closest: heart");
    assert.equal(unknownConceptMessage('x', []), "'x' is not among the 0 concepts this model knows");
  });

  it('are told for the embedded model, at most three, whatever the word', () => {
    const known = z.object({ concepts: z.array(z.object({ name: z.string(), synonyms: z.array(z.string()) })) }).parse(JSON.parse(readFileSync(join(__dirname, '../../models/icon-64/concepts.json'), 'utf8'))).concepts;
    const said = unknownConceptMessage('zeppelin', known);
    assert.match(said, new RegExp(`^'zeppelin' is not among the ${known.length} concepts this model knows; closest: [^,]+(, [^,]+){0,2}$`));
    assert.match(unknownConceptMessage('umbrela', known), /closest: umbrella$/);
  });
});
