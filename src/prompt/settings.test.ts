import assert from 'node:assert/strict';
import { nearestKey, SETTINGS, settingFor, shortKey, type SettingName } from './settings';

const kind = (name: SettingName) => SETTINGS.find((one) => one.name === name)!;
const read = (name: SettingName, text: string) => kind(name).read(text);
/** What a setting makes of each text, or `no`. */
const values = (name: SettingName, ...texts: string[]) => texts.map((text) => {
  const reading = read(name, text);
  return 'problem' in reading ? 'no' : reading.settings[name];
});

describe('settings', () => {
  it('are found by their key in any spelling, and by no other word', () => {
    for (const key of ['CFG scale', 'cfg scale', 'cfg_scale', 'CFG-Scale', 'cfg', 'guidance']) assert.equal(settingFor(key)?.name, 'guidanceScale', key);
    for (const { name, key, aliases } of SETTINGS) for (const spelling of [key, ...aliases]) assert.equal(settingFor(spelling)?.name, name, spelling);
    for (const key of ['', 'cfgs', 'constructor', '__proto__', 'negative']) assert.equal(settingFor(key), undefined, key);
  });

  it('have a short key each, which names them', () => {
    assert.deepEqual([shortKey(kind('guidanceScale')), shortKey(kind('steps')), shortKey(kind('clipSkip'))], ['cfg', 'steps', 'clip skip']);
    for (const one of SETTINGS) assert.equal(settingFor(shortKey(one)), one);
  });

  it('are guessed from a slip of a letter or two, never from a short or a long word', () => {
    assert.deepEqual(['Stepz', 'sampelr', 'Smapler', 'negativ', 'cfh', 'see', 'x'.repeat(25)].map(nearestKey), ['Steps', 'Sampler', 'Sampler', undefined, undefined, undefined, undefined]);
    assert.equal(nearestKey('stxpz'), undefined); // two letters of five
    assert.equal(nearestKey('denoisng strenth'), 'Denoising strength');
  });
});

describe('a setting\'s value', () => {
  it('is a number in its bounds, whole where it counts', () => {
    assert.deepEqual(values('steps', '1', '1000', '20.0', '1e2', '+5', '0', '1001', '1.5', '', ' 3', '0x10', 'Infinity', '1_000'), [1, 1000, 20, 100, 5, 'no', 'no', 'no', 'no', 'no', 'no', 'no', 'no']);
    assert.deepEqual(values('guidanceScale', '0', '.5', '7.', '100', '-1', '100.1', 'seven'), [0, 0.5, 7, 100, 'no', 'no', 'no']);
    assert.deepEqual(values('clipSkip', '1', '12', '0', '13'), [1, 12, 'no', 'no']);
  });

  it('is a seed with all its digits; -1 and random are a new one', () => {
    assert.deepEqual(values('seed', '0', '007', '18446744073709551615', '000000000000000000042', '-1', 'Random'), ['0', '7', '18446744073709551615', 'no', null, null]);
    assert.deepEqual(values('seed', '18446744073709551616', '-2', '1.0', '1e3', '', 'x'), ['no', 'no', 'no', 'no', 'no', 'no']);
  });

  it('is a size with sides from 16 to 8192', () => {
    assert.deepEqual(values('size', '64x64', '512 × 768', '16X8192'), [{ width: 64, height: 64 }, { width: 512, height: 768 }, { width: 16, height: 8192 }]);
    assert.deepEqual(values('size', '15x64', '64x8193', '64', '64x', '64x64x64', '-64x64'), ['no', 'no', 'no', 'no', 'no', 'no']);
  });

  it('is an interval of the steps, from its lower to its higher end', () => {
    assert.deepEqual(values('guidanceInterval', '0.2-0.8', '.2 to 1', '0–1', '1e-7-0.5', '0.5-0.5'), [[0.2, 0.8], [0.2, 1], [0, 1], [1e-7, 0.5], [0.5, 0.5]]);
    assert.deepEqual(values('guidanceInterval', '0.8-0.2', '0-1.1', '0.2', 'a-b', ''), ['no', 'no', 'no', 'no', 'no']);
  });

  it('is a sampler in any spelling, with the schedule that A1111 once wrote behind it', () => {
    assert.deepEqual(values('sampler', 'Euler a', 'euler_a', 'DPM++ 2M', 'automatic', 'Eulr'), ['Euler a', 'Euler a', 'DPM++ 2M', null, 'no']);
    assert.deepEqual(read('sampler', 'DPM++ 2M Karras'), { settings: { sampler: 'DPM++ 2M', scheduleType: 'Karras' } });
    assert.deepEqual(read('sampler', 'euler exponential'), { settings: { sampler: 'Euler', scheduleType: 'Exponential' } });
    assert.ok('problem' in read('sampler', 'Nothing Karras'));
    assert.ok('problem' in read('sampler', 'Karras'));
  });

  it('is one of a few words, or a text that is not empty', () => {
    assert.deepEqual(values('rng', 'CPU', 'NV', 'gpu', 'Torch', 'x'), ['torch', 'philox', 'philox', 'torch', 'no']);
    assert.deepEqual(values('scheduleType', 'sgm uniform', 'Automatic', 'none'), ['SGM Uniform', 'Automatic', 'no']);
    assert.deepEqual(values('out', 'x.png', ''), ['x.png', 'no']);
  });

  it('is a picture, or none against an outer default', () => {
    assert.deepEqual(values('init', 'a.png', '', 'None', 'none.png'), ['a.png', null, null, 'none.png']);
    assert.deepEqual(values('mask', 'NONE'), [null]);
  });

  it('that cannot be is told with what can', () => {
    assert.deepEqual(read('steps', 'x'), { problem: 'not a whole number from 1 to 1000' });
    assert.deepEqual(read('eta', '2'), { problem: 'not a number from 0 to 1' });
    assert.deepEqual(read('promptSyntax', 'x'), { problem: 'not one of a1111, plain' });
  });
});
