import assert from 'node:assert/strict';
import { parse } from './parse';
import { print } from './print';
import { codes, parseMarkdown, parseT2i } from './test-support';

/** The text a span covers. */
const cut = (text: string, span: { start: number; end: number } | null | undefined) => (span ? text.slice(span.start, span.end) : span);

describe('blocks', () => {
  it('begin at headings and end before the next', () => {
    const text = '# one\nred\n## two two \nblue\ngreen\n';
    const { blocks, diagnostics } = parseT2i(text);
    assert.deepEqual(blocks.map(({ name, prompt, index, count }) => [name, prompt, index, count]), [['one', 'red', 0, 1], ['two two', 'blue\ngreen', 1, 1]]);
    assert.deepEqual(blocks.map(({ headingSpan, nameSpan, promptSpan, span }) => [headingSpan, nameSpan, promptSpan, span].map((part) => cut(text, part))), [
      ['# one', 'one', 'red', '# one\nred'],
      ['## two two ', 'two two', 'blue\ngreen', '## two two \nblue\ngreen'],
    ]);
    assert.deepEqual(diagnostics, []);
  });

  it('are one, named after the file, in a file without headings', () => {
    assert.deepEqual(parseT2i('a heart', 'art/My Icons.t2i').blocks.map(({ name, headingSpan }) => [name, headingSpan]), [['My Icons', null]]);
  });

  it('are none in a file of blank lines and comments', () => {
    for (const text of ['', '\n\n', '// a remark\n', '\ufeff']) assert.deepEqual(parseT2i(text).blocks, [], JSON.stringify(text));
  });

  it('keep text before the first heading, as a block named after the file', () => {
    assert.deepEqual(parseT2i('a heart\n# star\na star').blocks.map(({ name, prompt }) => [name, prompt]), [['icons', 'a heart'], ['star', 'a star']]);
  });

  it('take #ff0000, #tag and seven # as prompt text', () => {
    assert.equal(parseT2i('#ff0000 heart\n#tag\n####### x\n#').blocks[0]?.prompt, '#ff0000 heart\n#tag\n####### x\n#');
  });

  it('stand for no picture when nothing is under the heading', () => {
    assert.deepEqual(parseT2i('# group\n## heart\na heart').blocks.map(({ name, count }) => [name, count]), [['group', 0], ['heart', 1]]);
  });

  it('leave comments out, and // without a space in', () => {
    assert.equal(parseT2i('// no\nred\n//\n// not this\nhttp://x //y\n//z').blocks[0]?.prompt, 'red\nhttp://x //y\n//z');
  });

  it('keep blank lines between lines of text and drop those around them', () => {
    assert.equal(parseT2i('# a\n\n  red  \n\nblue\n\nNegative prompt: x').blocks[0]?.prompt, 'red\n\nblue');
  });

  it('protect what is between fences', () => {
    const { blocks } = parseT2i('# a\n```\n# not a heading\n// not a comment\nSteps: 3\n```\n# b\nx');
    assert.deepEqual(blocks.map(({ name, prompt, settings }) => [name, prompt, settings]), [['a', '# not a heading\n// not a comment\nSteps: 3', {}], ['b', 'x', {}]]);
  });

  it('take a fence that never closes as text, and say so', () => {
    const { blocks, diagnostics } = parseT2i('# a\n```\nred\n# b\nblue');
    assert.deepEqual(blocks.map(({ name, prompt }) => [name, prompt]), [['a', '```\nred'], ['b', 'blue']]);
    assert.deepEqual(codes(diagnostics), ['unclosed-fence']);
  });
});

describe('line starts', () => {
  it('escaped with \\ are prompt text', () => {
    const lines = ['# a', '// b', '---', 'matrix: {cfg: [1]}', 'Negative prompt: c', '```', 'Steps: 3, Seed: 4'];
    const { blocks, diagnostics } = parseT2i(`# x\n${lines.map((line) => `\\${line}`).join('\n')}`);
    assert.equal(blocks[0]?.prompt, lines.join('\n'));
    assert.deepEqual([blocks[0]?.parameters, blocks[0]?.matrix, blocks[0]?.negativePrompt], [[], null, null]);
    assert.deepEqual(diagnostics, []);
  });

  it('keep their backslash where it escapes nothing', () => {
    assert.equal(parseT2i('\\(a\\)\n\\#x\n\\\\# y').blocks[0]?.prompt, '\\(a\\)\n\\#x\n\\# y');
  });
});

describe('negative prompts', () => {
  it('run from their line to the parameter line', () => {
    const block = parseT2i('a\nNegative prompt: b\nc\n\nSteps: 3, Seed: 1').blocks[0];
    assert.deepEqual([block?.prompt, block?.negativePrompt, block?.settings], ['a', 'b\nc', { steps: 3, seed: '1' }]);
  });

  it('are empty when written empty, and null when not written', () => {
    assert.equal(parseT2i('a\nNegative prompt:').blocks[0]?.negativePrompt, '');
    assert.equal(parseT2i('a').blocks[0]?.negativePrompt, null);
  });

  it('are never a parameter line, whatever is in them', () => {
    const block = parseT2i('a\nNegative prompt: aa: 1, bb: 2, cc: 3, dd: 4').blocks[0];
    assert.deepEqual([block?.negativePrompt, block?.parameters], ['aa: 1, bb: 2, cc: 3, dd: 4', []]);
  });
});

describe('spans', () => {
  it('count UTF-16 units of the original text, with BOM, CRLF, lone CR and decomposed letters', () => {
    const text = '\ufeff---\r\nsteps: 999999\r\n---\r\n# cafe\u0301 😀\r\ne\u0301a {b\rNegative prompt: q\r\nSteps: abc, Seed: 1';
    const { blocks, diagnostics, frontMatter } = parseT2i(text);
    const [block] = blocks;
    assert.equal(block?.name, 'café 😀');
    assert.equal(block?.prompt, 'éa {b');
    assert.equal(cut(text, block?.nameSpan), 'cafe\u0301 😀');
    assert.equal(cut(text, block?.promptSpan), 'e\u0301a {b');
    assert.equal(cut(text, block?.negativeSpan), 'q');
    assert.equal(cut(text, frontMatter?.span), '---\r\nsteps: 999999\r\n---');
    assert.deepEqual(diagnostics.map(({ code, span }) => [code, cut(text, span)]), [
      ['invalid-value', '999999'],
      ['unbalanced-brace', '{'],
      ['invalid-value', 'abc'],
    ]);
  });

  it('of the parameter line name key and value', () => {
    const text = 'a\n Steps: 3 ,Model: "x, y", Foo';
    const parameters = parseT2i(`${text}, Seed: 1`).blocks[0]?.parameters ?? [];
    assert.deepEqual(parameters.map(({ key, value, bare, keySpan, valueSpan }) => [key, value, bare, cut(text, keySpan), cut(text, valueSpan)]).slice(0, 3), [
      ['Steps', '3', false, 'Steps', '3'],
      ['Model', 'x, y', false, 'Model', '"x, y"'],
      ['Foo', 'Foo', true, 'Foo', 'Foo'],
    ]);
  });
});

describe('Markdown', () => {
  it('is read in its t2i fences only, which are named by their place', () => {
    const text = '# Title\n\n```t2i\na heart\nSeed: 3\n```\n\n~~~~js\n```t2i\nno\n```\n~~~~\n\n1. item\n   ```t2i\n   # star\n   a star\n   ```\n';
    const { blocks, diagnostics } = parseMarkdown(text);
    assert.deepEqual(blocks.map(({ name, prompt, settings }) => [name, prompt, settings]), [['notes-1', 'a heart', { seed: '3' }], ['star', 'a star', {}]]);
    assert.equal(cut(text, blocks[1]?.nameSpan), 'star');
    assert.deepEqual(diagnostics, []);
  });

  it('has front matter inside a fence, which holds for the fences after it too', () => {
    const { blocks, frontMatter } = parseMarkdown('---\ntitle: not ours\n---\n```t2i\n---\nsteps: 5\n---\n```\n```t2i\nb\n```');
    assert.deepEqual(frontMatter?.settings, { steps: 5 });
    assert.deepEqual(blocks.map(({ name, frontMatter }) => [name, frontMatter?.settings]), [['notes-2', { steps: 5 }]]);
  });

  it('takes a fence that never closes to the end of the file', () => {
    assert.equal(parseMarkdown('```t2i\na\nb').blocks[0]?.prompt, 'a\nb');
  });
});

describe('a megabyte', function () {
  this.timeout(60_000); // a busy machine is not what is judged
  const repeat = (text: string) => text.repeat(Math.ceil(1_000_000 / text.length));
  // What once grew with the square of its length, or might: minutes then, under a second now (`npm run bench parse`).
  const texts: Record<string, string> = {
    'of blocks': repeat('# block\n(red:1.2) heart {a|b} on a __colour__ circle\n// a remark\nNegative prompt: x\nSteps: 30, Seed: 1\n'),
    'of headings': repeat('# a\n'),
    'of one line in another normal form': repeat('e\u0301 '),
    'of variants': repeat('{a|b} '),
    'of options': `{${repeat('a|')}a}`,
    'of open fences': repeat('```x\n'),
    'of fences, closed far away': `~~~t2i\n${repeat('```x\n')}~~~\n${'```\n'}`,
    'of pairs': repeat('Steps: 1, '),
    'of pairs that are never closed': repeat('aa: {"b, '),
    'of CR': repeat('\r'),
  };
  for (const [name, text] of Object.entries(texts)) {
    for (const language of ['t2i', 'markdown'] as const) {
      it(`${name} is read as ${language} within a test's time`, () => {
        const document = parse(text, { fileName: 'a', language });
        assert.ok(print(document).length > 0);
      });
    }
  }
});
