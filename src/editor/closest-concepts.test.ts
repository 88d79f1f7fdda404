import assert from 'node:assert/strict';
import { join } from 'node:path';
import { knownConcepts, readModelFolder } from '../models';
import { closestConcepts, placeOfName, unknownConceptMessage } from './closest-concepts';

const concept = (name: string, ...synonyms: string[]) => ({ name, synonyms });
const concepts = [concept('heart', 'favorite'), concept('plane', 'airplane'), concept('musical note', 'music'), concept('bell', 'notification'), concept('gear', 'setting', 'cog')];
const known = { concepts, colours: { gray: '#9e9e9e' }, containers: ['rounded square'], styles: ['outline'], templates: [] };
const check = (word: string, ...expected: string[]) => assert.deepEqual(closestConcepts(word, known).map(({ name, synonym }) => (synonym === null ? name : `${name} (${synonym})`)), expected);

describe('concepts close to a word', () => {
  it('are those a letter away: added, left out, replaced, exchanged', () => {
    for (const word of ['hheart', 'hart', 'heard', 'haert', 'Heart']) assert.equal(closestConcepts(word, known)[0]?.name, 'heart', word);
  });

  it('are found by their synonyms, which are told', () => {
    check('favourite', 'heart (favorite)');
    check('aeroplane', 'plane (airplane)');
    check('settings', 'gear (setting)');
  });

  it('are found by one of their words', () => check('notte', 'musical note'));

  it('are colours, containers and styles too', () => {
    check('grey', 'gray');
    check('outlined', 'outline');
    check('squar', 'rounded square');
  });

  it('are none where nothing is shared', () => {
    check('ハート');
    assert.equal(unknownConceptMessage('❤', known), "'❤' is not among the 5 concepts this model knows");
  });

  it('take the place of what stands of their name already', () => {
    const changed = (text: string, word: string, name: string) => {
      const { start, end } = placeOfName(name, text, text.indexOf(word), text.indexOf(word) + word.length);
      return text.slice(0, start) + name + text.slice(end);
    };
    assert.equal(changed('a Musical notte icon', 'notte', 'musical note'), 'a musical note icon');
    assert.equal(changed('shoping cart', 'shoping', 'shopping cart'), 'shopping cart');
    assert.equal(changed('red arrow dwn left', 'dwn', 'arrow down left'), 'red arrow down left');
    assert.equal(changed('red notte, filled', 'notte', 'musical note'), 'red musical note, filled');
  });

  it('are told with how many concepts there are', () => {
    assert.equal(unknownConceptMessage('hearth', known), "'hearth' is not among the 5 concepts this model knows; closest: heart");
    assert.equal(unknownConceptMessage('x', { ...known, concepts: [], colours: {} }), "'x' is not among the 0 concepts this model knows");
  });

  it('are told for the embedded model, at most three', async () => {
    const embedded = (await knownConcepts(await readModelFolder(join(__dirname, '../../models/icon-64'), 'icon-64')))!;
    const said = unknownConceptMessage('zeppelin', embedded);
    assert.match(said, new RegExp(`^'zeppelin' is not among the ${embedded.concepts.length} concepts this model knows; closest: [^,]+(, [^,]+){0,2}$`));
    assert.match(unknownConceptMessage('umbrela', embedded), /closest: umbrella$/);
    assert.match(unknownConceptMessage('grey', embedded), /closest: gray/);
  });
});
