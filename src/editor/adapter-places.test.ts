import assert from 'node:assert/strict';
import { parseMarkdown, parseT2i } from '../prompt/test-support';
import { placesIn } from './adapter-places';

/** Kind, name, weight, what is underlined and who reads it. */
const places = (text: string, parse = parseT2i) => placesIn(parse(text)).map(({ kind, name, weight, span, models }) => [kind, name, weight, text.slice(span.start, span.end), models.join(' ')]);

describe('places of adapters', () => {
  it('are where the file says it, in prompts and negative prompts of every block', () => {
    assert.deepEqual(places('# cat\r\na (<crisp>:1.2) cat // no comment\r\n// <comment>\r\nand <lora:ink:0.5>\r\nNegative prompt: <bad:0.7>\r\n# dog\r\n{<crisp>|<lora:a b>}\r\nmatrix: {model: [one, two]}\r\n'), [
      ['token', 'crisp', 1, '<crisp>', 'icon-64'],
      ['lora', 'ink', 0.5, '<lora:ink:0.5>', 'icon-64'],
      ['token', 'bad', 0.7, '<bad:0.7>', 'icon-64'],
      ['token', 'crisp', 1, '<crisp>', 'one two'],
      ['lora', 'a b', 1, '<lora:a b>', 'one two'],
    ]);
  });

  it('are in a front matter\'s negative prompt, read by the blocks without one of their own', () => {
    const blocks = '# a\nheart\n# b\nstar <crisp>\nmatrix: {model: [two, one]}\n# c\nNegative prompt: x\nSteps: 3, Model: three, Seed: 1\n';
    assert.deepEqual(places(`---\nmodel: one # <no>\nnegative: <bad>, <lora:ink:0.5> # <comment>\n---\n${blocks}`), [
      ['token', 'bad', 1, '<bad>', 'one two'],
      ['lora', 'ink', 0.5, '<lora:ink:0.5>', 'one two'],
      ['token', 'crisp', 1, '<crisp>', 'two one'],
    ]);
    assert.deepEqual(places('---\nnegative: <bad>\n---\nheart\nNegative prompt: x'), []);
    assert.deepEqual(places('---\nnegative: <bad>\n---\n'), []);
  });

  it('are exact there through quotes, lines, CR LF and letters that NFC puts together; the whole value else', () => {
    const at = (value: string, parse = parseT2i) => places(`---\r\nsteps: 4\r\nnegative: ${value}\r\n---\r\nheart`, parse).map(([, name, , where]) => [name, where]);
    assert.deepEqual(at('"e\u0301 <bad>, <e\u0301:2>"'), [['bad', '<bad>'], ['é', '<e\u0301:2>']]);
    assert.deepEqual(at('|\r\n  blurry <bad>\r\n  <bad:2>'), [['bad', '<bad>'], ['bad', '<bad:2>']]);
    assert.deepEqual(at('"\\u003cbad>, <ink>"'), [['bad', '"\\u003cbad>, <ink>"'], ['ink', '"\\u003cbad>, <ink>"']]);
    assert.deepEqual(at('"<lora:my\r\n  ink:1>"'), [['my ink', '"<lora:my\r\n  ink:1>"']]);
  });

  it('are each fence\'s own in Markdown', () => {
    const fence = (name: string) => `  \`\`\`t2i\n  ---\n  negative: <${name}>\n  ---\n  heart\n  \`\`\`\n`;
    assert.deepEqual(places(`<no>\n${fence('a')}negative: <no>\n${fence('b')}`, parseMarkdown).map(([, name, , where]) => [name, where]), [['a', '<a>'], ['b', '<b>']]);
  });
});
