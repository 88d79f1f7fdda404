import assert from 'node:assert/strict';
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expand, parse, type Diagnostic } from '../prompt';
import { contextWith } from '../prompt/test-support';
import type { FoundContext } from './disk-contexts';
import { ModelLint } from './model-lint';

const ICON = { id: 'icon-64', path: join(__dirname, '../../models/icon-64') };
const TINY = { id: 'tiny-icon', path: join(__dirname, '../../test/fixtures/models/tiny-icon') };

/** Remarks on a prompt file whose `model:` names these two. */
async function remarks(text: string): Promise<Diagnostic[]> {
  const prompt = parse(text, { fileName: 'icons.t2i', language: 't2i' });
  const context = { model: (name: string) => [ICON, TINY].filter(({ id }) => id === name).map((reference) => ({ reference }))[0] };
  const log = { warn: (line: string) => assert.fail(line) };
  return new ModelLint(log as never).check({ prompt, context, root: '/' } as unknown as FoundContext, prompt.blocks.map((block) => ({ block, requests: [] })));
}

/** What is underlined, and the text after its fix, if it has one. */
async function check(text: string, ...expected: (readonly [underlined: string, fixed?: string])[]): Promise<void> {
  const applied = ({ span, newText }: NonNullable<Diagnostic['fix']>) => text.slice(0, span.start) + newText + text.slice(span.end);
  assert.deepEqual((await remarks(text)).map(({ span, fix }) => [text.slice(span.start, span.end), ...(fix ? [applied(fix)] : [])]), expected);
}

describe('words that the embedded model was not taught', () => {
  it('are told with the concepts closest to them', async () => {
    const [remark] = await remarks('a red zeppelin icon');
    assert.match(remark!.message, /^'zeppelin' is not among the \d+ concepts this model knows; closest: \w/);
    assert.deepEqual([remark!.severity, remark!.code], ['information', 'unknown-word']);
  });

  it('are underlined where they stand: in weights, variants, changes while drawing, behind comments, between CRLF', async () => {
    await check('// zeppelin\r\n(red:1.2) ((zeppelin:1.3)) icon,\r\n{star|mauve}\r\n', ['zeppelin'], ['mauve']);
    await check('[heart:zeppelin:0.5] <lora:zeppelin:1> __zeppelin__', ['zeppelin']);
  });

  it('are changed by one click where one name is meant, colours and containers among them', async () => {
    await check('a red umbrela icon', ['umbrela', 'a red umbrella icon']);
    await check('a purpel heart', ['purpel', 'a purple heart']);
    await check('heart on a rounded squar', ['squar', 'heart on a rounded square']);
  });

  it('are no icon styles beside an emoji, but are where the icon called emoji is meant', async () => {
    await check('thin emoji icon');
    await check('thin skull emoji', ['thin']);
  });

  it('are not looked for where the model takes any word, or is not here', async () => {
    await check('---\nmodel: tiny-icon\n---\nzeppelin');
    await check('---\nmodel: elsewhere\n---\nzeppelin');
  });
});

describe('a matrix of models', () => {
  let folder: string;
  let warnings: string[];
  const at = (name: string) => join(folder, name);
  /** A model that reads `limit` tokens and was taught these names, or takes any. */
  const model = async (name: string, limit: number, ...names: string[]) => {
    await cp(TINY.path, at(name), { recursive: true });
    await writeFile(join(at(name), 'tokenizer/tokenizer_config.json'), JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast', model_max_length: limit, bos_token: '<bos>', eos_token: '<eos>', pad_token: '<pad>' }));
    if (names.length > 0) await writeFile(join(at(name), 'concepts.json'), JSON.stringify({ concepts: names.map((one) => ({ name: one })) }));
  };
  const found = (text: string) => {
    const prompt = parse(text, { fileName: 'icons.t2i', language: 't2i' });
    const context = contextWith({ model: (name) => (name === 'nowhere' ? undefined : { reference: { id: name, path: at(name.replace('again', '')) }, defaults: { width: 64, height: 64, steps: 20, guidanceScale: 3 } }) });
    return { prompt, context, root: '/' } as unknown as FoundContext;
  };
  const check = async (text: string) => {
    const one = found(text);
    const expanded = one.prompt.blocks.map((block) => ({ block, requests: expand(one.prompt, block, one.context).requests }));
    return (await new ModelLint({ warn: (line: string) => void warnings.push(line) }).check(one, expanded)).map(({ span, message, fix }) => [text.slice(span.start, span.end), message, ...(fix ? [fix.newText] : [])]);
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-matrix-'));
    warnings = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('has its words held against all of them, what several say told once, and who says it where not all do', async () => {
    for (const [name, ...names] of [['a', 'heart'], ['b', 'heart', 'star'], ['any']] as const) await model(name, 32, ...names);
    const drawn = (...models: string[]) => check(`heart sta\nmatrix: {model: [${models.join(', ')}], cfg: [1, 2]}`);
    assert.deepEqual(await drawn('a', 'aagain', 'nowhere'), await drawn('a'));
    assert.deepEqual(await drawn('a', 'b', 'any'), [
      ['sta', "a: 'sta' is not among the 1 concepts this model knows; closest: heart", 'heart'],
      ['sta', "b: 'sta' is not among the 2 concepts this model knows; closest: star", 'star'],
    ]);
    await model('c', 32, 'heart');
    assert.deepEqual((await drawn('a', 'c')).map(([, message]) => message), ["'sta' is not among the 1 concepts this model knows; closest: heart"]);
    assert.deepEqual((await drawn('any', 'c', 'b', 'a')).map(([, message]) => message?.split(':')[0]), ['c, a', 'b']);
  });

  it('has its words held against no more models than are read in time', async () => {
    const names = Array.from({ length: 10 }, (_, i) => `m${i}`);
    for (const name of names) await model(name, 32, name, 'heart');
    assert.equal((await check(`zzz\nmatrix: {model: [${names.join(', ')}]}`)).length, 1);
    assert.deepEqual((await check(`m0 m9\nmatrix: {model: [${names.join(', ')}]}`)).filter(([word]) => word === 'm9').flatMap(([, message]) => message?.split(':')[0]?.split(', ') ?? []), names.slice(0, 8));
  });

  it('has names offered of all of them', async () => {
    for (const [name, ...names] of [['a', 'heart'], ['b', 'star']] as const) await model(name, 32, ...names);
    assert.deepEqual(await new ModelLint({ warn: assert.fail } as never).concepts(found('x\nmatrix: {model: [a, b]}')), ['heart', 'star']);
  });

  it('has its tokens counted by each of them, and in each way to read, however many pictures come before', async () => {
    await model('wide', 32);
    await model('narrow', 12);
    await model('broken', 32);
    await writeFile(at('broken/tokenizer/tokenizer.json'), '{');
    const pictures = Array.from({ length: 20 }, (_, i) => i + 1).join(', ');
    const text = `---\nnegative: x x x x x x\n---\na a a a a a a\nmatrix: {model: [wide, broken, narrow], cfg: [${pictures}]}`;
    assert.deepEqual(await check(text), [
      ['x x x x x x', '12 tokens, and narrow reads 10: the last 2 are not read; shorten the text'],
      ['a a a a a a a', '14 tokens, and narrow reads 10: the last 4 are not read; shorten the text'],
    ]);
    assert.equal(warnings.length, 1);
    // Weights are no tokens to the one syntax, and text to the other.
    for (const syntaxes of ['a1111, plain', 'plain, a1111']) {
      assert.deepEqual((await check(`(a a a:1.2)\nmatrix: {syntax: [${syntaxes}], cfg: [${pictures}]}\nSteps: 4, Model: narrow, Seed: 1`)).map(([where]) => where), ['(a a a:1.2)'], syntaxes);
    }
    // Only the longest of the wildcard's choices is too long; however often the others come, they are one.
    assert.equal((await check(`{16::a|b b b b b b}\nSteps: 4, Model: narrow, Seed: 1, Count: 100`)).length, 1);
  });
});

describe('what a model was taught', () => {
  let model: string;
  let warnings: string[];
  let lint: ModelLint;
  const concepts = () => lint.concepts({ prompt: parse('# a\nheart', { fileName: 'icons.t2i', language: 't2i' }), context: { model: () => ({ reference: { id: 'tiny', path: model } }) } } as unknown as FoundContext);
  const emoji = (...paths: string[]) => lint.emoji({
    prompt: parse(paths.map((path) => `# ${path}\nheart\nSteps: 4, Model: ${path}, Seed: 1`).join('\n\n'), { fileName: 'icons.t2i', language: 't2i' }),
    context: { model: (name: string) => ({ reference: { id: name, path: join(model, '..', name) } }) },
  } as unknown as FoundContext);
  const teach = (...names: string[]) => writeFile(join(model, 'concepts.json'), JSON.stringify({ concepts: names.map((name) => ({ name })) }));
  beforeEach(async () => {
    model = join(await mkdtemp(join(tmpdir(), 'easel-taught-')), 'tiny');
    await cp(TINY.path, model, { recursive: true });
    warnings = [];
    lint = new ModelLint({ warn: (line: string) => void warnings.push(line) });
  });
  afterEach(() => rm(join(model, '..'), { recursive: true }));

  it('is read again when its list has come, or changed', async () => {
    await rm(join(model, 'concepts.json'), { force: true });
    assert.deepEqual(await concepts(), []);
    await teach('heart');
    assert.deepEqual(await concepts(), ['heart']);
    await teach('heart', 'star');
    assert.deepEqual([await concepts(), warnings], [['heart', 'star'], []]);
  });

  it('is told of its styles of emoji too, and of each emoji as the first model has it', async () => {
    await cp(model, join(model, '../other'), { recursive: true });
    const says = (folder: string, ...all: [name: string, character: string][]) =>
      writeFile(join(model, '..', folder, 'concepts.json'), JSON.stringify({ concepts: [{ name: 'heart' }], styles: ['thin'], emojiStyles: ['blob', 'thin'], emoji: all.map(([name, character]) => ({ name, character })) }));
    await says('tiny', ['skull', '💀'], ['ghost', '👻']);
    await says('other', ['ghost', '!'], ['alien', '👽']);
    assert.deepEqual((await emoji('tiny', 'other')).map(({ name, character }) => `${name} ${character}`), ['skull 💀', 'ghost 👻', 'alien 👽']);
    assert.deepEqual(await concepts(), ['heart', 'thin', 'blob']);
  });

  it('is what emoji are held against, where they stand in the file', async () => {
    await writeFile(join(model, 'concepts.json'), JSON.stringify({ concepts: [{ name: 'heart' }], emoji: [{ name: 'skull', character: '💀' }] }));
    const text = '// 💀\r\n# a\r\nskull icon, 💀';
    const prompt = parse(text, { fileName: 'icons.t2i', language: 't2i' });
    const found = { prompt, context: { model: () => ({ reference: { id: 'tiny', path: model } }) }, root: '/' } as unknown as FoundContext;
    const said = await lint.check(found, prompt.blocks.map((block) => ({ block, requests: [] })));
    const changed = ({ span, newText }: NonNullable<Diagnostic['fix']>) => text.slice(0, span.start) + newText + text.slice(span.end);
    assert.deepEqual(said.map(({ span, fix }) => [text.slice(span.start, span.end), fix && changed(fix)]), [
      ['skull', '// 💀\r\n# a\r\nskull emoji, 💀'], ['💀', '// 💀\r\n# a\r\nskull icon, skull emoji'],
    ]);
  });

  it('is read again after it could not be: the list was mended, or the folder has come', async () => {
    await writeFile(join(model, 'concepts.json'), '{"concepts": [');
    assert.deepEqual([await concepts(), warnings.length], [[], 1]);
    await teach('heart');
    assert.deepEqual(await concepts(), ['heart']);
    await rename(model, `${model}-away`);
    lint = new ModelLint({ warn: (line: string) => void warnings.push(line) });
    assert.deepEqual([await concepts(), warnings.length], [[], 2]);
    await rename(`${model}-away`, model);
    assert.deepEqual(await concepts(), ['heart']);
  });
});
