import assert from 'node:assert/strict';
import { codes, parseT2i } from './test-support';

const found = (yaml: string) => {
  const text = `---\n${yaml}\n---\n# a\nheart`;
  const { blocks, diagnostics } = parseT2i(text);
  return { settings: blocks[0]?.frontMatter?.settings, negative: blocks[0]?.frontMatter?.negativePrompt, problems: diagnostics.map(({ code, span }) => [code, text.slice(span.start, span.end)]) };
};

describe('front matter', () => {
  it('holds every setting in short or long spelling', () => {
    assert.deepEqual(found('model: icon-64\nsteps: 20\ncfg: 3\nsampler: Euler a\nschedule: Karras\nsize: 64x64\nnegative: "a, b"\nout: "./{file}/{name}.png"\nseed: 18446744073709551615\ncount: 2\nrng: torch\nCFG rescale: 0.5\nclip_skip: 2'), {
      settings: { model: 'icon-64', steps: 20, guidanceScale: 3, sampler: 'Euler a', scheduleType: 'Karras', size: { width: 64, height: 64 }, out: './{file}/{name}.png', seed: '18446744073709551615', count: 2, rng: 'torch', guidanceRescale: 0.5, clipSkip: 2 },
      negative: 'a, b', problems: [],
    });
  });

  it('says what it does not know, and what it takes a slip for', () => {
    assert.deepEqual(found('stepz: 3\nfoo: 1').problems, [['unknown-key', 'stepz'], ['unknown-key', 'foo']]);
    const { diagnostics } = parseT2i('---\nstepz: 3\n---\nx');
    assert.equal(diagnostics[0]?.fix?.newText, 'Steps');
  });

  it('points at values that cannot be', () => {
    assert.deepEqual(found('steps: many\ncfg: [1, 2]\nsize: {a: 1}').problems, [['invalid-value', 'many'], ['invalid-value', '[1, 2]'], ['invalid-value', '{a: 1}']]);
  });

  it('is only at the first line, and must close', () => {
    assert.equal(parseT2i('\n---\nsteps: 3\n---\n').frontMatter, null);
    const { blocks, diagnostics } = parseT2i('---\nsteps: 3\n# a\nheart');
    assert.deepEqual([codes(diagnostics), blocks[0]?.prompt, blocks[0]?.frontMatter?.settings], [['front-matter-unclosed'], 'heart', { steps: 3 }]);
  });

  it('is not moved by YAML that bombs, merges, aliases or reaches for prototypes', () => {
    const bomb = ['a: &a ["x","x","x","x","x","x","x","x","x"]', ...'bcdefghij'.split('').map((key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(',')}]`)].join('\n');
    for (const yaml of [bomb, 'steps: *x', 'steps: &a 3\ncfg: *a', '<<: {steps: 3}', '__proto__: {steps: 3}', 'constructor: 1', 'steps: !!js/function x', 'steps: !foo 3', '[[[', '"', '? a\n: b', '- 1', 'steps: 3\nsteps: 4', '{'.repeat(5000), '['.repeat(8000), '- '.repeat(8000), '? '.repeat(8000), '[a,'.repeat(5000), '{a: '.repeat(4000), '"['.repeat(8000), 'a: '.repeat(5000), `x: ${'y'.repeat(20_000)}`]) {
      const started = performance.now();
      assert.notDeepEqual(found(yaml).problems, [], yaml.slice(0, 40));
      assert.ok(performance.now() - started < 2000, yaml.slice(0, 40));
    }
    assert.equal(({} as Record<string, unknown>).steps, undefined);
  });

  it('says when a key is given in two spellings, of which the last counts', () => {
    assert.deepEqual(found('cfg: 3\nsteps: 2\nCFG scale: 4'), { settings: { guidanceScale: 4, steps: 2 }, negative: null, problems: [['duplicate-parameter', 'CFG scale']] });
    assert.deepEqual(found('negative: a\nNegative prompt: b'), { settings: {}, negative: 'b', problems: [['duplicate-parameter', 'Negative prompt']] });
  });

  it('may be empty', () => {
    for (const yaml of ['', '# a remark', '  ']) assert.deepEqual(found(yaml).problems, []);
  });
});
