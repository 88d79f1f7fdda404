import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expand } from './expand';
import { formatInfotext, infotextToBlock, parseInfotext, printInfotext } from './infotext';
import { canonicalRequest, GenerateRequest, SAMPLERS, SCHEDULE_TYPES } from './request';
import { codes, contextWith, parseT2i } from './test-support';

const fixture = (name: string) => readFileSync(new URL(`../../test/fixtures/prompt/${name}`, import.meta.url), 'utf8');

describe('parseInfotext', () => {
  it('reads a picture of A1111 1.10 with every parameter', () => {
    const { prompt, negativePrompt, parameters } = parseInfotext(fixture('a1111-1.10.txt'));
    assert.equal(prompt, 'a (photo:1.2) of a [cat|dog], <lora:pixel-art:0.8> {curly}\nsecond line # not a heading');
    assert.equal(negativePrompt, 'blurry, (bad hands:1.4)\n# lowres');
    assert.deepEqual(Object.fromEntries(parameters), {
      Steps: '25', Sampler: 'DPM++ 2M', 'Schedule type': 'Karras', 'CFG scale': '7', Seed: '1057871485', Size: '512x768', 'Model hash': '6ce0161689',
      Model: 'v1-5-pruned-emaonly', 'VAE hash': '735e4c3a44', VAE: 'vae-ft-mse.safetensors', 'Denoising strength': '0.4', 'Clip skip': '2',
      'Hires upscale': '2', 'Hires upscaler': 'Latent', 'Lora hashes': 'pixel-art: 61ac5c4e', Version: 'v1.10.1',
      Hashes: '{"vae": "735e4c3a44", "lora:pixel-art": "61ac5c4e", "model": "6ce0161689"}',
    });
  });

  it('keeps a last line with fewer than three pairs as prompt', () => {
    assert.deepEqual(parseInfotext('a\nSteps: 3, Seed: 4'), { prompt: 'a\nSteps: 3, Seed: 4', negativePrompt: '', parameters: [] });
  });

  it('writes what it reads and reads what it writes, for any text that lines can carry', () => {
    const text = fc.array(fc.oneof(fc.string(), fc.constantFrom('Negative prompt: x', '\\Negative prompt: y', 'Steps: 1, Seed: 2, Size: 3x3', '# a'))).map((lines) => lines.map((line) => line.trim()).join('\n').trim());
    const key = fc.stringMatching(/^[A-Z][A-Za-z -]{2,8}[a-z]$/);
    const parameters = fc.array(fc.tuple(key, fc.string()), { minLength: 3 });
    fc.assert(fc.property(text, text, parameters, (prompt, negativePrompt, parameters) => {
      const infotext = { prompt, negativePrompt, parameters: parameters.filter(([key, value]) => key !== value) };
      if (infotext.parameters.length < 3) return;
      assert.deepEqual(parseInfotext(printInfotext(infotext)), infotext);
    }), { numRuns: 2000 });
  });
});

describe('infotextToBlock', () => {
  it('keeps every parameter of an A1111 picture through parse', () => {
    const infotext = parseInfotext(fixture('a1111-1.10.txt'));
    const block = parseT2i(infotextToBlock(infotext)).blocks[0];
    const kept = new Map(block?.parameters.map(({ key, value }) => [key, value]));
    for (const [key, value] of infotext.parameters) assert.equal(kept.get(key), value, key);
    assert.deepEqual(block?.negativePrompt, infotext.negativePrompt);
  });

  it('writes the GPU noise that A1111 means by saying nothing, and says so', () => {
    const block = infotextToBlock(fixture('a1111-1.10.txt'));
    assert.match(block, /^\/\/ .*RNG: NV/);
    assert.equal(parseT2i(block).blocks[0]?.settings.rng, 'philox');
  });

  it('gets a hint with a fix where an infotext was pasted as it is', () => {
    const text = fixture('a1111-1.10.txt');
    const { diagnostics } = parseT2i(text);
    const hint = diagnostics.find(({ code }) => code === 'foreign-rng');
    assert.equal(hint?.severity, 'hint');
    const fix = hint.fix;
    assert.ok(fix);
    const fixed = text.slice(0, fix.span.start) + fix.newText + text.slice(fix.span.end);
    assert.equal(codes(parseT2i(fixed).diagnostics).includes('foreign-rng'), false);
    assert.equal(parseT2i(fixed).blocks.at(-1)?.settings.rng, 'philox');
  });

  it('earns hints at most for keys Easel does not know', () => {
    const { diagnostics } = parseT2i(fixture('a1111-1.10.txt').replace(/[{}]/g, ''));
    assert.deepEqual([...new Set(diagnostics.map(({ severity }) => severity))], ['hint']);
  });

  it('does not give a picture of Easel or ComfyUI another noise', () => {
    assert.equal(infotextToBlock('a\nSteps: 1, Seed: 2, Version: ComfyUI').includes('RNG'), false);
  });
});

describe('a written picture', () => {
  const word = fc.constantFrom('red', 'heart', '(a:1.2)', '[b]', '{', '}', '__x__', '|', '\\(', '\\\\', '# a', '// b', 'matrix: {cfg: [1]}', 'Negative prompt: z', 'Steps: 3, Seed: 1', '---', '```', 'BREAK', ',', 'é', '\n', '<b>', '_', 'a_b', '___');
  const prompt = fc.array(word).map((words) => words.join(' ').normalize('NFC').split('\n').map((line) => line.trim()).join('\n').trim());
  const seed = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(String);
  const request = fc.record({
    prompt, negativePrompt: prompt, seed,
    promptSyntax: fc.constantFrom('a1111', 'plain'), longPrompt: fc.constantFrom('chunk', 'truncate'),
    width: fc.integer({ min: 16, max: 8192 }), height: fc.integer({ min: 16, max: 8192 }), steps: fc.integer({ min: 1, max: 1000 }),
    guidanceScale: fc.double({ min: 0, max: 100, noNaN: true }).map(Math.abs), guidanceRescale: fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs), eta: fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs),
    guidanceInterval: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })).map((ends) => ends.map(Math.abs).sort((a, b) => a - b)),
    perpendicularNegative: fc.double({ min: 0, max: 10, noNaN: true }).map(Math.abs), dynamicThresholding: fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs),
    sampler: fc.constantFrom(null, ...SAMPLERS), scheduleType: fc.constantFrom(...SCHEDULE_TYPES), clipSkip: fc.integer({ min: 1, max: 12 }), rng: fc.constantFrom('torch', 'philox'),
    adapters: fc.uniqueArray(fc.record({ id: fc.constantFrom('pixel-art', 'x y', 'my-token'), weight: fc.double({ min: -2, max: 2, noNaN: true }).map((weight) => weight || 0) }), { selector: ({ id }) => id }),
  });

  it('names the pictures that went in from the root down, and no folder of this machine', () => {
    const document = parseT2i('heart\nInit: in/a.png, Mask: ../../b.png, Denoising strength: 0.5');
    const context = contextWith({ directory: '/project', root: '/project', picture: (relative) => ({ path: `/project/${relative}` }) });
    assert.deepEqual(expand(document, document.blocks[0]!, context).requests, []);
    const inside = parseT2i('heart\nInit: in/a.png, Mask: b.png, Denoising strength: 0.5');
    const [request] = expand(inside, inside.blocks[0]!, context).requests;
    assert.ok(request);
    assert.match(formatInfotext(request), /Denoising strength: 0\.5, Init: in\/a\.png, Mask: b\.png,/);
    assert.match(formatInfotext({ ...request, init: { path: 'D:\\secret\\c.png' } }), /Init: c\.png,/);
    const again = parseT2i(infotextToBlock(formatInfotext(request)));
    assert.deepEqual(expand(again, again.blocks[0]!, context).requests.map(canonicalRequest), [canonicalRequest(request)]);
  });

  it('pastes back, from its infotext, as a block that means the same picture, for any request', () => {
    fc.assert(fc.property(request, (settings) => {
      const wanted = GenerateRequest.parse({
        ...settings, version: 1, model: { id: 'my model, "v: 2"', path: '/m' }, init: null, mask: null, denoisingStrength: 1, index: 0,
        adapters: settings.adapters.map((adapter) => ({ ...adapter, path: '/a' })),
        output: { path: '/x.png', root: null, source: null, noise: null, saveLatents: null },
      });
      // Defaults that say otherwise must not show through.
      const front = '---\nsteps: 7\ncfg: 9\nsampler: Heun\nseed: 5\nnegative: no\nrng: philox\neta: 0.5\nclip_skip: 3\nschedule: Karras\nsize: 32x32\nrescale: 0.3\ninterval: 0.1-0.5\nperp_neg: 2\nthresholding: 0.9\n---\n';
      const document = parseT2i(front + infotextToBlock(formatInfotext(wanted)));
      const known = new Set<string>(settings.adapters.map(({ id }) => id));
      const { requests, diagnostics } = expand(document, document.blocks[0]!, contextWith({
        model: (id) => ({ reference: { id, path: '/m' }, defaults: { width: 1, height: 1, steps: 1, guidanceScale: 1 } }),
        adapter: (id) => (known.has(id) ? { id, path: '/a' } : undefined),
      }));
      assert.deepEqual(diagnostics.filter(({ severity }) => severity === 'error'), []);
      const sorted = (request: GenerateRequest) => ({ ...canonicalRequest(request), adapters: canonicalRequest(request).adapters.sort((a, b) => (a.id < b.id ? -1 : 1)) });
      assert.deepEqual(requests.map(sorted), [sorted(wanted)]);
    }), { numRuns: 1500 });
  });
});
