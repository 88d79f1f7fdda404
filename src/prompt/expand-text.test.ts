import assert from 'node:assert/strict';
import { Choices } from './choices';
import { TextExpander } from './expand-text';
import { scanTemplate } from './template';
import { codes } from './test-support';

type Files = Record<string, readonly string[]>;
const source = (files: Files) => (name: string) => (Object.hasOwn(files, name) ? files[name] : undefined);
const problems = (template: string, files: Files) => new TextExpander(source(files)).problemsIn(scanTemplate(template).nodes);
const text = (template: string, files: Files, seed = '0') => new TextExpander(source(files)).expand(scanTemplate(template).nodes, Choices.of(seed, 0));

describe('wildcards, before anything is drawn', () => {
  it('of an unknown name are named where they stand, in every branch', () => {
    const expander = new TextExpander(source({ colour: ['red', 'blue'], bad: ['__nowhere__'], empty: [] }));
    const { nodes } = scanTemplate('__colour__ {a|__nope__} __bad__ __empty__');
    assert.deepEqual(expander.problemsIn(nodes).map(({ code, start, end, message }) => [code, start, end, message]), [
      ['unknown-wildcard', 14, 22, 'no wildcard __nope__: there is no file wildcards/nope.txt'],
      ['unknown-wildcard', 24, 31, 'no wildcard __nowhere__, named by wildcards/bad.txt: there is no file wildcards/nowhere.txt'],
      ['unknown-wildcard', 32, 41, 'wildcard __empty__ has no lines'],
    ]);
  });

  it('that name each other in a circle are a problem, not a hang', () => {
    const expander = new TextExpander(source({ a: ['x', '__b__'], b: ['{y|__a__}'], self: ['__self__'] }));
    assert.deepEqual(codes(expander.problemsIn(scanTemplate('__a__').nodes)), ['wildcard-cycle']);
    assert.match(expander.problemsIn(scanTemplate('__self__').nodes)[0]?.message ?? '', /^__self__ → __self__ goes round in a circle/);
  });

  it('of a file with an error in a line say which, since the line would lose words silently', () => {
    const files = { shape: ['circle', '{a|__round(x=1)__ box}'], icon: ['__shape__'] };
    assert.deepEqual(problems('a __shape__', files).map(({ code, start, end, message }) => [code, start, end, message]), [
      ['bad-wildcard-file', 2, 11, 'wildcard __shape__: in its file, __round(x=1)__: arguments in a wildcard are not part of .t2i'],
    ]);
    assert.match(problems('__icon__', files)[0]?.message ?? '', /^wildcard __shape__, named by wildcards\/icon\.txt: in its file/);
    assert.deepEqual(problems('__a__', { a: ['{never closed'] }), []); // text, as it is in a prompt
  });

  it('name each other at most 64 deep', () => {
    const chain = (length: number) => Object.fromEntries(Array.from({ length }, (_, i) => [`w${i}`, [i === length - 1 ? 'end' : `__w${i + 1}__`]]));
    assert.deepEqual(problems('__w0__', chain(64)), []);
    assert.equal(text('__w0__', chain(64)), 'end');
    assert.match(problems('__w0__', chain(65))[0]?.message ?? '', /more than 64 wildcards deep/);
  });

  it('are asked for once, however many pictures are drawn', () => {
    const asked: string[] = [];
    const expander = new TextExpander((name) => (asked.push(name), name === 'x' ? ['a', 'b'] : undefined));
    const { nodes } = scanTemplate('__x__ __x__ __no__');
    expander.problemsIn(nodes);
    for (let seed = 0; seed < 5; seed++) expander.expand(nodes, Choices.of(String(seed), 0));
    assert.deepEqual(asked, ['x', 'no']);
  });
});

describe('texts chosen out of templates', () => {
  const seeds = (template: string, files: Files) => new Set(Array.from({ length: 200 }, (_, seed) => text(template, files, String(seed))));

  it('leave out blank lines and remarks of a file', () => {
    assert.deepEqual(seeds('__x__', { x: ['', ' # remark', ' a ', '#b'] }), new Set(['a']));
  });

  it('draw different lines of one file, as often as there are', () => {
    assert.deepEqual(seeds('{2$$/$$__x__}', { x: ['a', 'b'] }), new Set(['a/b', 'b/a']));
    assert.deepEqual(seeds('{3$$/$$__x__}', { x: ['a', 'b'] }), new Set(['a/b', 'b/a']));
    // Beside other options, or alone in its braces, it is one of them.
    assert.deepEqual(seeds('{2$$/$$__x__|c}', { x: ['a'] }), new Set(['a/c', 'c/a']));
    assert.deepEqual(seeds('{__x__}', { x: ['a', 'b'] }), new Set(['a', 'b']));
  });

  it('are the same from release to release, alone in their braces too', () => {
    const files = { x: [...'abcdefgh'] };
    const of = (template: string) => ['0', '1', '2', '3', '4', '5'].map((seed) => text(template, files, seed));
    assert.deepEqual(of('{__x__}'), ['a', 'f', 'b', 'e', 'b', 'c']);
    assert.deepEqual(of('__x__'), ['f', 'c', 'g', 'h', 'f', 'e']);
    assert.deepEqual(of('{2$$__x__}'), ['f, h', 'c, h', 'g, a', 'h, b', 'f, b', 'e, f']);
  });

  it('never draw a weight of nought, unless there is no other', () => {
    assert.deepEqual(seeds('{0::a|b}', {}), new Set(['b']));
    assert.deepEqual(seeds('{0::a|0::b}', {}), new Set(['a', 'b']));
  });

  it('are none where they would be too long or take too many choices', () => {
    const long = 'x'.repeat(999_990);
    assert.equal(text(`__x__${'y'.repeat(10)}`, { x: [long] })?.length, 1_000_000);
    assert.equal(text(`__x__${'y'.repeat(11)}`, { x: [long] }), null);
    assert.equal(text('{a}'.repeat(5_000), {})?.length, 5_000);
    assert.equal(text('{a}'.repeat(5_001), {}), null);
    // One expander goes on after it.
    const expander = new TextExpander(() => undefined);
    assert.equal(expander.expand(scanTemplate('{a}'.repeat(5_001)).nodes, Choices.of('0', 0)), null);
    assert.equal(expander.expand(scanTemplate('{a}').nodes, Choices.of('0', 0)), 'a');
  });
});
