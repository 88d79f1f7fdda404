import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftTokenOptions, optionsOf } from '../../prompt';
import { CONFIG_KEYS, readTrainConfig, writeTrainConfig } from './train-config';

const written = writeTrainConfig({ name: 'my-icons', model: 'icon-64', dataset: '../../../icons dataset: "new"' });

describe('train.yaml', () => {
  it('is written so that it reads back, with every option at its default', () => {
    const { config, problems } = readTrainConfig(written);
    assert.deepEqual(problems, []);
    assert.ok(config);
    assert.deepEqual(optionsOf(config), SoftTokenOptions.parse({}));
    assert.deepEqual([config.name, config.model, config.dataset, config.output], ['my-icons', 'icon-64', '../../../icons dataset: "new"', undefined]);
  });

  it('says what most often is changed, and what it means', () => {
    for (const key of ['steps', 'batchSize', 'learningRate', 'seed']) assert.match(written, new RegExp(`^${key}: `, 'm'));
    assert.match(written, /^steps: 500 +# Optimizer steps\.$/m);
    assert.doesNotMatch(written, /undefined/);
  });

  const check = (text: string, expected: [string, RegExp][]) => {
    const { config, problems } = readTrainConfig(text);
    assert.equal(config, null);
    assert.equal(problems.length, expected.length, JSON.stringify(problems));
    problems.forEach(({ start, end, message }, index) => {
      assert.equal(text.slice(start, end), expected[index]?.[0]);
      assert.match(message, expected[index]?.[1] ?? /^$/);
    });
  };

  it('is told where it is wrong: a value, a key that is none, a name that is none', () => {
    check('name: cats\ndataset: ./cats\nsteps: lots\n', [['lots', /^steps: /]]);
    check('name: cats\ndataset: ./cats\nstep: 5\n', [['step', /no “step”; is it steps/]]);
    check('name: 7 cats\ndataset: ./cats\n', [['7 cats', /starts with a letter/]]);
    check('dataset: ./cats\n', [['d', /^name: /]]);
  });

  it('never throws, whatever is typed', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      readTrainConfig(text);
      readTrainConfig(`name: ${text}`);
    }));
  });

  it('knows what its keys may be', () => {
    const key = (name: string) => CONFIG_KEYS.find((one) => one.key === name);
    assert.deepEqual(key('loss')?.values, ['contrastive', 'soft-rank', 'denoising']);
    assert.deepEqual(key('hardNegatives')?.values, ['true', 'false']);
    assert.ok(key('blocks')?.values.includes('down+mid'));
    assert.equal(key('steps')?.default, '500');
    for (const { key: name } of CONFIG_KEYS) assert.ok(name.length > 0);
  });
});
