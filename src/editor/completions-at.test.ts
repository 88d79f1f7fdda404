import assert from 'node:assert/strict';
import { completionsAt, type Known } from './completions-at';

const known: Known = {
  models: ['icon-64', 'sd15'],
  wildcards: ['shape', 'colors/warm'],
  adapters: [{ tag: '<crisp>', detail: 'soft-tokens, icon-64' }, { tag: '<lora:few-step:1>', detail: 'lora, icon-64' }],
  concepts: ['heart', 'hearth', 'rocket', 'arrow left', 'arrow down left', 'left hand'],
  emoji: [],
  keys: [
    { key: 'Steps', values: '1 to 1000' },
    { key: 'Sampler', values: 'a sampler' },
    { key: 'CFG scale', values: '0 to 100' },
  ],
};
const check = (before: string, expected: string[], place: 'block' | 'front-matter' | 'none' = 'block') =>
  assert.deepEqual(completionsAt(before, place, known).map(({ label, from }) => `${before.slice(0, from)}|${label}`), expected);

describe('completion in a prompt file', () => {
  it('offers parameter keys at the start of a line', () => {
    check('', ['|Steps', '|Sampler', '|CFG scale']);
    check('Sa', ['|Steps', '|Sampler', '|CFG scale']);
  });
  it('offers keys after a comma of a parameter line, not after a comma of a prompt', () => {
    check('Steps: 20, ', ['Steps: 20, |Steps', 'Steps: 20, |Sampler', 'Steps: 20, |CFG scale']);
    check('a red heart, ', []);
  });
  it('offers the values a key takes', () => {
    assert.ok(completionsAt('Steps: 20, Sampler: Eu', 'block', known).some(({ label, from }) => label === 'Euler a' && from === 'Steps: 20, Sampler: '.length));
    check('model: ', ['model: |icon-64', 'model: |sd15'], 'front-matter');
    check('Steps: ', []);
  });
  it('offers wildcards after two underscores', () => {
    check('a __sh', ['a |__shape__', 'a |__colors/warm__']);
    check('a __farben/grü', ['a |__shape__', 'a |__colors/warm__']);
  });
  it('offers what was trained after an opening bracket, not behind a closed one', () => {
    check('a <cr', ['a |<crisp>', 'a |<lora:few-step:1>']);
    check('a <lora:fe', ['a |<crisp>', 'a |<lora:few-step:1>']);
    check('a <', ['a |<crisp>', 'a |<lora:few-step:1>']);
    check('a <crisp>', []);
    assert.deepEqual(completionsAt('model: <', 'front-matter', known).filter(({ kind }) => kind === 'adapter'), []);
  });
  it('offers the words the model knows from the second letter on', () => {
    check('a (red:1.2) he', ['a (red:1.2) |heart', 'a (red:1.2) |hearth']);
    check('he', ['|Steps', '|Sampler', '|CFG scale', '|heart', '|hearth']);
    check('a (red:1.2) h', []);
  });
  it('offers a name of several words while its later ones are typed', () => {
    check('a red arrow le', ['a red |arrow left', 'a red arrow |left hand']);
    check('a red Arrow l', ['a red |arrow left']);
    check('a red arrow down le', ['a red |arrow down left', 'a red arrow down |left hand']);
    check('arrow, le', ['arrow, |left hand']);
  });
  it('offers a name that begins with a digit', () => {
    assert.deepEqual(completionsAt('skull emoji, 3d', 'block', { ...known, concepts: ['3d', 'heart'] }).map(({ label, from }) => [label, from]), [['3d', 'skull emoji, '.length]]);
    check('2 he', ['2 |heart', '2 |hearth']);
  });
  it('offers nothing in a comment', () => check('// Sa', [], 'none'));
});

describe('completion of emoji', () => {
  const emoji = [{ name: 'heart on fire', character: '❤‍🔥', styles: ['noto', '3d'] }, { name: 'left luggage', character: '🛅', styles: [] }, { name: 'skull', character: '💀', styles: ['blob'] }];
  const labels = (before: string, after = '') => completionsAt(before, 'block', { ...known, emoji }, after).filter(({ kind }) => kind === 'word' || kind === 'emoji').map(({ label, insert, from }) => (assert.equal(label, insert), `${before.slice(0, from)}|${label}`));

  it('comes by name, with the word that asks for it, its sign and its styles', () => {
    assert.deepEqual(completionsAt('a noto sk', 'block', { ...known, emoji }), [{ label: 'skull emoji', insert: 'skull emoji', description: '💀', detail: 'the model knows it in blob', kind: 'emoji', from: 'a noto '.length }]);
    assert.deepEqual(labels('a left lu'), ['a |left luggage emoji']);
    assert.deepEqual(labels('s'), []);
    assert.deepEqual(completionsAt('sk', 'front-matter', { ...known, emoji }).filter(({ kind }) => kind === 'emoji'), []);
  });
  it('comes after icons of the same beginning, a hundred of both at most', () => {
    assert.deepEqual(labels('a he'), ['a |heart', 'a |hearth', 'a |heart on fire emoji']);
    const many = (name: string) => Array.from({ length: 70 }, (_, i) => `${name} ${i}`);
    const offered = completionsAt('a be', 'block', { ...known, concepts: many('bell'), emoji: many('bear').map((name) => ({ name, character: '🐻', styles: [] })) }).filter(({ kind }) => kind !== 'key');
    assert.deepEqual([offered.length, offered.filter(({ kind }) => kind === 'word').length], [100, 70]);
  });
  it('says the word once where the line has it', () => {
    assert.deepEqual(labels('a sk', ' emoji on blue'), ['a |skull']);
    assert.deepEqual(labels('emoji of a sk'), ['emoji of a |skull']);
    assert.deepEqual(labels('Emoji of sk'), ['Emoji of |skull']);
    assert.deepEqual(labels('ghost emoji, sk', ', emoji'), ['ghost emoji, |skull emoji']);
    assert.deepEqual(labels('a sk', ' emojified'), ['a |skull emoji']);
  });
});
