import assert from 'node:assert/strict';
import { cellAt, cellCount, readMatrix } from './matrix';
import { codes, parseT2i } from './test-support';

describe('a matrix', () => {
  const of = (line: string) => {
    const text = `heart\n${line}`;
    const { blocks, diagnostics } = parseT2i(text);
    return { axes: blocks[0]?.matrix?.axes.map(({ setting, values }) => [setting, values.map(({ text }) => text)]), count: blocks[0]?.count, problems: diagnostics.map(({ code, span }) => [code, text.slice(span.start, span.end)]) };
  };

  it('stands last, or above the parameter line, or below it', () => {
    const axes = [['guidanceScale', ['2', '4']]];
    assert.deepEqual(of('matrix: {cfg: [2, 4]}'), { axes, count: 2, problems: [] });
    assert.deepEqual(of('matrix: {cfg: [2, 4]}\nCount: 3'), { axes, count: 6, problems: [] });
    assert.deepEqual(of('Count: 3\n\n// remark\nmatrix: {cfg: [2, 4]}\n'), { axes, count: 6, problems: [] });
  });

  it('is prompt text elsewhere, with a hint', () => {
    assert.deepEqual(of('matrix: {cfg: [2]}\nmore').problems, [['matrix-in-prompt', 'matrix: {cfg: [2]}']]);
  });

  it('points at what cannot vary, what cannot be and what cannot be read', () => {
    assert.deepEqual(of('matrix: {cfg: [2, x], count: [1], sampelr: [Euler], steps: []}').problems, [['invalid-value', 'x'], ['unknown-key', 'count'], ['unknown-key', 'sampelr'], ['invalid-value', '[]']]);
    assert.deepEqual(codes(parseT2i('a\nmatrix: {cfg: [2').diagnostics).every((code) => code === 'matrix-yaml'), true);
    assert.deepEqual(of('matrix: {cfg: [2').count, 1);
  });

  it('says when two axes are one setting', () => {
    assert.deepEqual(of('matrix: {cfg: [2, 4], CFG scale: [5, 6]}').problems, [['duplicate-parameter', 'CFG scale']]);
  });

  it('that is not YAML draws no cell of what could be read of it', () => {
    assert.deepEqual(of('matrix: {cfg: [2, 4], cfg: [5, 6]}').count, 1);
    assert.ok(codes(parseT2i('a\nmatrix: {cfg: [2, 4], cfg: [5, 6]}').diagnostics).includes('matrix-yaml'));
  });

  it('suggests the key that was probably meant', () => {
    const { diagnostics } = parseT2i('a\nmatrix: {sampelr: [Euler]}');
    assert.deepEqual([diagnostics[0]?.message, diagnostics[0]?.fix?.newText], ['matrix: “sampelr” is not a key that can vary; did you mean “Sampler”?', 'Sampler']);
  });

  it('has no more cells than a block has pictures', () => {
    const axis = (count: number) => `[${Array.from({ length: count }, (_, i) => i + 1).join(', ')}]`;
    assert.equal(of(`matrix: {steps: ${axis(100)}, clip skip: ${axis(10)}}`).count, 1000);
    assert.deepEqual(codes(parseT2i(`a\nmatrix: {steps: ${axis(101)}, clip skip: ${axis(10)}}`).diagnostics), ['too-many-pictures']);
  });

  it('takes one value without a list, text with quotes, and a seed with all its digits', () => {
    assert.deepEqual(of('matrix: {cfg: 2, model: "a, b", seed: [18446744073709551615]}').axes, [['guidanceScale', ['2']], ['model', ['a, b']], ['seed', ['18446744073709551615']]]);
  });
});

describe('the cells of a matrix', () => {
  const source = 'matrix: {cfg: [2, 4], sampler: [Euler, Heun, DDIM]}';
  const { matrix } = readMatrix(source, 0, { start: 0, end: source.length });

  it('are every combination, the last axis fastest, labelled as the file writes them', () => {
    assert.equal(cellCount(matrix), 6);
    assert.deepEqual(Array.from({ length: 6 }, (_, i) => cellAt(matrix, i)), [
      { settings: { guidanceScale: 2, sampler: 'Euler' }, label: 'cfg-2_sampler-Euler' },
      { settings: { guidanceScale: 2, sampler: 'Heun' }, label: 'cfg-2_sampler-Heun' },
      { settings: { guidanceScale: 2, sampler: 'DDIM' }, label: 'cfg-2_sampler-DDIM' },
      { settings: { guidanceScale: 4, sampler: 'Euler' }, label: 'cfg-4_sampler-Euler' },
      { settings: { guidanceScale: 4, sampler: 'Heun' }, label: 'cfg-4_sampler-Heun' },
      { settings: { guidanceScale: 4, sampler: 'DDIM' }, label: 'cfg-4_sampler-DDIM' },
    ]);
  });

  it('are one without settings where there is no matrix', () => {
    assert.deepEqual([cellCount(null), cellAt(null, 0)], [1, { settings: {}, label: '' }]);
  });
});
