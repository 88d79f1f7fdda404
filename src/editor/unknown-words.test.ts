import assert from 'node:assert/strict';
import { unknownWords, vocabularyOf } from './unknown-words';

const vocabulary = vocabularyOf({
  concepts: [{ name: 'heart', synonyms: ['favorite'] }, { name: 'video camera', synonyms: [] }, { name: 'box', synonyms: [] }, { name: 'battery', synonyms: [] }],
  colours: { red: '#f00', blue: '#00f' },
  containers: ['circle', 'rounded square'],
  styles: ['outline'],
  templates: ['{colour} {concept} glyph'],
});
const check = (prompt: string, ...words: string[]) => assert.deepEqual(unknownWords(prompt, vocabulary).map(({ start, end }) => prompt.slice(start, end)), words);

describe('words that a model does not know', () => {
  it('are found with their places', () => check('a red dragon on a blue circle, shiny', 'dragon', 'shiny'));
  it('are not those of its concepts, synonyms, colours, containers, styles and captions', () => check('(red:1.2) Favorite glyph, video camera in a rounded square, outline'));
  it('are not plurals, numbers or single letters', () => check('2 hearts x boxes 64 batteries'));
  it('are not looked for in wildcards, adapters and variant weights', () => check('{2::red|blue} __shape__ <lora:watercolour:0.8> heart BREAK heart'));
  it('are found in any script, and as emoji', () => check('heart ❤️ 🚀 ハート दिल 心', '❤️', '🚀', 'ハート', 'दिल', '心'));
  it('are emoji with their skin, and with what they are joined to', () => check('👂🏽👻 🐻‍❄️', '👂🏽', '👻', '🐻‍❄️'));
  it('are found inside variants', () => check('{red|mauve} heart', 'mauve'));
});
