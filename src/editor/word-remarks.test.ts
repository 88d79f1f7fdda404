import assert from 'node:assert/strict';
import { wordRemarksFor } from './word-remarks';

const concept = (name: string, ...synonyms: string[]) => ({ name, synonyms });
const emoji = (name: string, character: string, ...keywords: string[]) => ({ name, character, keywords, styles: ['noto', '3d'] });
const icons = {
  concepts: [concept('heart', 'love'), concept('book'), concept('umbrella'), concept('bell'), concept('bike'), concept('monkey')],
  colours: { red: '#f00', blue: '#00f', white: '#fff' }, containers: ['circle', 'rounded square'], styles: ['outline', 'filled'], templates: ['{style} {colour} {concept} icon'],
};
const known = {
  ...icons,
  templates: [...icons.templates, '{style} {concept} emoji, in {style} style, on a {colour} {container}'],
  emoji: [
    emoji('skull', '💀', 'dead', 'monster'), emoji('ghost', '👻', 'boo', 'scary'), emoji('baby chick', '🐤'), emoji('monkey face', '🐵'), emoji('bell', '🔔', 'church'),
    emoji('sparkling heart', '💖', 'heart'), emoji('growing heart', '💗'), emoji('open book', '📖', 'heart'), emoji('bicycle', '🚲', 'bike'), emoji('ear', '👂'),
  ],
  emojiStyles: ['noto', 'blob', 'flat', '3d'],
};
const remarks = wordRemarksFor(known);

/** What is underlined, what is said, and the prompt after the fix if there is one. */
function check(prompt: string, ...expected: (readonly [underlined: string, message: string, fixed?: string])[]): void {
  const said = remarks(prompt).map(({ start, end, message, fix }) => [prompt.slice(start, end), message, ...(fix ? [prompt.slice(0, fix.start) + fix.newText + prompt.slice(fix.end)] : [])]);
  assert.deepEqual(said, expected);
}
const unknownEmoji = (word: string, closest: string) => `'${word}' is not among the 10 emoji this model knows; closest: ${closest}`;

describe('words of a prompt that asks for emoji', () => {
  it('are known as names, keywords and styles of emoji, and as places', () => {
    check('noto skull emoji on a blue circle');
    check('Skulls, BABY CHICK and ghosts as emojis in flat style, 3d, on white, red rounded square');
    check('skull (dead) emoji, blob, scary');
  });
  it('are known where the list has no captions', () => assert.deepEqual(wordRemarksFor({ ...known, templates: [] })('skull emoji, emojis'), []));
  it('are not remarked as colours, though emoji bring their own', () => check('red skull emoji on a blue circle'));
  it('are told if only icons are known by them, the closest emoji beside', () => {
    check('umbrella emoji', ['umbrella', unknownEmoji('umbrella', 'bell')]);
    check('zzzzz emoji', ['zzzzz', "'zzzzz' is not among the 10 emoji this model knows"]);
  });
  it('are told if an icon is but a word of longer names, and not where the whole name stands', () => {
    check('heart emoji', ['heart', unknownEmoji('heart', 'sparkling heart, growing heart')]);
    check('book emoji', ['book', unknownEmoji('book', 'open book'), 'open book emoji']);
    check('hearts emojis', ['hearts', unknownEmoji('hearts', 'sparkling heart, growing heart')]);
    check('sparkling hearts emoji, monkey face');
  });
  it('are told if an icon is but a keyword, and not beside its emoji', () => {
    check('bike emoji', ['bike', unknownEmoji('bike', 'bicycle (bike)')]);
    check('bicycle (bike) emoji');
  });
  it('are told if they are styles of icons', () => check('outline skull emoji', ['outline', "'outline' is a style of icons only; those of emoji are noto, blob, flat, 3d"]));
  it('are changed to a name by one click if they are signs', () => {
    check('💀 emoji on a blue circle', ['💀', "'💀' is known by its name; write “skull”", 'skull emoji on a blue circle']);
    check('skull emoji👻', ['👻', "'👻' is known by its name; write “ghost”", 'skull emoji ghost']);
    check('🚀 emoji', ['🚀', "'🚀' is not among the 10 emoji this model knows"]);
  });
});

describe('words of a prompt that asks for icons', () => {
  it('are told as emoji if they are known as these only', () => {
    check('red ghost on a blue circle', ['ghost', "'ghost' is known as an emoji only; write “ghost emoji”", 'red ghost emoji on a blue circle']);
    check('Skulls icon', ['Skulls', "'skull' is known as an emoji only; write “skull emoji”", 'skull emoji']);
    check('(ghost:1.2) icons', ['ghost', "'ghost' is known as an emoji only; write “ghost emoji”", '(ghost emoji:1.2) icons']);
  });
  it('are told once for a name of several', () => {
    check('a baby chick symbol', ['baby chick', "'baby chick' is known as an emoji only; write “baby chick emoji”", 'a baby chick emoji']);
    check('red monkey face', ['monkey face', "'monkey face' is known as an emoji only; write “monkey face emoji”", 'red monkey face emoji']);
  });
  it('are not told as emoji if they are part of a name or a keyword only', () => {
    check('baby boo', ['baby', "'baby' is not among the 6 concepts this model knows; closest: book, bell, bike"], ['boo', "'boo' is not among the 6 concepts this model knows; closest: book"]);
    check('hear', ['hear', "'hear' is not among the 6 concepts this model knows; closest: heart", 'heart']);
  });
  it('are not told if they are icons as well', () => check('red bell icon, bike, monkey'));
  it('are told if they are styles of emoji', () => check('blob heart', ['blob', "'blob' is a style of emoji only; those of icons are outline, filled"]));
  it('are changed to an emoji by one click if they are signs', () => {
    check('💀 icon on blue', ['💀', "'💀' is known by its name; write “skull emoji”", 'skull emoji on blue']);
    check('👂🏽', ['👂🏽', "'👂🏽' is known by its name; write “ear emoji”", 'ear emoji']);
    check('heart💀red', ['💀', "'💀' is known by its name; write “skull emoji”", 'heart skull emoji red']);
  });
});

describe('the word emoji', () => {
  it('is an icon like another where an icon is called so and no emoji is named', () => {
    const said = wordRemarksFor({ ...known, concepts: [...icons.concepts, concept('smiley', 'emoji', 'smile')] });
    for (const prompt of ['outline emoji icon', 'filled smile (emoji) on a red circle', 'emojis']) assert.deepEqual(said(prompt), [], prompt);
    assert.deepEqual(said('outline skull emoji').map(({ message }) => message), ["'outline' is a style of icons only; those of emoji are noto, blob, flat, 3d"]);
    assert.deepEqual(said('outline umbrella emoji').map(({ message }) => message.split(';')[0]), ["'outline' is a style of icons only", "'umbrella' is not among the 10 emoji this model knows"]);
  });
});

describe('words for a model that knows no emoji', () => {
  it('are all held against its icons', () => {
    const said = wordRemarksFor({ ...icons, emoji: [], emojiStyles: [] });
    assert.deepEqual(said('skull emoji 💀').map(({ message }) => message.split(';')[0]), ['skull', 'emoji', '💀'].map((word) => `'${word}' is not among the 6 concepts this model knows`));
    assert.deepEqual(said('red heart icon'), []);
  });
});
