import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expand, type ExpandContext } from './expand';
import { canonicalRequest, GenerateRequest } from './request';
import { codes, contextWith, parseMarkdown, parseT2i } from './test-support';

function expanded(text: string, more?: Parameters<typeof contextWith>[0], block = 0) {
  const document = parseT2i(text);
  const found = document.blocks[block];
  assert.ok(found);
  return expand(document, found, contextWith(more));
}
const requests = (text: string, more?: Parameters<typeof contextWith>[0]) => {
  const { requests, diagnostics } = expanded(text, more);
  assert.deepEqual(diagnostics.filter(({ severity }) => severity === 'error'), []);
  return requests;
};
const errors = (text: string, more?: Parameters<typeof contextWith>[0]) => {
  const { requests, diagnostics } = expanded(text, more);
  assert.deepEqual(requests, []);
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ code, span, message }) => ({ code, at: text.slice(span.start, span.end), message }));
};

describe('expand', () => {
  it('gives complete requests, defaults filled in', () => {
    const [request] = requests('# heart\na red heart');
    assert.deepEqual(request, {
      version: 1, prompt: 'a red heart', negativePrompt: '', promptSyntax: 'a1111', longPrompt: 'chunk', model: { id: 'icon-64', path: '/models/icon-64' }, adapters: [],
      width: 64, height: 64, steps: 20, guidanceScale: 3, guidanceRescale: 0, guidanceInterval: [0, 1], perpendicularNegative: 0, dynamicThresholding: 0, sampler: null, scheduleType: 'Automatic', eta: 0, clipSkip: 1, seed: '1234', rng: 'torch',
      init: null, mask: null, denoisingStrength: 1, index: 0,
      output: { path: '/project/art/icons/heart.png', root: '/project', source: { file: 'icons.t2i', block: 'heart' }, noise: null, saveLatents: null },
    });
    assert.deepEqual(GenerateRequest.parse(request), request);
  });

  it('takes overrides before the cell, the cell before the parameter line, that before front matter, that before the model', () => {
    const text = '---\nsteps: 1\ncfg: 1\nsize: 32x32\nnegative: blurry\nrng: philox\n---\nheart\nmatrix: {steps: [3]}\nSteps: 2, CFG scale: 2, Seed: 9';
    const of = ({ steps, guidanceScale, width, negativePrompt, rng, seed }: GenerateRequest) => ({ steps, guidanceScale, width, negativePrompt, rng, seed });
    assert.deepEqual(requests(text).map(of), [{ steps: 3, guidanceScale: 2, width: 32, negativePrompt: 'blurry', rng: 'philox', seed: '9' }]);
    assert.deepEqual(requests(text, { overrides: { steps: 4, seed: '5', guidanceScale: undefined, negativePrompt: 'x' } }).map(of), [{ steps: 4, guidanceScale: 2, width: 32, negativePrompt: 'x', rng: 'philox', seed: '5' }]);
  });

  it('an empty negative prompt of the block beats front matter\'s', () => {
    assert.equal(requests('---\nnegative: blurry\n---\nheart\nNegative prompt:')[0]?.negativePrompt, '');
  });

  it('draws every cell of a matrix with the same seeds and words, the last axis fastest', () => {
    const found = requests('# a\n{red|green|blue|teal} heart\nmatrix: {cfg: [2, 4], sampler: [Euler, Heun]}\nCount: 2, Seed: 18446744073709551615');
    assert.deepEqual(found.map(({ index, guidanceScale, sampler, seed, output }) => [index, guidanceScale, sampler, seed, output.path.split('/').at(-1)]), [
      [0, 2, 'Euler', '18446744073709551615', 'a-0.png'], [1, 2, 'Euler', '0', 'a-1.png'], [2, 2, 'Heun', '18446744073709551615', 'a-2.png'], [3, 2, 'Heun', '0', 'a-3.png'],
      [4, 4, 'Euler', '18446744073709551615', 'a-4.png'], [5, 4, 'Euler', '0', 'a-5.png'], [6, 4, 'Heun', '18446744073709551615', 'a-6.png'], [7, 4, 'Heun', '0', 'a-7.png'],
    ]);
    assert.deepEqual(new Set(found.filter(({ index }) => index % 2 === 0).map(({ prompt }) => prompt)).size, 1);
  });

  it('asks for one seed where a block has none, and counts up from it', () => {
    let asked = 0;
    const found = requests('heart\nCount: 3', { seed: () => String(100 + asked++) });
    assert.deepEqual([asked, found.map(({ seed }) => seed)], [1, ['100', '101', '102']]);
  });

  it('gives the same picture again from the seed and index that a picture carries, for any block', () => {
    const line = fc.constantFrom('Count: 4', 'Count: 3, Seed: 7', 'Seed: -1', 'Count: 2');
    const matrix = fc.constantFrom('', 'matrix: {cfg: [1, 2]}\n', 'matrix: {seed: [5, 6], steps: [1, 2]}\n');
    fc.assert(fc.property(matrix, line, fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (matrix, line, seed) => {
      const text = `{a|b|c|d} __x__ {2$$p|q|r}\nNegative prompt: {u|v}\n${matrix}${line}`;
      const files = { x: ['one', 'two {1|2|3}'] };
      for (const request of requests(text, { files, seed: () => String(seed) })) {
        const again = requests(text, { files, seed: () => '999', pinned: { seed: request.seed, index: request.index } });
        assert.deepEqual(again.map(canonicalRequest), [canonicalRequest(request)]);
        assert.equal(again[0]?.output.path, request.output.path);
      }
    }), { numRuns: 40 });
  });

  it('lets a fixed seed beat a pinned one, so that a changed seed is seen', () => {
    assert.deepEqual(requests('heart\nSeed: 43', { pinned: { seed: '42', index: 0 } }).map(({ seed }) => seed), ['43']);
    assert.deepEqual(requests('heart', { pinned: { seed: '42', index: 5 } }), []);
  });

  it('takes LoRA tags out and leaves tokens where they stand', () => {
    const adapter: ExpandContext['adapter'] = (name) => (['pixel', 'my-style'].includes(name) ? { id: name, sha256: 'a'.repeat(64), path: `/a/${name}` } : undefined);
    const [request] = requests('heart <lora:pixel:0.8>\nin <my-style:1.5>, <3\nNegative prompt: <my-style:1.5>', { adapter });
    assert.equal(request?.prompt, 'heart\nin <my-style>, <3');
    assert.equal(request.negativePrompt, '<my-style>');
    assert.deepEqual(request.adapters.map(({ id, weight }) => [id, weight]), [['pixel', 0.8], ['my-style', 1.5]]);
    assert.deepEqual(errors('heart <lora:nope:1>', { adapter }).map(({ code }) => code), ['unknown-adapter']);
    const own: ExpandContext['adapter'] = (name, model) => (name === 'few-step' && model?.id === 'icon-64' ? { id: name, path: '/models/icon-64/adapters/few-step' } : undefined);
    assert.deepEqual(requests('heart <lora:few-step>', { adapter: own })[0]!.adapters, [{ id: 'few-step', path: '/models/icon-64/adapters/few-step', weight: 1 }], 'which its model brings');
    assert.deepEqual(errors('heart <lora:pixel:1:0.5>', { adapter }).map(({ code }) => code), ['unknown-adapter']);
    assert.deepEqual(codes(expanded('heart <nope>', { adapter }).diagnostics), ['unknown-token']);
  });

  it('looks for input pictures inside the root only', () => {
    const asked: string[] = [];
    const picture = (relative: string) => (asked.push(relative), relative === 'in.png' ? { path: `/project/art/${relative}` } : undefined);
    const [request] = requests('heart\nInit: in.png, Mask: in.png, Denoising strength: 0.5', { picture });
    assert.deepEqual([request?.init?.path, request?.mask?.path, request?.denoisingStrength], ['/project/art/in.png', '/project/art/in.png', 0.5]);
    assert.equal(requests('heart\nInit: in.png', { picture })[0]?.denoisingStrength, 0.75);
    assert.deepEqual(errors('heart\nInit: none.png', { picture }).map(({ code, at }) => [code, at]), [['no-picture', 'none.png']]);
    assert.deepEqual(errors('heart\nMask: in.png', { picture }).map(({ code }) => code), ['mask-without-init']);
    asked.length = 0;
    for (const path of ['../../x.png', '/etc/x.png', 'C:\\x.png', '..\\..\\x.png']) assert.deepEqual(errors(`heart\nInit: "${path.replaceAll('\\', '\\\\')}"`, { picture }).map(({ code }) => code), ['outside-root'], path);
    assert.deepEqual(asked, []);
  });

  it('says what is wrong where it is said, and draws nothing then', () => {
    const text = '---\nmodel: missing\nout: ../../x.png\n---\n# a\nred __nope__\nSteps: 0';
    assert.deepEqual(errors(text).map(({ code, at }) => [code, at]), [['invalid-value', '0'], ['unknown-wildcard', '__nope__']]);
    assert.deepEqual(errors('---\nmodel: missing\nout: ../../x.png\n---\n# a\nred').map(({ code, at }) => [code, at]), [['unknown-model', 'missing'], ['outside-root', '../../x.png']]);
  });

  it('refuses a wildcard in a circle and one that leads out', () => {
    assert.deepEqual(errors('__a__', { files: { a: ['__b__'], b: ['__a__'] } }).map(({ code, at }) => [code, at]), [['wildcard-cycle', '__a__']]);
    assert.deepEqual(errors('x __../../secret__', { wildcards: () => assert.fail('asked') }).map(({ code, at }) => [code, at]), [['bad-wildcard-name', '__../../secret__']]);
  });

  it('reads a megabyte of prompt, and refuses more in one line', () => {
    assert.equal(requests(`heart ${'x'.repeat(999_000)}`)[0]?.prompt.length, 999_006);
    assert.deepEqual(errors('x'.repeat(1_000_001)).map(({ code }) => code), ['expansion-too-large']);
    assert.deepEqual(errors(`a\nmatrix: {cfg: [${Array.from({ length: 40 }, (_, i) => i).join(', ')}], steps: [${Array.from({ length: 40 }, (_, i) => i + 1).join(', ')}]}`).map(({ code }) => code), ['too-many-pictures']);
  });

  it('works alike in Markdown fences', () => {
    const document = parseMarkdown('text\n```t2i\n{a|b}\nSeed: 1\n```\n', 'doc.md');
    const { requests } = expand(document, document.blocks[0]!, contextWith({ fileStem: 'doc' }));
    assert.deepEqual(requests.map(({ output }) => output.path), ['/project/art/doc/doc-1.png']);
  });

  it('never throws, and gives valid requests or an error, for any block', () => {
    const line = fc.constantFrom('{a|b}', '__x__', '__y__', '<lora:x:1>', '<x>', '(a:1.1)', '\\{', '{', 'Negative prompt: {', 'matrix: {cfg: [1, 2], seed: [3]}', 'matrix: {x: [', 'Seed: 3', 'Count: 3, Steps: 2', 'Out: {cell}/{seed}', 'Out: ../x', 'Init: a.png', 'Model: missing');
    fc.assert(fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
      const document = parseT2i(lines.join('\n'));
      for (const block of document.blocks) {
        const { requests, diagnostics } = expand(document, block, contextWith({ files: { x: ['p', '{q|r}'] } }));
        for (const request of requests) GenerateRequest.parse(request);
        assert.equal(requests.length === 0, block.count === 0 || diagnostics.some(({ severity }) => severity === 'error'));
      }
    }), { numRuns: 500 });
  });
});
