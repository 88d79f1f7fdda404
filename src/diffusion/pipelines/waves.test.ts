import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readModel, type Model } from '../../onnx';
import { namedWaves } from './waves';

const SD3 = join(__dirname, '../../../test/fixtures/models/sd3/transformer/model.onnx');

describe('sines and cosines for the processor', () => {
  const NAMES = ['/module/time_text_embed/time_proj/Sin', '/module/time_text_embed/time_proj/Cos'];

  it('are found by name; a graph that has them all is left alone', async () => {
    const own = await readModel(SD3);
    assert.deepEqual(namedWaves(own), { model: own, names: NAMES });
    assert.equal(namedWaves(own).model, own);
  });

  it('get a name where an exporter gave none', async () => {
    const own = await readModel(SD3);
    const nameless: Model = { ...own, graph: { ...own.graph, nodes: own.graph.nodes.map((node) => ({ ...node, name: '' })) } };
    const { model, names } = namedWaves(nameless);
    assert.deepEqual(names, NAMES.map((name) => `easel.wave.${name}_output_0`));
    assert.deepEqual(model.graph.nodes.map(({ name }) => name).filter(Boolean), names);
  });
});
