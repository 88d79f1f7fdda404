import assert from 'node:assert/strict';
import { readJsonObject } from './json-object';

const read = (text: string) => readJsonObject(text, 0, text.length);
const members = (text: string) => {
  const object = read(text);
  assert.ok('members' in object, JSON.stringify(object));
  return object.members.map(({ key, keySpan, valueSpan }) => [key, text.slice(keySpan.start, keySpan.end), text.slice(valueSpan.start, valueSpan.end)]);
};

describe('a line\'s JSON object', () => {
  it('has each key decoded, and the places of key and value', () => {
    assert.deepEqual(members(' \t{ "a" : 1 ,"\\u0062\\"": "x", "c":[ {"d":2}, [] ,"]"],"e":{ },"":null}\r'.trimStart()), [
      ['a', '"a"', '1'],
      ['b"', '"\\u0062\\""', '"x"'],
      ['c', '"c"', '[ {"d":2}, [] ,"]"]'],
      ['e', '"e"', '{ }'],
      ['', '""', 'null'],
    ]);
    assert.deepEqual(members('{}'), []);
    assert.deepEqual(members('{"a": 1, "a": 2}').map(([, , value]) => value), ['1', '2']);
  });

  it('is read between its offsets, which places count from the text\'s beginning; its end is behind the brace', () => {
    assert.deepEqual(readJsonObject('@@{"a": 1} \r@@', 2, 12), { members: [{ key: 'a', keySpan: { start: 3, end: 6 }, valueSpan: { start: 8, end: 9 } }], end: 10 });
    assert.deepEqual(readJsonObject('@@[]', 2, 4), { problem: 'a JSON object is missing here', at: 2 });
  });

  it('has numbers as they are written, and Python\'s words', () => {
    const values = ['0', '-0', '12', '1.50', '-1e5', '1E+5', '123456789012345678901234567890', 'true', 'false', 'null', 'NaN', 'Infinity', '-Infinity'];
    assert.deepEqual(members(`{${values.map((value, index) => `"${index}": ${value}`).join(',')}}`).map(([, , value]) => value), values);
    for (const wrong of ['01', '1.', '.5', '+1', '1e', '-', '-NaN', 'nul', 'True', 'undefined', '0x1']) assert.ok('problem' in read(`{"a": ${wrong}}`), wrong);
  });

  it('says what is wrong, and where', () => {
    for (const [text, problem, at] of [
      ['', 'a JSON object is missing here', 0],
      ['null', 'a JSON object is missing here', 0],
      ['"text"', 'a JSON object is missing here', 0],
      ['\uFEFF{}', 'a JSON object is missing here', 0],
      ['{', 'a key in double quotes is missing here', 1],
      ["{'a': 1}", 'a key in double quotes is missing here', 1],
      ['{"a": 1,}', 'a key in double quotes is missing here', 8],
      ['{"a" 1}', 'a colon is missing here', 5],
      ['{"a": }', 'a value is missing here', 6],
      ['{"a": 1 "b": 2}', 'a comma or } is missing here', 8],
      ['{"a": [1 2]}', 'a comma or ] is missing here', 9],
      ['{"a": [1,]}', 'a value is missing here', 9],
      ['{"a": "b}', 'this string is not closed, or has a wrong escape', 6],
      ['{"a": "\\x"}', 'this string is not closed, or has a wrong escape', 6],
      ['{"a": "\\u12g4"}', 'this string is not closed, or has a wrong escape', 6],
      ['{"a": "\t"}', 'this string is not closed, or has a wrong escape', 6],
      ['{"a', 'this string is not closed, or has a wrong escape', 1],
      ['{} {}', 'something follows the object', 3],
    ] as const) assert.deepEqual(read(text), { problem, at }, text);
  });

  it('is nested sixty-three deep at most', () => {
    const nested = (depth: number) => `{"a": ${'['.repeat(depth)}${']'.repeat(depth)}}`;
    assert.ok('members' in read(nested(64)));
    assert.deepEqual(read(nested(65)), { problem: 'it is nested too deeply', at: 70 });
  });

  it('may hold a string of many millions of characters', () => {
    const text = `{"picture": "${'x'.repeat(12_000_000)}", "text": "cat"}`;
    const object = read(text);
    assert.ok('members' in object);
    assert.deepEqual(object.members.map(({ key, valueSpan }) => [key, valueSpan.end - valueSpan.start]), [['picture', 12_000_002], ['text', 5]]);
  });
});
