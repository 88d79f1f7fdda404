import assert from 'node:assert/strict';
import { readBlock } from './read-block';
import { splitLines } from './source-line';
import { codes } from './test-support';

const NOWHERE = { span: { start: 0, end: 0 }, negativePrompt: null, valueSpans: new Map() };
function read(original: string, more: Partial<Parameters<typeof readBlock>[0]> = {}) {
  const level = /^#{1,6}(?= )/.exec(original)?.[0].length ?? 0;
  const result = readBlock({ contents: splitLines(original), level, fences: [], defaultName: 'file-1', index: 3, firstLine: 10, frontMatter: null, original, ...more });
  const cut = (span: { start: number; end: number } | null | undefined) => (span ? original.slice(span.start, span.end) : span);
  return { ...result, cut };
}

describe('one block', () => {
  it('says everything of itself, with places in the original', () => {
    const { block, diagnostics, cut } = read('## My heart\nred\n// why\nblue\nNegative prompt: blur\nmore\nmatrix: {cfg: [2, 4]}\nSteps: 3, Count: 2, Foo: x\n\n');
    assert.ok(block);
    const { name, index, prompt, negativePrompt, settings, count, firstLine, endLine, parameters } = block;
    assert.deepEqual({ name, index, prompt, negativePrompt, settings, count, firstLine, endLine }, { name: 'My heart', index: 3, prompt: 'red\nblue', negativePrompt: 'blur\nmore', settings: { steps: 3, count: 2 }, count: 4, firstLine: 10, endLine: 20 });
    assert.deepEqual([block.headingSpan, block.nameSpan, block.promptSpan, block.negativeSpan, block.parametersSpan, block.matrix?.span].map(cut), ['## My heart', 'My heart', 'red\n// why\nblue', 'blur\nmore', 'Steps: 3, Count: 2, Foo: x', 'matrix: {cfg: [2, 4]}']);
    assert.equal(cut(block.span)?.endsWith('Foo: x'), true);
    assert.deepEqual(parameters.map(({ key, setting }) => [key, setting]), [['Steps', 'steps'], ['Count', 'count'], ['Foo', null]]);
    assert.deepEqual(codes(diagnostics), ['unknown-parameter']);
  });

  it('without a heading, or with an empty one, is named by its place', () => {
    assert.deepEqual([read('red').block?.name, read('red').block?.nameSpan, read('red').block?.headingSpan], ['file-1', null, null]);
    const { block, cut } = read('#  \nred');
    assert.deepEqual([block?.name, block?.nameSpan, cut(block?.headingSpan)], ['file-1', null, '#  ']);
  });

  it('is none of blank lines and comments, and no picture of a heading alone', () => {
    assert.equal(read('\n// x\n').block, null);
    assert.equal(read('\n// x\n').lines.length, 3);
    assert.deepEqual([read('# a\n// x').block?.count, read('# a\n// x').block?.prompt], [0, '']);
    assert.deepEqual([read('# a\nSteps: 3').block?.count, read('# a\nNegative prompt:').block?.count], [1, 1]);
  });

  it('has its prompt\'s place behind the heading where there is no prompt', () => {
    const { block } = read('# a\nNegative prompt: x');
    assert.deepEqual(block?.promptSpan, { start: 3, end: 3 });
  });

  it('counts pictures by its own line, else by front matter', () => {
    const frontMatter = { ...NOWHERE, settings: { count: 5 } };
    assert.equal(read('a', { frontMatter }).block?.count, 5);
    assert.equal(read('a\nCount: 2', { frontMatter }).block?.count, 2);
    assert.equal(read('a\nmatrix: {cfg: [1, 2, 3]}', { frontMatter }).block?.count, 15);
  });

  it('with too many pictures stands for none, and says so where they come from', () => {
    const { block, diagnostics, cut } = read('a\nmatrix: {cfg: [1, 2, 3]}\nCount: 400');
    assert.deepEqual([block?.count, codes(diagnostics), cut(diagnostics[0]?.span)], [0, ['too-many-pictures'], 'matrix: {cfg: [1, 2, 3]}']);
    assert.match(diagnostics[0]?.message ?? '', /^1200 pictures in one block; the most is 1000$/);
    const most = read('a\nmatrix: {cfg: [1, 2]}\nCount: 500');
    assert.deepEqual([most.block?.count, most.diagnostics], [1000, []]);
  });

  it('takes the last of a parameter that is given twice', () => {
    const { block, diagnostics } = read('a\nSteps: 3, Seed: 1, steps: 4');
    assert.deepEqual([block?.settings, codes(diagnostics)], [{ steps: 4, seed: '1' }, ['duplicate-parameter']]);
  });
});
