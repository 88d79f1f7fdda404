import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLora, tokenPlaces } from '../../adapters';
import { byteLength, numberTensor, readModel, tensorNumbers, writeModel, type Model, type Node } from '../../onnx';
import { codeOf } from '../../onnx/dtype';
import { integerTensor, openSession, PROVIDERS, tensor, type Session, type SessionOptions } from '../../runtime';
import { ChangedGraphs } from './changed-graphs';
import { denoiserGraph, graphToOpen, type DenoiserGraphOptions } from './denoiser-graph';
import { openInParts } from './graph-in-parts';
import type { Injection } from './requested-adapters';

const FIXTURES = join(__dirname, '../../../test/fixtures');
const OWN = join(FIXTURES, 'models/sd15/unet/model.onnx');
const WAVES = ['/module/time_proj/Sin', '/module/time_proj/Cos'];

/** The times of a model as a converter of whole graphs leaves them: sin and cos of half floats times half floats. */
function withHalfTimes(model: Model): Model {
  const initializers = new Map(model.graph.initializers);
  const cast = (from: string, to: string, dtype: 'float16' | 'float32'): Node => ({ name: to, opType: 'Cast', domain: '', inputs: [from], outputs: [to], attributes: new Map([['to', { type: 'int', value: BigInt(codeOf(dtype)) }]]) });
  const waves = model.graph.nodes.filter(({ opType }) => opType === 'Sin' || opType === 'Cos');
  const angles = new Set(waves.map(({ inputs }) => inputs[0]!));
  const nodes = model.graph.nodes.flatMap((node): Node[] => {
    if (waves.includes(node)) return [{ ...node, outputs: [`${node.outputs[0]}.half`] }, cast(`${node.outputs[0]}.half`, node.outputs[0]!, 'float32')];
    if (!angles.has(node.outputs[0]!)) return [node];
    const [time, frequencies] = node.inputs as [string, string];
    const constant = model.graph.nodes.find(({ outputs }) => outputs[0] === frequencies)?.attributes.get('value');
    const value = constant?.type === 'tensor' ? constant.value : model.graph.initializers.get(frequencies)!;
    initializers.set('frequencies.half', numberTensor('float16', tensorNumbers(value), value.dims));
    return [cast(time, 'time.half', 'float16'), { ...node, inputs: ['time.half', 'frequencies.half'] }];
  });
  assert.equal(nodes.length, model.graph.nodes.length + 3, 'one angle, a sine and a cosine of it');
  return { ...model, graph: { ...model.graph, nodes, initializers } };
}

describe('a denoiser\'s graph as it is opened', function () {
  this.timeout(60_000);
  let folder: string;
  /** `OWN` with its times in half floats. */
  let half: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-denoiser-'));
    half = join(folder, 'half.onnx');
    await writeModel(withHalfTimes(await readModel(OWN)), half);
  });
  after(() => rm(folder, { recursive: true }));

  const asked = (options: Partial<DenoiserGraphOptions>): DenoiserGraphOptions => ({ provider: 'cpu', steps: false, refused: assert.fail, ...options });
  const values = (count: number) => Float32Array.from({ length: count }, (_, i) => ((i * 7919) % 1009) / 400 - 1.3);
  const answer = async (session: Session): Promise<Float32Array> => {
    const feeds = {
      sample: tensor(values(2 * 4 * 8 * 8), [2, 4, 8, 8]), timestep: integerTensor([977], [1], session.inputs.get('timestep')!.dtype), encoder_hidden_states: tensor(values(2 * 77 * 24), [2, 77, 24]),
      ...(session.inputs.has('soft_tokens') && { soft_tokens: tensor(values(2 * 24), [1, 2, 24]) }),
      ...(session.inputs.has('easel_step') && { easel_step: tensor(new Float32Array(5), [5]) }),
    };
    const results = await session.run(feeds).finally(() => session.release());
    return results['out_sample']!.data as Float32Array;
  };
  const distance = (a: Float32Array, b: Float32Array) => Math.hypot(...a.map((x, i) => x - b[i]!)) / Math.hypot(...b);

  it('is its file\'s own where nothing is changed, on every provider; sines and cosines are named for WebGPU alone', async () => {
    const own = await readModel(OWN);
    for (const provider of PROVIDERS) {
      const { processorNodes, ...opened } = denoiserGraph(OWN, own, asked({ provider }));
      assert.deepEqual(opened, {}, provider);
      assert.deepEqual(processorNodes, provider === 'webgpu' ? WAVES : undefined, provider);
      assert.ok(graphToOpen(OWN, own, { ...own }, provider).graph, 'what was changed before is handed over');
    }
  });

  it('names sines and cosines in a graph with its step as well, and where an exporter named no node', async () => {
    const own = await readModel(OWN);
    const { graph, keeps, processorNodes } = denoiserGraph(OWN, own, asked({ provider: 'webgpu', steps: true }));
    assert.deepEqual([processorNodes, keeps], [WAVES, ['out_sample', 'easel_next', 'easel_shown']]);
    const { initializers } = own.graph;
    const weights = [...initializers.values()].reduce((sum, each) => sum + byteLength(each), 0);
    assert.ok(graph && graph.length < weights, `${graph?.length} bytes, and ${weights} of weights, which lie where they were`);
    const nameless = join(folder, 'nameless.onnx');
    await writeModel({ ...own, graph: { ...own.graph, nodes: own.graph.nodes.map((node) => ({ ...node, name: '' })) } }, nameless);
    const opened = denoiserGraph(nameless, await readModel(nameless), asked({ provider: 'webgpu' }));
    assert.equal(opened.processorNodes?.length, 2);
    await writeFile(join(folder, 'named.onnx'), opened.graph!);
    assert.deepEqual((await readModel(join(folder, 'named.onnx'))).graph.nodes.map(({ name }) => name).filter(Boolean), opened.processorNodes);
  });

  describe('has times in float32', () => {
    const own = async (injection: Injection, file: string) => new ChangedGraphs(injection).session('unet', file, { provider: 'cpu', threads: 1 });
    const opened = async (file: string, options: Partial<DenoiserGraphOptions>): Promise<Session> => {
      const { graph, keeps } = denoiserGraph(file, await readModel(file), asked(options)); // as another provider would get it
      return openSession(file, { threads: 1, provider: 'cpu', graph, keeps });
    };
    const others = PROVIDERS.map((provider) => [`on ${provider}`, (file: string) => opened(file, { provider })] as const);
    const WAYS: readonly (readonly [string, (file: string) => Promise<Session | undefined>])[] = [
      ...others,
      ['with the scheduler\'s step', (file) => opened(file, { provider: 'webgpu', steps: true })],
      ['in parts', (file) => openInParts(file, { threads: 1, largeBytes: 100_000 })],
      ['with a LoRA', async (file) => own({ blocks: [], bias: false, loras: [{ id: 'x', weight: 1, file: await readLora(join(FIXTURES, 'loras/sd15-kohya.safetensors')) }] }, file)],
      ['with soft tokens', async (file) => own({ blocks: tokenPlaces(await readModel(file)).blocks.slice(0, 1), bias: false }, file)],
    ];
    for (const [way, open] of WAYS) {
      it(way, async () => {
        const error = distance(await answer((await open(half))!), await answer((await open(OWN))!));
        assert.ok(error < 3e-4, `relative error ${error}`); // sines go on in half floats
      });
    }

    it('which without them are far off', async () => {
      const options: SessionOptions = { threads: 1, provider: 'cpu' };
      const error = distance(await answer(await openSession(half, options)), await answer(await openSession(OWN, options)));
      assert.ok(error > 3e-3, `relative error ${error}`);
    });
  });
});
