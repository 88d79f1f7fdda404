import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readList, readScalar, readYamlMap } from './yaml-scalars';

/** Keys and values of a map as text, and its problems with what they point at. */
const read = (source: string) => {
  const { entries, problems } = readYamlMap(source);
  return { entries: entries.map(({ key, value }) => [key, readScalar(value)]), problems: problems.map(({ range, message }) => [source.slice(range.start, range.end), message]) };
};

describe('the YAML of prompt files', () => {
  it('is maps of plain values, each exactly as written', () => {
    const values = { a: '18446744073709551615', b: '0x1F', c: '1.50', d: 'true', e: '2024-01-01', f: 'x y', g: '"q\\u00e9"', h: "'it''s'" };
    const text = ['18446744073709551615', '0x1F', '1.50', 'true', '2024-01-01', 'x y', 'qé', 'it\'s'];
    assert.deepEqual(read(Object.entries(values).map(([key, value]) => `${key}: ${value}`).join('\n')), { entries: Object.keys(values).map((key, i) => [key, { text: text[i] }]), problems: [] });
    assert.deepEqual(read('{a: 1, b: }').entries, [['a', { text: '1' }], ['b', { text: '' }]]);
    assert.deepEqual(read('a: ~\nb: null\nc: e\u0301\n').entries, [['a', { text: '' }], ['b', { text: '' }], ['c', { text: 'é' }]]);
  });

  it('has places for its keys and values', () => {
    const source = 'cfg: 3 # few\nout: "x"';
    const { entries } = readYamlMap(source);
    assert.deepEqual(entries.map(({ keyRange, valueRange }) => [source.slice(keyRange.start, keyRange.end), source.slice(valueRange.start, valueRange.end)]), [['cfg', '3'], ['out', '"x"']]);
    const [empty] = readYamlMap('cfg:').entries;
    assert.deepEqual(empty?.valueRange, { start: 4, end: 4 });
  });

  it('may be empty', () => {
    for (const source of ['', '\n', '# remark', '~']) assert.deepEqual(readYamlMap(source), { entries: [], problems: [] });
  });

  it('refuses what it does not use: aliases, tags, lists and maps as values', () => {
    const problem = (source: string) => (read(source).entries.at(-1)?.[1] as { problem?: string }).problem ?? '';
    assert.match(problem('a: &x 1\nb: *x'), /aliases/);
    assert.match(problem('a: !foo 1'), /the tag !foo/);
    assert.match(problem('a: [1]'), /one value is wanted/);
    assert.match(problem('a: {b: 1}'), /one value is wanted/);
    assert.deepEqual(read('a: !!str 1').entries, [['a', { text: '1' }]]);
  });

  it('says what is wrong, and where', () => {
    assert.deepEqual(read('- a').problems, [['- a', 'not a map of keys and values']]);
    assert.deepEqual(read('? [a]\n: b').problems, [['[a]', 'a key must be a plain word']]);
    assert.match(String(read('a: 1\na: 2').problems[0]?.[1]), /unique/);
    assert.deepEqual(read('['.repeat(9)).problems, [['['.repeat(9), 'nested too deeply; keys and plain values are all there is']]);
    assert.notEqual(read('['.repeat(8)).problems[0]?.[1], 'nested too deeply; keys and plain values are all there is');
    assert.deepEqual(read(`a: ${'x'.repeat(8_190)}`).problems.map(([, message]) => message), ['longer than 8192 characters']);
    assert.deepEqual(read(`a: ${'x'.repeat(8_189)}`).problems, []);
    for (const source of ['{', '"', 'a: b: c', '\t- x', 'a: "']) {
      const { problems } = readYamlMap(source);
      assert.ok(problems.length > 0 && problems.every(({ range }) => range.start >= 0 && range.start < range.end && range.end <= source.length), JSON.stringify(source));
    }
  });

  it('gives the values of a list, or the one there is', () => {
    const texts = (source: string) => readList(readYamlMap(source).entries[0]?.value ?? null).map((node) => readScalar(node));
    assert.deepEqual(texts('a: [1, "b", ~]'), [{ text: '1' }, { text: 'b' }, { text: '' }]);
    assert.deepEqual(texts('a: 1'), [{ text: '1' }]);
    assert.deepEqual(texts('a: []'), []);
    assert.deepEqual(texts('a:'), [{ text: '' }]);
  });

  it('is parsed once for one text, and keeps no file alive of which it was a part', () => {
    assert.equal(readYamlMap('a: 1'), readYamlMap('a: 1'));
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = used();
    for (let i = 0; i < 50; i++) readYamlMap(`steps: ${i + 1}\nmodel: a-name-of-some-length\n${'x'.repeat(1_000_000)}`.slice(0, 40));
    assert.ok(used() - before < 10_000_000, `${used() - before} bytes`);
  });
});
