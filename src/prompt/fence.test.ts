import assert from 'node:assert/strict';
import { FenceFinder } from './fence';

const lines = (text: string) => text.split('\n').map((line) => ({ text: line }));
/** The fence that the first line opens. */
const first = (text: string, indented = true) => new FenceFinder(lines(text)).openedAt(0, { indented });

describe('a code fence', () => {
  it('opens with three or more backticks or tildes, and names its language', () => {
    assert.deepEqual(first('```t2i\nx\n```'), { start: 0, end: 2, marker: '```', indent: '', language: 't2i' });
    assert.deepEqual(first('  ~~~~ js {#id}\nx\n~~~~'), { start: 0, end: 2, marker: '~~~~', indent: '  ', language: 'js' });
    assert.equal(first('```\nx\n```')?.language, '');
  });

  it('is none of fewer characters, with a backtick behind them, or indented where that is not looked for', () => {
    for (const text of ['``\nx\n``', 'x ```\n```', '```a`b\n```', '', 'text']) assert.equal(first(text), undefined, text);
    assert.equal(first('~~~a`b\n~~~')?.end, 1);
    assert.equal(first(' ```\n```', false), undefined);
  });

  it('closes with at least as many of the same characters and nothing else', () => {
    assert.equal(first('````\n```\n~~~~\n```` x\n  ````` \n````')?.end, 4);
  });

  it('that nothing closes ends behind the last line', () => {
    assert.equal(first('```\na\nb')?.end, 3);
    assert.equal(first('```\n``\n')?.end, 3);
  });

  it('is found wherever it opens, also when a longer search before it found nothing', () => {
    const finder = new FenceFinder(lines('`````\n```\na\n```\n~~~\n```\nb\n```'));
    assert.deepEqual([0, 1, 4, 5, 7].map((index) => finder.openedAt(index, { indented: false })?.end), [8, 3, 8, 7, 8]);
  });
});
