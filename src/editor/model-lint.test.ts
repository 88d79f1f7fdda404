import assert from 'node:assert/strict';
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, type Diagnostic } from '../prompt';
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

  it('are not looked for where the model takes any word, or is not here', async () => {
    await check('---\nmodel: tiny-icon\n---\nzeppelin');
    await check('---\nmodel: elsewhere\n---\nzeppelin');
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
