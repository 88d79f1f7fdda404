import assert from 'node:assert/strict';
import { blockSpan, completeSettings, effectiveSettings, multiplicity, seedPlus, settingSpan } from './effective';
import { parseT2i } from './test-support';

const MODEL = { width: 512, height: 768, steps: 25, guidanceScale: 7 };
const blockOf = (text: string) => parseT2i(text).blocks[0]!;
const cut = (text: string, { start, end }: { start: number; end: number }) => text.slice(start, end);

describe('what holds for a picture', () => {
  it('is front matter, then the parameter line, then the cell, then what a command line says', () => {
    const block = blockOf('---\nsteps: 1\ncfg: 1\neta: 1\nseed: 1\n---\nheart\nmatrix: {steps: [3, 4], cfg: [5, 6]}\nSteps: 2, CFG scale: 2, Seed: 2');
    assert.deepEqual(effectiveSettings(block, 0), { steps: 3, guidanceScale: 5, eta: 1, seed: '2' });
    assert.deepEqual(effectiveSettings(block, 3), { steps: 4, guidanceScale: 6, eta: 1, seed: '2' });
    assert.deepEqual(effectiveSettings(block, 3, { steps: 9, seed: null, eta: undefined }), { steps: 9, guidanceScale: 6, eta: 1, seed: null });
  });

  it('is the model\'s where nothing is said, else A1111\'s default', () => {
    assert.deepEqual(completeSettings({}, MODEL), {
      promptSyntax: 'a1111', longPrompt: 'chunk', width: 512, height: 768, steps: 25, guidanceScale: 7, guidanceRescale: 0, guidanceInterval: [0, 1], perpendicularNegative: 0, dynamicThresholding: 0,
      sampler: null, scheduleType: 'Automatic', eta: 0, clipSkip: 1, rng: 'torch',
    });
  });

  it('is what is said, also where that is nought or none', () => {
    const said = { promptSyntax: 'plain', longPrompt: 'truncate', size: { width: 64, height: 32 }, steps: 1, guidanceScale: 0, guidanceRescale: 0.5, guidanceInterval: [0.1, 0.9], perpendicularNegative: 1, dynamicThresholding: 0.9, sampler: null, scheduleType: 'Karras', eta: 1, clipSkip: 2, rng: 'philox' } as const;
    const { size, ...rest } = said;
    assert.deepEqual(completeSettings({ ...said, guidanceInterval: [0.1, 0.9] }, MODEL), { ...rest, ...size });
  });
});

describe('how many pictures a block stands for', () => {
  it('is cells times count, with another count from a command line', () => {
    assert.deepEqual(multiplicity(blockOf('a')), { cells: 1, count: 1 });
    assert.deepEqual(multiplicity(blockOf('a\nmatrix: {cfg: [1, 2, 3]}\nCount: 4')), { cells: 3, count: 4 });
    assert.deepEqual(multiplicity(blockOf('---\ncount: 2\n---\na\nmatrix: {cfg: [1, 2]}'), { count: 5 }), { cells: 2, count: 5 });
    assert.deepEqual(multiplicity(blockOf('# empty'), { count: 5 }), { cells: 1, count: 0 });
  });
});

describe('where a remark belongs', () => {
  it('is where the setting is said last, else the block', () => {
    const text = '---\neta: 1\nclip skip: 2\n---\n# heart\nred\nmatrix: {cfg: [2, 4]}\nSteps: 1, Seed: 3, Steps: 5';
    const block = blockOf(text);
    assert.equal(settingSpan(block, 'steps').start, text.lastIndexOf('5'));
    assert.equal(cut(text, settingSpan(block, 'guidanceScale')), '2');
    assert.equal(cut(text, settingSpan(block, 'clipSkip')), '2');
    assert.equal(cut(text, settingSpan(block, 'model')), 'heart');
  });

  it('of the block as a whole is its name, else its text, else all of it', () => {
    for (const [text, expected] of [['# heart\nred', 'heart'], ['red\nblue', 'red\nblue'], ['Negative prompt: x', 'Negative prompt: x']] as const) assert.equal(cut(text, blockSpan(blockOf(text))), expected);
  });
});

describe('a seed and an offset', () => {
  it('add up modulo 2^64, as text', () => {
    assert.deepEqual([seedPlus('41', 1), seedPlus('18446744073709551615', 1), seedPlus('9007199254740993', 2), seedPlus('0', -1)], ['42', '0', '9007199254740995', '18446744073709551615']);
  });
});
