import assert from 'node:assert/strict';
import { emojiFinder, emojiOfSign, saysEmoji } from './emoji-in-prompt';

const emoji = (name: string, character: string) => ({ name, character, keywords: [], styles: [] });
const known = [emoji('monkey', '🐒'), emoji('monkey face', '🐵'), emoji('bus', '🚌'), emoji('jack-o-lantern', '🎃'), emoji('ear', '👂'), emoji('eye', '👁'), emoji('no bicycles', '🚳'), emoji('polar bear', '🐻‍❄'), emoji('sign (plus)', '➕')];
const find = emojiFinder(known);
const check = (prompt: string, ...expected: (readonly [name: string, said: string])[]) =>
  assert.deepEqual(find(prompt).map(({ emoji, start, end }) => [emoji.name, prompt.slice(start, end)]), expected);

describe('emoji in a prompt', () => {
  it('are asked for by the word, singular or plural, in any case', () => {
    for (const prompt of ['skull emoji', 'Emoji of a skull', '3 EMOJIS', '(emoji:1.2)', '{emoji|icon}']) assert.equal(saysEmoji(prompt), true, prompt);
  });
  it('are not asked for by another word, a wildcard or an adapter', () => {
    for (const prompt of ['skull', 'emojify', 'myemoji', '__emoji__ skull', 'skull <lora:emoji:1>', '']) assert.equal(saysEmoji(prompt), false, prompt);
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
