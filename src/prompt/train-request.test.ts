import assert from 'node:assert/strict';
import { SoftTokenOptions, TrainConfig, TrainRequest, optionsOf, trainConfigJsonSchema } from './train-request';

describe('train.yaml', () => {
  const least = { name: 'crisp', dataset: './icons' };

  it('needs a name and a dataset; the rest has the paper\'s defaults', () => {
    const config = TrainConfig.parse(least);
    assert.equal(config.learningRate, 1e-3);
    assert.equal(config.temperature, 0.07);
    assert.equal(config.scale, 4);
    assert.equal(config.tokens, 4);
    assert.deepEqual(optionsOf(config), SoftTokenOptions.parse({}));
    assert.throws(() => TrainConfig.parse({ dataset: './icons' }));
  });

  it('refuses unknown keys and names that a prompt could not say', () => {
    assert.throws(() => TrainConfig.parse({ ...least, learningrate: 1 }), /learningrate/);
    for (const name of ['', '1a', 'a b', 'a:b', 'a/b', '../a', 'a.']) assert.throws(() => TrainConfig.parse({ ...least, name }), new RegExp('name'), name);
  });

  it('takes seeds as numbers or text', () => {
    assert.equal(TrainConfig.parse({ ...least, seed: 7 }).seed, '7');
    assert.equal(TrainConfig.parse({ ...least, seed: '18446744073709551615' }).seed, '18446744073709551615');
  });

  it('has a JSON Schema whose keys are the options, described', () => {
    const { properties, required } = trainConfigJsonSchema() as { properties: Record<string, { description?: string }>; required: string[] };
    assert.deepEqual(required, ['name', 'dataset']);
    assert.deepEqual(Object.keys(properties).sort(), Object.keys(TrainConfig.shape).sort());
    assert.match(properties['loss']?.description ?? '', /soft-rank/);
  });
});

describe('a training request', () => {
  it('is complete: options may not be left out', () => {
    const options = SoftTokenOptions.parse({});
    const request = { version: 1, method: 'soft-tokens', name: 'crisp', model: { id: 'm', path: '/m' }, dataset: '/d', run: '/r', output: '/r/crisp.safetensors', root: null, options };
    assert.deepEqual(TrainRequest.parse(request), request);
    assert.throws(() => TrainRequest.parse({ ...request, options: undefined }));
  });
});
