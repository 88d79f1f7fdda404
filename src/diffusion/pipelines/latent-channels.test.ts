import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node, value, writeGraph } from '../../../test/support/tiny-graph';
import { numberTensor, type Node } from '../../onnx';
import { latentChannels } from './latent-channels';

describe('channels of latents', () => {
  let file: string;
  before(async () => (file = join(await mkdtemp(join(tmpdir(), 'easel-channels-')), 'model.onnx')));
  after(() => rm(join(file, '..'), { recursive: true }));

  const channels = async (nodes: Node[]) => {
    const weight = numberTensor('float32', new Float32Array(2 * 9), [2, 9, 1, 1]);
    await writeGraph(file, { nodes, inputs: [value('sample', 'float32', ['b', 'c', 'h', 'w'])], outputs: [value('y', 'float32', ['b', 'd', 'h', 'w'])], initializers: new Map([['weight', weight]]) });
    return latentChannels(file, 'sample');
  };

  it('are those of the first convolution over them, also behind a cast', async () => {
    assert.equal(await channels([node('Conv', ['sample', 'weight'], ['y'])]), 9);
    for (const passing of ['Cast', 'Identity']) assert.equal(await channels([node(passing, ['sample'], ['half']), node('Conv', ['half', 'weight'], ['y'])]), 9);
  });

  it('are not known where something else reads them, or where weights are computed', async () => {
    assert.equal(await channels([node('Relu', ['sample'], ['positive']), node('Conv', ['positive', 'weight'], ['y'])]), undefined);
    assert.equal(await channels([node('Neg', ['weight'], ['made']), node('Conv', ['sample', 'made'], ['y'])]), undefined);
    assert.equal(await channels([node('Conv', ['weight', 'weight'], ['y'])]), undefined);
  });
});
