import assert from 'node:assert/strict';
import { emojiFinder, emojiOfSign, emojiWish } from './emoji-in-prompt';

const emoji = (name: string, character: string) => ({ name, character, keywords: [], styles: [] });
const known = [emoji('monkey', '🐒'), emoji('monkey face', '🐵'), emoji('bus', '🚌'), emoji('jack-o-lantern', '🎃'), emoji('ear', '👂'), emoji('eye', '👁'), emoji('no bicycles', '🚳'), emoji('polar bear', '🐻‍❄'), emoji('sign (plus)', '➕')];
const icons = { concepts: [{ name: 'heart', synonyms: ['emoji heart'] }], colours: { red: '#f00', blue: '#00f' }, containers: ['circle'], styles: ['thin'], templates: ['a {container} behind a {concept} icon', '{concept} emoji'], emoji: known, emojiStyles: ['noto'] };
const find = emojiFinder(known);
const check = (prompt: string, ...expected: (readonly [name: string, said: string])[]) =>
  assert.deepEqual(find(prompt).map(({ emoji, start, end }) => [emoji.name, prompt.slice(start, end)]), expected);

describe('emoji in a prompt', () => {
  it('are asked for by the word, singular or plural, in any case', () => {
    for (const prompt of ['skull emoji', 'Emoji of a skull', '3 EMOJIS', '(emoji:1.2)', '{emoji|icon}', 'thin emoji icon']) assert.equal(emojiWish(icons)(prompt), true, prompt);
  });
  it('are not asked for by another word, a wildcard or an adapter', () => {
    for (const prompt of ['skull', 'emojify', 'myemoji', '__emoji__ skull', 'skull <lora:emoji:1>', '']) assert.equal(emojiWish(icons)(prompt), false, prompt);
  });
  it('are not asked for where the word is an icon\'s own, and nothing but that icon is named', () => {
    const asks = emojiWish({ ...icons, concepts: [...icons.concepts, { name: 'smiley', synonyms: ['Emoji', 'mood happy'] }] });
    for (const prompt of ['thin emoji icon', 'Emojis', 'emoji', 'red emoji on a blue circle', 'a circle behind an emoji symbol', '(emoji:1.2), thin', 'smiley (emoji)', 'emoji, mood happy', 'emoji icon <lora:ink:1>']) assert.equal(asks(prompt), false, prompt);
    for (const prompt of ['monkey emoji', 'thin EAR emoji icon', 'heart emoji', 'zzzzz emoji', 'noto emoji', '🐒 emoji', 'emoji of a bus on a blue circle', '{emoji|no bicycles}']) assert.equal(asks(prompt), true, prompt);
    assert.equal(asks('monkey icon'), false);
    assert.equal(emojiWish({ ...icons, concepts: [{ name: 'emoji', synonyms: [] }], emoji: [...known, emoji('blue circle', '🔵')] })('blue circle emoji'), true);
  });
  it('are found by whole names in any case, the longest that begins there', () => {
    check('A Monkey face beside a monkey', ['monkey face', 'Monkey face'], ['monkey', 'monkey']);
    check('(jack-o-lantern:1.1), no bicycles', ['jack-o-lantern', 'jack-o-lantern'], ['no bicycles', 'no bicycles']);
    check('a sign (plus) on blue', ['sign (plus)', 'sign (plus)']);
    check('bush, tears, earring, sign plus');
  });
  it('are found as plurals, all of what is said', () => check('two buses, monkeys', ['bus', 'buses'], ['monkey', 'monkeys']));
  it('are not found where a model knows none', () => assert.deepEqual(emojiFinder([])('a monkey'), []));
  it('are known as signs, whatever their skin and with or without the mark for a picture', () => {
    for (const [sign, name] of [['👂🏽', 'ear'], ['👁️', 'eye'], ['👁', 'eye'], ['🐻‍❄️', 'polar bear'], ['🐻', undefined], ['a', undefined]] as const) assert.equal(emojiOfSign(sign, known)?.name, name, sign);
  });
});
