import assert from 'node:assert/strict';
import { infotextToBlock, parse } from '../prompt';
import { pastedBlock } from './pasted-block';

const BLOCK = infotextToBlock('a blue star\nNegative prompt: text\nSteps: 5, Sampler: Euler, CFG scale: 4, Seed: 9');
const said = (text: string, language: 't2i' | 'markdown') => parse(text, { fileName: `notes.${language}`, language });
/** The blocks of a file after a paste behind its block of a place, and what is remarked on them. */
function pasted(text: string, language: 't2i' | 'markdown' = 't2i', place = -1) {
  const { blocks } = said(text, language);
  const end = blocks.at(place)?.span.end ?? text.length;
  const whole = text.slice(0, end) + pastedBlock(text.slice(0, end), BLOCK, { names: blocks.map(({ name }) => name), isMarkdown: language === 'markdown' }) + text.slice(end);
  const after = said(whole, language);
  assert.deepEqual(after.diagnostics.filter(({ severity }) => severity !== 'hint'), []);
  return after.blocks.map(({ name, prompt, settings }) => [name, prompt, settings.steps]);
}

describe('a pasted block', () => {
  it('is a block of its own, and leaves the ones around it as they were', () => {
    assert.deepEqual(pasted('# heart\na red heart\nSteps: 30\n'), [['heart', 'a red heart', 30], ['pasted', 'a blue star', 5]]);
    assert.deepEqual(pasted('# heart\na red heart\nSteps: 30\n\n# moon\na moon', 't2i', 0), [['heart', 'a red heart', 30], ['pasted', 'a blue star', 5], ['moon', 'a moon', undefined]]);
    assert.deepEqual(pasted('a red heart\nSteps: 30'), [['notes', 'a red heart', 30], ['pasted', 'a blue star', 5]]);
  });

  it('has a name that no other block has, in any case', () => {
    assert.deepEqual(pasted('# Pasted\na\n# pasted-2\nb').at(-1), ['pasted-3', 'a blue star', 5]);
  });

  it('is named after the file where it is the first', () => {
    assert.deepEqual(pasted(''), [['notes', 'a blue star', 5]]);
    assert.deepEqual(pasted('---\ncfg: 3\n---\n'), [['notes', 'a blue star', 5]]);
  });

  it('goes into the fence in Markdown, and gets one where there is none', () => {
    assert.deepEqual(pasted('# Notes\n\n```t2i\na red heart\n```\n\nText.\n', 'markdown'), [['notes-1', 'a red heart', undefined], ['pasted', 'a blue star', 5]]);
    assert.deepEqual(pasted('# Notes\n\nText.', 'markdown'), [['notes-1', 'a blue star', 5]]);
  });
});
