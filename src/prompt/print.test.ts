import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse } from './parse';
import { print } from './print';
import { content, parseMarkdown, parseT2i } from './test-support';

/** `EASEL_FUZZ=50000` looks longer. */
const RUNS = Number(process.env.EASEL_FUZZ ?? 1500);

/** Pieces that mean something somewhere, so that random files are rich in accidents. */
const piece = fc.constantFrom(
  '# ', '## a', '#', '//', '// remark', '---', '...', '```', '```t2i', '~~~', '````', '\\', '\\\\', 'matrix:', 'matrix: {cfg: [1, 2], sampler: [Euler, Heun a]}',
  'Negative prompt:', 'Negative prompt: x', 'Steps: 3', 'Steps: 30, CFG scale: 4, Seed: 42', 'Seed: 18446744073709551615', 'Size: 64x64', 'Foo: "a, b"', 'Foo: "', 'Bar: {"a": [1, "x"]}',
  'Hashes: {"model": "ab"}', 'Seed: Seed', 'Steps: ', ', ', ',', ': ', ':', '"', '{', '}', '|', '$$', '{a|b}', '__x__', '_', 'steps: 3', 'cfg: *a', 'a: &a 1', 'red heart', 'e\u0301', '\u1112\u1161', 'é', '😀', '\ud800', ' ', '\t', '\u00a0', '\ufeff', '\u2028', '\0',
  'Version: v1.10', 'Model hash: ab', 'Sampler: Euler a', '<lora:x:1>', '<!--', '1. ', '   ', '__proto__: 1', 'constructor: 2',
);
const line = fc.oneof({ weight: 6, arbitrary: fc.array(piece, { maxLength: 4 }).map((parts) => parts.join('')) }, { weight: 1, arbitrary: fc.string({ unit: 'binary' }) });
const text = fc
  .tuple(fc.constantFrom('', '\ufeff'), fc.array(fc.tuple(line, fc.constantFrom('\n', '\n', '\r\n', '\r')), { maxLength: 14 }))
  .map(([bom, lines]) => bom + lines.map((parts) => parts.join('')).join(''));
const language = fc.constantFrom('t2i', 'markdown');

describe('print', () => {
  it('writes what parse reads as the same blocks and lines, for any text', () => {
    fc.assert(fc.property(text, language, (source, language) => {
      const tree = parse(source, { fileName: 'a.t2i', language });
      const again = parse(print(tree), { fileName: 'a.t2i', language });
      assert.deepEqual(content(again), content(tree));
    }), { numRuns: RUNS });
  });

  it('changes nothing the second time, for any text', () => {
    fc.assert(fc.property(text, language, (source, language) => {
      const once = print(parse(source, { fileName: 'a.t2i', language }));
      assert.equal(print(parse(once, { fileName: 'a.t2i', language })), once);
    }), { numRuns: RUNS });
  });

  it('keeps comments, blank lines, front matter and fences where they were', () => {
    const source = '---\nsteps: 5 # few\n---\n\n// head\n# a\n\nred\n// why\n```\n# literal\n```\nNegative prompt: b\nmatrix: {cfg: [1,2]}\nSeed: 3, Steps: 2, Foo: "x, y"\n';
    assert.equal(print(parseT2i(source)), source);
  });

  it('writes LF, NFC, no BOM, no space at line ends, and one form of parameter line', () => {
    assert.equal(print(parseT2i('\ufeff# e\u0301 \r\n  red  \r\n Steps:3 ,  Seed : 4,')), '# é\nred\nSteps: 3, Seed: 4');
  });

  it('escapes what an indent kept from being structure', () => {
    const source = ' # a\n // b\n matrix: x\nlast';
    assert.equal(print(parseT2i(source)), '\\# a\n\\// b\n\\matrix: x\nlast');
  });

  it('leaves Markdown around the fences alone', () => {
    const source = '# Doc\n\n* item\n  ```t2i\n  # a\n  red\n  ```\n\n```js\nlet x\n```\n';
    assert.equal(print(parseMarkdown(source)), source);
  });
});

describe('parse', () => {
  it('never throws, and every span lies in the text, for any text', () => {
    fc.assert(fc.property(text, language, (source, language) => {
      const { diagnostics, blocks, lines } = parse(source, { fileName: 'x', language });
      const spans = [...diagnostics.flatMap(({ span, fix }) => (fix ? [span, fix.span] : [span])), ...lines.map(({ span }) => span), ...blocks.flatMap(({ span, promptSpan, parameters, nameSpan, negativeSpan }) => [span, promptSpan, ...(nameSpan ? [nameSpan] : []), ...(negativeSpan ? [negativeSpan] : []), ...parameters.flatMap((p) => [p.span, p.keySpan, p.valueSpan])])];
      for (const { start, end } of spans) assert.ok(start >= 0 && start <= end && end <= source.length, `${start}–${end} of ${source.length}`);
      assert.ok(diagnostics.every(({ message }) => message !== '' && !/[\r\n]/.test(message)));
    }), { numRuns: RUNS });
  });
});
