import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatPiece, isParameterLine, readPieces } from './parameter-line';
import { codes, parseT2i } from './test-support';

const pairs = (line: string) => readPieces(line).map(({ key, value }) => [key, value]);
const parametersOf = (line: string) => parseT2i(`# a\nheart\n${line}`).blocks[0]?.parameters.map(({ key, value }) => [key, value]);

describe('a parameter line', () => {
  it('is three pairs, known or not, as A1111 has it', () => {
    assert.deepEqual(parametersOf('aa: 1, bb: 2, cc: 3'), [['aa', '1'], ['bb', '2'], ['cc', '3']]);
    assert.deepEqual(parametersOf('aa: 1, bb: 2'), []);
  });

  it('is one pair or two if Easel knows every key, in any spelling', () => {
    for (const line of ['Steps: 3', 'steps: 3', 'CFG scale: 3', 'cfg: 3, rng: torch', 'Denoising strength: 0.5', 'clip_skip: 2']) {
      assert.notDeepEqual(parametersOf(line), [], line);
    }
    for (const line of ['Steps: 3, style: oil', 'style: oil', 'heart, Steps: 3', 'Steps 3']) assert.deepEqual(parametersOf(line), [], line);
  });

  it('is not made of weights', () => {
    assert.deepEqual(parametersOf('(red:1.2) heart, (blue:1.3) circle, (big:1.1) (soft:0.9)'), []);
  });

  it('may be followed by comments and blank lines', () => {
    assert.deepEqual(parametersOf('Steps: 3\n\n// done\n'), [['Steps', '3']]);
  });

  it('is prompt text after a backslash', () => {
    assert.deepEqual(parametersOf('\\Steps: 3, Seed: 1, Size: 64x64'), []);
  });

  it('leaves a hint where a known key is in the prompt', () => {
    const text = '# a\nheart, Steps: 3';
    const [hint] = parseT2i(text).diagnostics;
    assert.equal(hint?.severity, 'hint');
    assert.equal(text.slice(hint?.span.start, hint?.span.end), 'Steps: 3');
    const fix = hint?.fix;
    assert.ok(fix);
    const fixed = parseT2i(text.slice(0, fix.span.start) + fix.newText + text.slice(fix.span.end)).blocks[0];
    assert.deepEqual([fixed?.prompt, fixed?.settings], ['heart', { steps: 3 }]);
  });

  it('leaves a hint where A1111 would compose prompts', () => {
    const text = 'a cat AND a dog\nLAND AND sea';
    const [hint] = parseT2i(text).diagnostics;
    assert.deepEqual([hint?.code, hint?.span], ['and-is-text', { start: 6, end: 9 }]);
  });

  it('tells what it has that is wrong, and where', () => {
    const cases: [string, string][] = [
      ['Steps: 0', '0'], ['Steps: 2.5', '2.5'], ['CFG scale: many', 'many'], ['Sampler: Eula', 'Eula'], ['Size: 64', '64'], ['Size: 8x8', '8x8'],
      ['Seed: 18446744073709551616', '18446744073709551616'], ['Seed: 1.5', '1.5'], ['RNG: dice', 'dice'], ['Model:', ''], ['Clip skip: 13', '13'],
    ];
    for (const [line, value] of cases) {
      const [diagnostic] = parseT2i(`heart\n${line}`).diagnostics;
      assert.equal(diagnostic?.code, 'invalid-value', line);
      assert.equal(`heart\n${line}`.slice(diagnostic.span.start, diagnostic.span.end), value, line);
    }
  });

  it('takes the last of two equal keys, and says so', () => {
    const { blocks, diagnostics } = parseT2i('heart\nSteps: 3, Steps: 4');
    assert.deepEqual(blocks[0]?.settings, { steps: 4 });
    assert.deepEqual(codes(diagnostics), ['duplicate-parameter']);
  });

  it('warns of prompt text that it swallows', () => {
    assert.deepEqual(codes(parseT2i('red heart, Steps: 3, Seed: 1, Size: 64x64').diagnostics), ['text-in-parameters']);
  });
});

describe('settings', () => {
  const settingsOf = (line: string) => parseT2i(`heart\n${line}`).blocks[0]?.settings;
  it('keep seeds to 2^64 − 1 without loss, and read −1 as a new one', () => {
    assert.deepEqual(settingsOf('Seed: 18446744073709551615'), { seed: '18446744073709551615' });
    assert.deepEqual(settingsOf('Seed: 9007199254740993'), { seed: '9007199254740993' });
    assert.deepEqual(settingsOf('Seed: 007'), { seed: '7' });
    assert.deepEqual(settingsOf('Seed: -1'), { seed: null });
  });

  it('read samplers in any case, with the schedule that old A1111 put into their names', () => {
    assert.deepEqual(settingsOf('Sampler: euler A'), { sampler: 'Euler a' });
    assert.deepEqual(settingsOf('Sampler: DPM++ 2M Karras'), { sampler: 'DPM++ 2M', scheduleType: 'Karras' });
    assert.deepEqual(settingsOf('Sampler: Automatic'), { sampler: null });
  });

  it('read A1111\'s names for noise', () => {
    for (const [name, rng] of [['CPU', 'torch'], ['torch', 'torch'], ['NV', 'philox'], ['GPU', 'philox'], ['philox', 'philox']]) assert.deepEqual(settingsOf(`RNG: ${name}`), { rng });
  });
});

describe('pieces', () => {
  it('are read as A1111 reads them', () => {
    assert.deepEqual(pairs('Steps: 20, Sampler: Euler a, CFG scale: 7, Size: 512x512'), [['Steps', '20'], ['Sampler', 'Euler a'], ['CFG scale', '7'], ['Size', '512x512']]);
    assert.deepEqual(pairs('Model: "a, b: c", Foo-bar/x: "say \\"hi\\"\\n"'), [['Model', 'a, b: c'], ['Foo-bar/x', 'say "hi"\n']]);
    assert.deepEqual(pairs('Foo: "open, Bar: 1'), [['Foo', '"open'], ['Bar', '1']]);
    assert.deepEqual(pairs('a: 1, bb: '), [['a: 1', 'a: 1'], ['bb', '']]);
  });

  it('take raw JSON whole, wherever it stands', () => {
    const hashes = '{"model": "ab", "lora:x": "cd, {ef"}';
    const resources = '[{"type":"lora","weight":0.8},{"type":"model"}]';
    assert.deepEqual(pairs(`Steps: 1, Hashes: ${hashes}, Civitai resources: ${resources}, Version: v1`), [['Steps', '1'], ['Hashes', hashes], ['Civitai resources', resources], ['Version', 'v1']]);
    assert.deepEqual(pairs('Foo: {not json, Bar: 2}'), [['Foo', '{not json'], ['Bar', '2}']]);
  });

  it('come back as they were written, whatever the value', () => {
    const key = fc.stringMatching(/^[A-Za-z_0-9][A-Za-z_0-9 /-]{1,10}$/).filter((key) => key.trim() === key);
    const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('"', '"a', '{', '[1, 2]', '{"a": 1}', ' x ', '', 'a, b', 'a: b', '\\', '\n')).map((text) => text.normalize('NFC'));
    fc.assert(fc.property(fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 5 }), (wanted) => {
      const line = wanted.map(([key, value]) => formatPiece(key, value)).join(', ');
      assert.deepEqual(pairs(line), wanted, line);
      assert.equal(isParameterLine(readPieces(line)) || wanted.length < 3, true);
    }), { numRuns: 2000 });
  });

  it('of a megabyte of brackets are read in linear time', () => {
    const started = performance.now();
    readPieces('Ab: [{'.repeat(100_000));
    readPieces('[,'.repeat(200_000));
    readPieces('Ab: "\\"'.repeat(100_000));
    assert.ok(performance.now() - started < 3000);
  });
});
