import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { node, tinyModel, value, writeGraph as writeTiny } from '../../../test/support/tiny-graph';
import { readModelFolder } from '../../models';
import { numberTensor, readModel } from '../../onnx';
import { prepareForQuantization, quantizableLayers } from '../../onnx/quantize';
import { openSession, tensor } from '../../runtime';
import { modelWith, readPartGraphs, writeGraph, writePartGraphs, type PartGraph } from './part-graphs';

const MODELS = join(__dirname, '../../../test/fixtures/models');
const SIDE = 32;
const X = Float32Array.from({ length: 2 * SIDE }, (_, i) => ((i * 13) % 29) / 14 - 1);
const weights = (step: number) => numberTensor('float32', Array.from({ length: SIDE * SIDE }, (_, i) => ((i * step) % 101) / 50 - 1), [SIDE, SIDE]);
/** Two layers that read the same: y = x · v and z = x · w. */
const GRAPH = {
  inputs: [value('x', 'float32', [2, SIDE])], outputs: ['y', 'z'].map((name) => value(name, 'float32', [2, SIDE])),
  initializers: new Map([['v', weights(37)], ['w', weights(53)]]), nodes: [node('MatMul', ['x', 'v'], ['y']), node('MatMul', ['x', 'w'], ['z'])],
};

async function answers(file: string): Promise<{ y: Float32Array; z: Float32Array }> {
  const session = await openSession(file, { provider: 'cpu', threads: 1 });
  const { y, z } = await session.run({ x: tensor(X, [2, SIDE]) }).finally(() => session.release());
  return { y: y!.data as Float32Array, z: z!.data as Float32Array };
}

describe('the graphs of a model that are worth rounding', () => {
  let dir: string;
  beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'easel-parts-'))));
  afterEach(() => rm(dir, { recursive: true }));

  it('are the denoiser and the decoder, of every family', async () => {
    for (const [name, parts] of [['tiny-icon', ['transformer']], ['sd15', ['unet', 'vae_decoder']], ['sd3', ['transformer', 'vae_decoder']]] as const) {
      const graphs = await readPartGraphs(await readModelFolder(join(MODELS, name)));
      assert.deepEqual(graphs.map(({ part }) => part), parts, name);
      for (const { model, layers } of graphs) assert.ok(layers.length > 0 && layers.every(({ node }) => model.graph.nodes.includes(node)), 'the layers are those of the graph beside them');
    }
  });

  it('are written with the chosen layers in integers and all others as they are', async () => {
    await writeTiny(join(dir, 'plain.onnx'), GRAPH);
    const exact = await answers(join(dir, 'plain.onnx'));
    const model = prepareForQuantization(tinyModel(GRAPH));
    const parts: PartGraph[] = [{ part: 'unet', model, layers: quantizableLayers(model) }];
    for (const chosen of [[], ['z'], ['y', 'z']]) {
      const files = await writePartGraphs(parts, join(dir, chosen.join() || 'none'), 7, ({ name }) => chosen.includes(name));
      assert.deepEqual(files, { unet: join(dir, chosen.join() || 'none', 'unet/model.onnx') });
      const { graph } = await readModel(files.unet!);
      assert.equal([...graph.initializers.values()].filter(({ dtype }) => dtype === 'int8').length, chosen.length);
      const rounded = await answers(files.unet!);
      for (const name of ['y', 'z'] as const) {
        const far = Math.max(...rounded[name].map((number, i) => Math.abs(number - exact[name][i]!)));
        // A sum of 32 products of numbers up to 1, each rounded to 1/127 (x, of 255 parts of 2) and 1/63 (weights) at most by half.
        if (chosen.includes(name)) assert.ok(far > 0 && far <= 32 * (0.5 / 127 + 0.5 / 63 + 1e-4), `${far}`);
        else assert.equal(far, 0, name);
      }
    }
  });

  it('need no other file, also where their weights lay beside them', async () => {
    const file = join(dir, 'original/model.onnx');
    await mkdir(dirname(file));
    await writeTiny(file, GRAPH, { inlineLimit: 0 });
    const exact = await answers(file);
    const bytes = await readFile(`${file}_data`);
    const copy = await writeGraph(await readModel(file), join(dir, 'copy'), 'vae_decoder');
    assert.deepEqual(await readFile(`${file}_data`), bytes, 'the original is left alone');
    await rm(dirname(file), { recursive: true });
    assert.equal(copy, join(dir, 'copy/vae_decoder/model.onnx'));
    assert.deepEqual(await readdir(dirname(copy)), ['model.onnx']);
    assert.deepEqual(await answers(copy), exact);
  });

  it('stand in for the model\'s own, whose others stay', async () => {
    const folder = await readModelFolder(join(MODELS, 'sd15'));
    const before = structuredClone(folder.components);
    const { folder: changed } = modelWith(folder, { unet: '/copy/unet/model.onnx' }, { threads: 1 });
    assert.deepEqual(changed, { ...folder, components: { ...before, unet: { config: before.unet!.config, file: '/copy/unet/model.onnx' } } });
    assert.deepEqual(folder.components, before);
  });
});
