import assert from 'node:assert/strict';
import fc from 'fast-check';
import { escapeLine, printParameterLine, unescapeLine } from './line-escape';
import { readPieces } from './parameter-line';

const STRUCTURE = ['# a', '###### a', '// a', '//', '---', '--- a', 'matrix: {cfg: [1]}', '```', '~~~js', 'Negative prompt: x', '  Negative prompt:', 'Steps: 3', 'Foo: 1, Bar: 2, Baz: 3'];
const TEXT = ['a', '', '#a', '####### a', '//a', 'a // b', '--', 'Foo: 1', 'a, Steps: 3', '(a:1.2)', 'matrix', '\\', '\\a', '\\(a\\)'];

describe('a line of prompt text', () => {
  it('gets a backslash where it would be read as something else, and only there', () => {
    for (const line of STRUCTURE) assert.equal(escapeLine(line), `\\${line}`);
    for (const line of TEXT) assert.equal(escapeLine(line), line);
  });

  it('loses one backslash in front of what would be something else, and only there', () => {
    for (const line of STRUCTURE) {
      assert.deepEqual(unescapeLine(`\\${line}`), { text: line, escaped: true });
      assert.deepEqual(unescapeLine(`\\\\${line}`), { text: `\\${line}`, escaped: true });
      assert.deepEqual(unescapeLine(line), { text: line, escaped: false });
    }
    for (const line of TEXT) assert.deepEqual(unescapeLine(line), { text: line, escaped: false });
  });

  it('comes back from the file as it went in, whatever it says', () => {
    const piece = fc.constantFrom('\\', '\\', ...STRUCTURE, ...TEXT, ' ', ': ', ', ');
    fc.assert(fc.property(fc.array(piece, { maxLength: 5 }).map((parts) => parts.join('')), (line) => {
      const written = escapeLine(line);
      assert.equal(unescapeLine(written).text, line);
      assert.ok(written === line || unescapeLine(written).escaped);
    }), { numRuns: 1000 });
  });
});

describe('a parameter line', () => {
  it('has its pieces in their order, quoted where they must be', () => {
    assert.equal(printParameterLine([{ key: 'Steps', value: '3', bare: false }, { key: 'Foo', value: 'a, b', bare: false }, { key: 'Tiling', value: 'Tiling', bare: true }]), 'Steps: 3, Foo: "a, b", Tiling');
    assert.equal(printParameterLine([]), '');
  });

  it('begins with a comma that means nothing where its first piece would make it another line', () => {
    for (const key of ['# a', '// a', '---', '```', '\\a']) {
      const line = printParameterLine([{ key, value: key, bare: true }, { key: 'Steps', value: '3', bare: false }]);
      assert.equal(line, `, ${key}, Steps: 3`);
      assert.deepEqual(readPieces(line).map((piece) => piece.key), [key, 'Steps']);
    }
  });
});
