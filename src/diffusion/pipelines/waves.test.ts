import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readModel, type Model } from '../../onnx';
import { graphWithStep } from './step-graph';
import { namedWaves, wavesOnProcessor } from './waves';

const MODELS = join(__dirname, '../../../test/fixtures/models');
const SD3 = join(MODELS, 'sd3/transformer/model.onnx');

describe('sines and cosines for the processor', () => {
  const NAMES = ['/module/time_text_embed/time_proj/Sin', '/module/time_text_embed/time_proj/Cos'];

  it('are found by name, in the graph as it is and in the one with its step', async () => {
    assert.deepEqual((await wavesOnProcessor(SD3)).processorNodes, NAMES);
    const stepping = await graphWithStep(SD3);
    assert.deepEqual('graph' in stepping && stepping.processorNodes, NAMES);
    assert.deepEqual(await wavesOnProcessor(join(MODELS, 'nowhere.onnx')), {});
  });

  it('get a name where an exporter gave none; a graph that has them all is left alone', async () => {
    const own = await readModel(SD3);
    assert.equal(namedWaves(own).model, own);
    const nameless: Model = { ...own, graph: { ...own.graph, nodes: own.graph.nodes.map((node) => ({ ...node, name: '' })) } };
    const { model, names } = namedWaves(nameless);
    assert.deepEqual(names, NAMES.map((name) => `easel.wave.${name}_output_0`));
    assert.deepEqual(model.graph.nodes.map(({ name }) => name).filter(Boolean), names);
  });
});
