import assert from 'node:assert/strict';
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

describe('ten thousand lines', () => {
  const block = (n: number) => `# block ${n}\n(red:1.2) heart {a|b} icon on a __colour__ circle\n// a remark\nNegative prompt: outline\nSteps: 30, CFG scale: 4, Seed: ${n}\n`;
  const files = {
    'of blocks': Array.from({ length: 2000 }, (_, n) => block(n)).join(''),
    'of one block': 'red heart icon on a blue circle\n'.repeat(10_000),
    'of headings': '# a\n'.repeat(10_000),
    'of open fences': '```x\n'.repeat(10_000),
    'with CRLF': Array.from({ length: 2000 }, (_, n) => block(n)).join('').replaceAll('\n', '\r\n'),
  };
  /** Processor time, because the machine that runs this may be busy with other things; the best of several runs. */
  const cost = (work: () => void) => {
    for (let warm = 0; warm < 5; warm++) work();
    const times = Array.from({ length: 15 }, () => {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    });
    return Math.min(...times);
  };
  for (const [name, text] of Object.entries(files)) {
    it(`${name} parse in about 20 ms`, function () {
      const best = cost(() => parseT2i(text));
      if (this.test) this.test.title += ` (measured ${best.toFixed(1)} ms)`;
      // Far above the aim: this is to catch what grows with the square, not to judge a busy machine.
      assert.ok(best < 150, `${best} ms`);
    });
  }

  it('in one fenced Markdown file cost no more', () => {
    const text = `${'prose\n'.repeat(5000)}\`\`\`t2i\n${files['of blocks'].slice(0, 60_000)}\n\`\`\`\n`;
    const best = cost(() => parseMarkdown(text));
    assert.ok(best < 150, `${best} ms`);
  });
});
