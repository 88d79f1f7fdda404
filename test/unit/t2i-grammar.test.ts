/** The TextMate grammars, run by the editor's own tokenizer: what a theme gets to colour. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createOnigScanner, createOnigString, loadWASM } from 'vscode-oniguruma';
import { INITIAL, parseRawGrammar, Registry } from 'vscode-textmate';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

/** Stand-ins for the editor's own grammars, as far as ours reach into them. */
const STAND_INS: Record<string, string> = {
  'source.yaml': JSON.stringify({ scopeName: 'source.yaml', patterns: [{ match: '#.*$', name: 'comment.yaml' }, { match: '[a-z]+(?=:)', name: 'entity.name.tag.yaml' }] }),
  'text.html.markdown': JSON.stringify({ scopeName: 'text.html.markdown', patterns: [{ match: '^#.*', name: 'heading.markdown' }] }),
};

/** `text|scopes` of every token that has a scope of its own, line by line; scopes without their `.t2i`. */
async function tokens(text: string, scope = 'text.t2i'): Promise<string[][]> {
  const require = createRequire(import.meta.url);
  await loadWASM({ data: readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm')) }).catch(() => undefined); // loaded once per process
  const files: Record<string, string> = { 'text.t2i': 'syntaxes/t2i.tmLanguage.json', 'markdown.t2i.codeblock': 'syntaxes/t2i-markdown-injection.tmLanguage.json' };
  const registry = new Registry({
    onigLib: Promise.resolve({ createOnigScanner, createOnigString }),
    loadGrammar: (name) => Promise.resolve(parseRawGrammar(STAND_INS[name] ?? read(files[name] ?? assert.fail(name)), `${name}.json`)),
    getInjections: (name) => (name === 'text.html.markdown' ? ['markdown.t2i.codeblock'] : undefined),
  });
  const grammar = await registry.loadGrammar(scope);
  assert.ok(grammar);
  let stack = INITIAL;
  return text.split('\n').map((line) => {
    const result = grammar.tokenizeLine(line, stack);
    stack = result.ruleStack;
    return result.tokens
      .filter(({ scopes, startIndex }) => scopes.length > 1 && startIndex < line.length)
      .map(({ startIndex, endIndex, scopes }) => `${line.slice(startIndex, endIndex)}|${(scopes.at(-1) ?? '').replace(/\.t2i$/, '')}`);
  });
}

const check = async (line: string, expected: string[]) => assert.deepEqual((await tokens(line))[0], expected, line);

describe('the .t2i grammar', () => {
  it('knows headings, and what is none', async () => {
    await check('# red heart', ['#|punctuation.definition.heading', ' |markup.heading', 'red heart|entity.name.section']);
    await check('#ff0000 heart', []);
    await check('####### no', []);
  });

  it('knows comments, and what is none', async () => {
    await check('// a remark', ['//|punctuation.definition.comment', ' a remark|comment.line.double-slash']);
    await check('//', ['//|punctuation.definition.comment']);
    await check('//x', []);
  });

  it('reads front matter as YAML, at the top of the file only', async () => {
    const [open, first, remark, close, heading] = await tokens('---\nmodel: icon-64\n# remark\n---\n# a');
    assert.deepEqual([open, first?.[0], remark, close, heading?.[2]], [['---|punctuation.definition.begin.yaml'], 'model|entity.name.tag.yaml', ['# remark|comment.yaml'], ['---|punctuation.definition.end.yaml'], 'a|entity.name.section']);
    assert.deepEqual((await tokens('x\n---\nmodel: y'))[1], []);
  });

  it('knows weights and schedules, nested', async () => {
    await check('(red:1.2)', ['(|punctuation.section.weight.begin', 'red|meta.weight', ':|punctuation.separator', '1.2|constant.numeric.weight', ')|punctuation.section.weight.end']);
    await check('[a:b:.5]', ['[|punctuation.section.schedule.begin', 'a|meta.schedule', ':|keyword.operator.schedule', 'b|meta.schedule', ':|punctuation.separator', '.5|constant.numeric.step', ']|punctuation.section.schedule.end']);
    await check('[a|(b)]', ['[|punctuation.section.schedule.begin', 'a|meta.schedule', '||keyword.operator.schedule', '(|punctuation.section.weight.begin', 'b|meta.weight', ')|punctuation.section.weight.end', ']|punctuation.section.schedule.end']);
    await check('\\(a\\)', ['\\(|constant.character.escape', '\\)|constant.character.escape']);
    await check('a BREAK b', ['BREAK|keyword.control.break']);
  });

  it('knows variants and wildcards', async () => {
    await check('{2::red|blue}', ['{|punctuation.section.variant.begin', '2|constant.numeric.weight', '::|keyword.operator.variant', 'red|meta.variant', '||keyword.operator.variant', 'blue|meta.variant', '}|punctuation.section.variant.end']);
    await check('{1-2$$ and $$a}', ['{|punctuation.section.variant.begin', '1-2|constant.numeric.bound', '$$|keyword.operator.variant', ' and |string.unquoted.separator', '$$|keyword.operator.variant', 'a|meta.variant', '}|punctuation.section.variant.end']);
    await check('a __shapes/*__', ['__|punctuation.definition.variable', 'shapes/*|variable.other.wildcard', '__|punctuation.definition.variable']);
    await check('__not a wildcard__', []);
  });

  it('knows adapters', async () => {
    assert.deepEqual((await tokens('<lora:pixel:0.8> <my-token>'))[0]?.filter((token) => /adapter|numeric|tag$/.test(token)), ['lora|entity.name.tag', 'pixel|entity.name.type.adapter', '0.8|constant.numeric.weight', 'my-token|entity.name.type.adapter']);
    await check('i <3 u', []);
  });

  it('knows parameter lines, negative prompts and matrices', async () => {
    const plain = (line: string) => tokens(line).then(([first]) => first?.filter((token) => !/punctuation|meta/.test(token)));
    assert.deepEqual(await plain('Steps: 30, Sampler: Euler a, Size: 64x64, Foo: "a, b"'), ['Steps|variable.parameter', '30|constant.numeric', 'Sampler|variable.parameter', 'Euler a|string.unquoted', 'Size|variable.parameter', '64x64|constant.numeric', 'Foo|variable.parameter', 'a, b|string.quoted.double']);
    assert.deepEqual(await plain('Out: ./{name}.png'), ['Out|variable.parameter', './|string.unquoted', '{name}|constant.other.placeholder', '.png|string.unquoted']);
    assert.deepEqual(await plain('Negative prompt: blurry'), ['Negative prompt|keyword.other.negative']);
    assert.deepEqual(await plain('matrix: {cfg: [1]}'), ['matrix|keyword.other.matrix', 'cfg|entity.name.tag.yaml']);
    assert.deepEqual(await plain('\\Steps: 3'), ['\\|constant.character.escape.line']);
    assert.deepEqual(await plain('a heart: red'), []);
  });

  it('leaves what is between fences plain but for the prompt syntax', async () => {
    const lines = await tokens('```\n# no\n// no\n```\n# yes');
    assert.deepEqual([lines[1], lines[2], lines[4]?.[2]], [['# no|meta.fence'], ['// no|meta.fence'], 'yes|entity.name.section']);
  });

  it('colours nothing below a bracket that never closes', async () => {
    for (const open of ['(a', '[a', '{a', '(a {b [c', 'matrix: {a: [', 'Foo: "']) assert.deepEqual((await tokens(`${open}\n# b`))[1]?.[2], 'b|entity.name.section', open);
  });

  it('works in t2i fences of Markdown, and in no others', async () => {
    const lines = await tokens('# Title\n```t2i\n# heart\n(red:1.2)\n```\n# End\n```js\n# x\n```', 'text.html.markdown');
    assert.deepEqual(lines[0], ['# Title|heading.markdown']);
    assert.deepEqual(lines[2]?.at(-1), 'heart|entity.name.section');
    assert.ok(lines[3]?.includes('1.2|constant.numeric.weight'));
    assert.deepEqual(lines[5], ['# End|heading.markdown']);
    assert.deepEqual(lines[7], ['# x|heading.markdown']);
  });

  it('agrees with the parser about the example', async () => {
    const { parse } = await import('../../src/prompt');
    const text = read('examples/icons.t2i');
    const document = parse(text, { fileName: 'icons.t2i', language: 't2i' });
    assert.deepEqual(document.diagnostics, []);
    const scopes: Record<string, RegExp> = { heading: /heading/, comment: /comment/, parameters: /variable\.parameter/, matrix: /keyword\.other\.matrix/, negative: /keyword\.other\.negative/ };
    for (const [number, line] of (await tokens(text)).entries()) {
      const kind = document.lines[number]?.kind ?? '';
      const expected = scopes[kind];
      if (expected) assert.match(line.join(' '), expected, `line ${number + 1}`);
      else for (const other of Object.values(scopes)) if (kind !== 'front-matter') assert.doesNotMatch(line.join(' '), other, `line ${number + 1}`);
    }
    assert.ok(document.blocks.reduce((pictures, { count }) => pictures + count, 0) <= 16);
  });
});
