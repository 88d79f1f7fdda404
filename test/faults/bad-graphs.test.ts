/** Whole graphs that cannot be drawn with: each is refused by name. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pipelines } from '../../src/diffusion';
import { TINY_ICON, tinyRequest } from '../../src/diffusion/test-support/tiny-request';
import { numberTensor } from '../../src/onnx/tensor';
import { node, value, writeGraph } from '../support/tiny-graph';

describe('graphs that cannot be drawn with', () => {
  let dir: string;
  let pipelines: Pipelines;
  beforeEach(async () => {
    dir = join(await mkdtemp(join(tmpdir(), 'easel-bad-graphs-')), 'model');
    await cp(TINY_ICON, dir, { recursive: true });
    pipelines = new Pipelines({ threads: 1 });
  });
  afterEach(async () => {
    await pipelines.dispose();
    await rm(join(dir, '..'), { recursive: true });
  });

  const transformer = () => join(dir, 'transformer/model.onnx');
  const latents = value('hidden_states', 'float32', ['b', 3, 64, 64]);
  const answer = value('velocity', 'float32', ['b', 3, 64, 64]);
  const refused = (code: string, message: RegExp) =>
    assert.rejects(pipelines.draw(tinyRequest({ model: { id: 'bad', path: dir } })), (error: Error & { code?: string }) => {
      assert.equal(error.code, code, error.stack);
      assert.match(error.message, message);
      assert.ok(!error.message.includes('\n'), error.message);
      return true;
    });

  it('name an operator that was fused for another device', async () => {
    await writeGraph(transformer(), { nodes: [node('NhwcConv', ['hidden_states', 'hidden_states'], ['velocity'], { domain: 'com.microsoft' })], inputs: [latents], outputs: [answer] });
    await refused('bad-model', /transformer\/model\.onnx: operator NhwcConv has no kernel here/);
  });

  it('name it in half floats too, where the runtime says it otherwise', async () => {
    const half = (name: string) => value(name, 'float16', ['b', 3, 64, 64]);
    await writeGraph(transformer(), { nodes: [node('NhwcConv', ['hidden_states', 'hidden_states'], ['velocity'], { domain: 'com.microsoft' })], inputs: [half('hidden_states')], outputs: [half('velocity')] });
    await refused('bad-model', /transformer\/model\.onnx: operator NhwcConv has no kernel here/);
  });

  it('name an operator that nobody knows', async () => {
    await writeGraph(transformer(), { nodes: [node('Frobnicate', ['hidden_states'], ['velocity'])], inputs: [latents], outputs: [answer] });
    await refused('bad-model', /operator Frobnicate is unknown/);
  });

  it('name an input that nobody knows', async () => {
    await writeGraph(transformer(), { nodes: [node('Add', ['hidden_states', 'onnx::Concat_4'], ['velocity'])], inputs: [latents, value('onnx::Concat_4', 'float32', [1])], outputs: [answer] });
    await refused('bad-model', /wants an input "onnx::Concat_4"/);
  });

  it('name it whatever it is called', async () => {
    for (const name of ['constructor', '__proto__']) {
      await writeGraph(transformer(), { nodes: [node('Add', ['hidden_states', name], ['velocity'])], inputs: [latents, value(name, 'float32', [1])], outputs: [answer] });
      await refused('bad-model', new RegExp(`wants an input "${name}"`));
    }
  });

  it('name the step at which numbers end', async () => {
    await writeGraph(transformer(), { nodes: [node('Sqrt', ['hidden_states'], ['velocity'])], inputs: [latents], outputs: [answer] });
    await refused('numeric', /the denoiser at step 1 of 4 gave NaN/);
  });

  it('name an answer of the wrong size', async () => {
    await writeGraph(transformer(), { nodes: [node('Concat', ['hidden_states', 'hidden_states'], ['velocity'], { attributes: new Map([['axis', { type: 'int', value: 1n }]]) })], inputs: [latents], outputs: [value('velocity', 'float32', ['b', 6, 64, 64])] });
    await refused('bad-model', /transformer answered float32 \[2, 6, 64, 64\]/);
  });

  it('name latents of another number of channels', async () => {
    await writeGraph(transformer(), { nodes: [node('Identity', ['hidden_states'], ['velocity'])], inputs: [value('hidden_states', 'float32', ['b', 8, 64, 64])], outputs: [value('velocity', 'float32', ['b', 8, 64, 64])] });
    await refused('bad-model', /transformer takes 8 channels/);
  });

  describe('because of their weights', () => {
    let weights: string;
    beforeEach(async () => {
      const initializers = new Map([['w', numberTensor('float32', new Float32Array(2048), [2048])]]);
      const nodes = [node('ReduceMean', ['w'], ['mean'], { attributes: new Map([['keepdims', { type: 'int', value: 0n }]]) }), node('Add', ['hidden_states', 'mean'], ['velocity'])];
      await writeGraph(transformer(), { nodes, inputs: [latents], outputs: [answer], initializers }, { inlineLimit: 0 });
      weights = (await readdir(join(dir, 'transformer'))).find((name) => name !== 'model.onnx' && name !== 'config.json')!;
    });

    it('draw while the weights are there', async () => {
      assert.equal((await pipelines.draw(tinyRequest({ model: { id: 'good', path: dir } }))).rgb.length, 64 * 64 * 3);
    });

    it('name weights that are missing', async () => {
      await rm(join(dir, 'transformer', weights));
      await refused('bad-model', new RegExp(`weights file .*${weights.replaceAll('.', '\\.')}.* is missing`));
    });

    it('name weights that are cut short', async () => {
      await truncate(join(dir, 'transformer', weights), 100);
      await refused('bad-model', /weights file is cut short/);
    });

    it('do not read through a link', async () => {
      await rename(join(dir, 'transformer', weights), join(dir, '../outside'));
      await symlink('../../outside', join(dir, 'transformer', weights));
      await refused('bad-model', /link out of the model folder/);
    });

    it('do not read along a path that leads out', async () => {
      const name = `../../${weights}`.slice(0, weights.length); // of the same length, so that the protobuf stays whole
      await rename(join(dir, 'transformer', weights), join(dir, 'transformer', name));
      const graph = await readFile(transformer());
      graph.write(name, graph.indexOf(weights), 'latin1');
      await writeFile(transformer(), graph);
      await refused('bad-model', /outside the model folder/);
    });
  });
});
