import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Choices } from './choices';
import { TextExpander } from './expand-text';
import { escapeTemplate, scanTemplate } from './template';
import { codes } from './test-support';
import { matchWildcards, wildcardLines } from './wildcard-files';

const source = (files: Record<string, readonly string[]>) => (name: string) => (Object.hasOwn(files, name) ? files[name] : undefined);

/** Every text a template gives over many seeds, with how often. */
function outcomes(template: string, files: Record<string, readonly string[]> = {}, runs = 400): Map<string, number> {
  const expander = new TextExpander(source(files));
  const { nodes } = scanTemplate(template);
  const counts = new Map<string, number>();
  for (let seed = 0; seed < runs; seed++) {
    const text = expander.expand(nodes, Choices.of(String(seed), 0)) ?? 'too large';
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}
const texts = (template: string, files?: Record<string, readonly string[]>) => [...outcomes(template, files).keys()].sort();

describe('variants', () => {
  it('choose one option', () => {
    assert.deepEqual(texts('{summer|autumn|winter} is coming'), ['autumn is coming', 'summer is coming', 'winter is coming']);
    assert.deepEqual(texts('a{|b}'), ['a', 'ab']);
    assert.deepEqual(texts('{}{x}'), ['x']);
  });

  it('choose by weight', () => {
    const counts = outcomes('{3::a|1::b|0::c|.5::d}', {}, 4000);
    const share = (text: string) => (counts.get(text) ?? 0) / 4000;
    assert.ok(Math.abs(share('a') - 3 / 4.5) < 0.03 && Math.abs(share('b') - 1 / 4.5) < 0.03 && Math.abs(share('d') - 0.5 / 4.5) < 0.03);
    assert.equal(counts.has('c'), false);
  });

  it('choose several without repeating, joined by a separator', () => {
    assert.deepEqual(texts('{2$$a|b|c}'), ['a, b', 'a, c', 'b, a', 'b, c', 'c, a', 'c, b']);
    assert.deepEqual(texts('{2$$ and $$a|b}'), ['a and b', 'b and a']);
    assert.deepEqual(texts('{1-2$$ + $$a|b}'), ['a', 'a + b', 'b', 'b + a']);
    assert.deepEqual(texts('{-1$$a|b}'), ['a', 'b']);
    assert.deepEqual(texts('{2-$$/$$a|b}'), ['a/b', 'b/a']);
    assert.deepEqual(texts('{9$$a|b}'), ['a, b', 'b, a']);
    assert.deepEqual(texts('{0$$a|b}'), ['']);
  });

  it('nest, and may hold weights', () => {
    assert.deepEqual(texts('{a {b|c}|(d:1.2)}'), ['(d:1.2)', 'a b', 'a c']);
  });

  it('keep what a backslash makes literal, and the backslashes of weights', () => {
    assert.deepEqual(texts('\\{a\\|b\\} \\__x__ \\(c\\) {d\\|e}'), ['{a|b} __x__ \\(c\\) d|e']);
    assert.deepEqual(texts('a | [b|c]'), ['a | [b|c]']);
  });

  it('that do not close are text, and a remark at the brace', () => {
    const { nodes, problems } = scanTemplate('a {b {c|d} e} } {f');
    assert.deepEqual(problems.map(({ code, start, end }) => [code, start, end]), [['unbalanced-brace', 14, 15], ['unbalanced-brace', 16, 17]]);
    assert.equal(nodes.length > 0, true);
  });
});

describe('wildcards', () => {
  const files = { colour: ['red', 'blue'], thing: ['__colour__ ball', 'cube'], weighted: ['0::never', 'always'] };
  it('choose a line, which may hold variants, weights and wildcards', () => {
    assert.deepEqual(texts('a __thing__', files), ['a blue ball', 'a cube', 'a red ball']);
    assert.deepEqual(texts('__weighted__', files), ['always']);
    assert.deepEqual(texts('{2$$__colour__}', files), ['blue, red', 'red, blue']);
  });

  it('are never asked for by a name that is no file under wildcards/', () => {
    for (const name of ['../secret', '/etc/passwd', 'a//b', '.', 'a/../b', 'a(b=c)', 'a;b']) {
      const { nodes, problems } = scanTemplate(`__${name}__`);
      assert.deepEqual(codes(problems), ['bad-wildcard-name'], name);
      assert.deepEqual(nodes, []);
    }
  });

  it('match by glob, within a folder or across', () => {
    const names = ['colours-warm', 'colours-cold', 'a/colours', 'a/b/c', 'x'];
    assert.deepEqual(matchWildcards('colours*', names), ['colours-cold', 'colours-warm']);
    assert.deepEqual(matchWildcards('a/*', names), ['a/colours']);
    assert.deepEqual(matchWildcards('a/**', names), ['a/b/c', 'a/colours']);
    assert.deepEqual(matchWildcards('x', names), ['x']);
    assert.deepEqual(matchWildcards('x.', names), []);
    assert.deepEqual(matchWildcards('**/colours*', names), ['a/colours']);
    assert.deepEqual(matchWildcards('**', names), [...names].sort());
    assert.deepEqual(matchWildcards('a/*/c*', names), ['a/b/c']);
  });

  it('match by glob as the expression does that says the same, for any pattern', () => {
    const text = fc.array(fc.constantFrom('a', 'b', '/', '.', '🌹'), { maxLength: 8 }).map((chars) => chars.join(''));
    const glob = fc.array(fc.constantFrom('a', 'b', '/', '.', '🌹', '*', '**'), { maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(fc.property(glob, text, (pattern, name) => {
      const expression = new RegExp(`^${pattern.replace(/\*+|\./g, (part) => (part === '.' ? '\\.' : part === '*' ? '[^/]*' : '.*'))}$`, 'u');
      assert.equal(matchWildcards(pattern, [name]).length === 1, expression.test(name));
    }), { numRuns: 2000 });
  });

  it('with many stars are matched at once', () => {
    assert.deepEqual(matchWildcards(`${'*a'.repeat(60)}b`, ['a'.repeat(240)]), []);
  });

  it('have a line for each option, without blank ones and # remarks', () => {
    assert.deepEqual(wildcardLines('\ufeff# colours\r\n red \r\n\r\nblue\rgreen'), ['red', 'blue', 'green']);
  });
});

describe('choices', () => {
  it('stay the same from release to release, or every picture with a variant would be stale', () => {
    const { nodes } = scanTemplate('{a|b|c|d|e|f|g|h} {1|2|3|4|5|6|7|8} __x__');
    const expander = new TextExpander(source({ x: ['p', 'q', 'r', 's'] }));
    const text = (seed: string, index: number) => expander.expand(nodes, Choices.of(seed, index));
    assert.deepEqual([text('0', 0), text('42', 0), text('42', 1), text('18446744073709551615', 0)], ['f 2 s', 'e 4 r', 'h 2 q', 'e 7 r']);
  });

  it('do not change when a word does, nor when another variant does', () => {
    const pick = (template: string, seed: number) => new TextExpander(() => undefined).expand(scanTemplate(template).nodes, Choices.of(String(seed), 0))?.split('|')[1];
    fc.assert(fc.property(fc.nat(), (seed) => {
      assert.equal(pick('a {x|y}\\|{p|q|r|s}', seed), pick('other words {long {n|m} variant|y|z}\\|{p|q|r|s}', seed));
    }));
  });

  it('are bounded, whatever the template', () => {
    const files = { big: Array.from({ length: 2000 }, (_, i) => `${i} {10$$__mid__}`), mid: Array.from({ length: 50 }, (_, i) => 'x'.repeat(i)) };
    assert.equal(new TextExpander(source(files)).expand(scanTemplate('{2000$$__big__}').nodes, Choices.of('1', 0)), null);
    assert.equal(new TextExpander(() => undefined).expand(scanTemplate(`{5000$$${'a|'.repeat(300_000)}}`).nodes, Choices.of('1', 0)), null);
    assert.equal(scanTemplate('{'.repeat(100_000) + '}'.repeat(100_000)).problems.length, 100);
  });

  it('never throw and never leave a text without them changed, for any template', () => {
    const template = fc.array(fc.constantFrom('{', '}', '|', '$$', '2$$', '1-3$$', '::', '2::', '__', '__a__', '__..__', '_', '\\', 'a', 'b ', '$', '\n')).map((parts) => parts.join(''));
    fc.assert(fc.property(template, fc.nat(), (text, seed) => {
      const expander = new TextExpander(source({ a: ['{x|y}'] }));
      const { nodes } = scanTemplate(text);
      expander.problemsIn(nodes);
      assert.equal(typeof expander.expand(nodes, Choices.of(String(seed), 1)), 'string');
      // Escaped, it is read as itself, but for a backslash before a special character, which A1111 drops too.
      const literal = expander.expand(scanTemplate(escapeTemplate(text)).nodes, Choices.of('0', 0));
      if (!/\\/.test(text)) assert.equal(literal, text);
    }), { numRuns: 1000 });
  });
});
