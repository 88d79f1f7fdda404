import assert from 'node:assert/strict';
import { classify } from './classify';
import { splitLines } from './source-line';

/** Kinds and texts of a block's lines; a block whose first line is a heading has its level. */
function kinds(text: string, fences: { start: number; end: number }[] = []) {
  const level = /^#{1,6}(?= )/.exec(text)?.[0].length ?? 0;
  return classify({ contents: splitLines(text), level, fences });
}
const said = (text: string, fences?: { start: number; end: number }[]) => kinds(text, fences).lines.map(({ kind, text: line }) => `${kind}|${line}`);

describe('the lines of a block', () => {
  it('are a heading, text, a negative prompt, and the parameters last', () => {
    assert.deepEqual(said('## My heart \n red \n\n// why\nNegative prompt: blur \n more\nSteps: 3, Seed : 4'), [
      'heading|My heart', 'prompt|red', 'blank|', 'comment|// why', 'negative|blur', 'negative|more', 'parameters|Steps: 3, Seed: 4',
    ]);
    assert.equal(kinds('## a\nx').lines[0]?.level, 2);
  });

  it('know where their text stands, without the space around it', () => {
    const text = '#  e\u0301a \n\t red  ';
    assert.deepEqual(kinds(text).lines.map(({ text: line, span }) => [line, text.slice(span.start, span.end)]), [['éa', 'e\u0301a'], ['red', 'red']]);
  });

  it('have parameters only at the end, with blank lines, comments and a matrix around them', () => {
    assert.deepEqual(said('Steps: 3\na'), ['prompt|Steps: 3', 'prompt|a']);
    assert.deepEqual(said('a\nSteps: 3\n\n// x\n'), ['prompt|a', 'parameters|Steps: 3', 'blank|', 'comment|// x', 'blank|']);
    assert.deepEqual(said('a\nmatrix: {cfg: [1]}\n\nSteps: 3'), ['prompt|a', 'matrix|matrix: {cfg: [1]}', 'blank|', 'parameters|Steps: 3']);
    assert.deepEqual(said('a\nSteps: 3\n// x\nmatrix: {cfg: [1]}'), ['prompt|a', 'parameters|Steps: 3', 'comment|// x', 'matrix|matrix: {cfg: [1]}']);
    assert.deepEqual(said('matrix: {cfg: [1]}\na\nSteps: 3'), ['prompt|matrix: {cfg: [1]}', 'prompt|a', 'parameters|Steps: 3']);
    // Of two matrices the last is one.
    assert.deepEqual(said('a\nmatrix: {cfg: [1]}\nSteps: 3\nmatrix: {cfg: [2]}'), ['prompt|a', 'prompt|matrix: {cfg: [1]}', 'parameters|Steps: 3', 'matrix|matrix: {cfg: [2]}']);
    const { pieces, parametersLine, matrixLine } = kinds('a\nmatrix: {cfg: [1]}\nSteps: 3, Seed: 4');
    assert.deepEqual([pieces.map(({ key }) => key), parametersLine?.kind, matrixLine?.kind], [['Steps', 'Seed'], 'parameters', 'matrix']);
  });

  it('are never the heading\'s own', () => {
    assert.deepEqual(said('# Steps: 3'), ['heading|Steps: 3']);
    assert.deepEqual(said('# matrix: {cfg: [1]}'), ['heading|matrix: {cfg: [1]}']);
  });

  it('have one negative prompt: what opens another is text of it', () => {
    const { lines } = kinds('a\n Negative prompt: b\nNegative prompt: c\nNegative prompt:\nd');
    assert.deepEqual(lines.map(({ kind, text, opensNegative }) => [kind, text, opensNegative ?? false]), [['prompt', 'a', false], ['negative', 'b', true], ['negative', 'c', false], ['blank', '', false], ['negative', 'd', false]]);
    assert.deepEqual(said('Negative prompt: Steps: 3'), ['negative|Steps: 3']);
    assert.deepEqual(said('Negative prompt: aa: 1, bb: 2, cc: 3, dd: 4'), ['negative|aa: 1, bb: 2, cc: 3, dd: 4']);
  });

  it('that a backslash made text are told apart', () => {
    const { lines, escaped } = kinds('\\# a\n\\// b\n\\c\n\\Steps: 3');
    assert.deepEqual(lines.map(({ kind, text }) => `${kind}|${text}`), ['prompt|# a', 'prompt|// b', 'prompt|\\c', 'prompt|Steps: 3']);
    assert.deepEqual(lines.map((line) => escaped.has(line)), [true, true, false, true]);
  });

  it('between fences are text as they stand, and no parameters', () => {
    const fences = [{ start: 1, end: 4 }];
    const { lines } = kinds('a\n```\n// b\nSteps: 3\n```', fences);
    assert.deepEqual(lines.map(({ kind, text, literal }) => [kind, text, literal ?? false]), [['prompt', 'a', false], ['fence', '```', false], ['prompt', '// b', true], ['prompt', 'Steps: 3', true], ['fence', '```', false]]);
  });

  it('begin a comment with // and a space, or nothing behind it', () => {
    assert.deepEqual(said('//\n//\tx \n//x\nhttp://x'), ['comment|//', 'comment|//\tx', 'prompt|//x', 'prompt|http://x']);
  });
});
