/**
 * The same models as other exporters would have written them (formats.md, section 1): other dtypes and ranks of the timestep,
 * half floats at every border, fixed batches, inputs that nothing reads, weights in files of every name, norms before opset 17.
 * Each graph is rewritten here and must draw what diffusers drew with the original's weights.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { Pipelines } from '../../src/diffusion';
import { tinyRequest } from '../../src/diffusion/test-support/tiny-request';
import { renameValues } from '../../src/onnx/edit';
import type { Attribute, Model, Node, ValueInfo } from '../../src/onnx/model';
import { readModel } from '../../src/onnx/read';
import { numberTensor, type Tensor } from '../../src/onnx/tensor';
import { writeModel } from '../../src/onnx/write';
import { SAMPLERS } from '../../src/prompt';
import { node, value } from '../support/tiny-graph';

const MODELS = join(__dirname, '../fixtures/models');
const floats = z.string().transform((base64) => new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer));
const Case = z.object({ title: z.string(), prompt: z.string(), negative_prompt: z.string().nullish(), num_inference_steps: z.int(), guidance_scale: z.number(), clip_skip: z.int().optional(), sampler: z.enum(SAMPLERS).nullable(), init: z.string().optional(), mask: z.string().optional(), strength: z.number().optional(), width: z.int(), height: z.int(), seed: z.int(), latents: floats });
const Reference = z.object({ cases: z.array(Case) });

/** Numbers of ONNX's element types, as Cast names them. */
const TYPES = { float32: 1n, int64: 7n, float16: 10n } as const;
type Type = keyof typeof TYPES;
const to = (type: Type) => new Map<string, Attribute>([['to', { type: 'int', value: TYPES[type] }]]);

/** `input` becomes `info`, and `nodes` make the old value of it from the new one. */
function refed(model: Model, input: string, info: ValueInfo, nodes: (from: string, old: string) => Node[], initializers: Record<string, Tensor> = {}): Model {
  const old = `${input}.old`;
  const { graph, ...rest } = renameValues(model, new Map([[input, old]]));
  return { ...rest, graph: { ...graph, inputs: graph.inputs.map((each) => (each.name === old ? info : each)), nodes: [...nodes(input, old), ...graph.nodes], initializers: new Map([...graph.initializers, ...Object.entries(initializers)]) } };
}

/** The timestep in another type and shape; the graph's own stays behind it. */
function timestep(type: Type, shape: readonly (number | string)[]): (model: Model) => Model {
  return (model) => {
    const own = model.graph.inputs.find(({ name }) => name === 'timestep')!;
    return refed(model, 'timestep', value('timestep', type, shape), (from, old) => [
      node('Cast', [from], ['t.single'], { attributes: to('float32') }),
      node('ReduceMean', ['t.single'], ['t.scalar'], { attributes: new Map([['keepdims', { type: 'int', value: 0n }]]) }),
      node('Cast', ['t.scalar'], ['t.own'], { attributes: to(own.dtype as Type) }),
      node('Reshape', ['t.own', 't.shape'], [old]),
    ], { 't.shape': numberTensor('int64', own.shape!.map(() => 1), [own.shape!.length]) });
  };
}

/** Half floats in and out, as an fp16 export has them. */
function inHalf(model: Model): Model {
  let half = model;
  for (const input of model.graph.inputs) {
    if (input.dtype === 'float32') half = refed(half, input.name, { ...input, dtype: 'float16' }, (from, old) => [node('Cast', [from], [old], { attributes: to('float32') })]);
  }
  const outputs = half.graph.outputs.filter(({ dtype }) => dtype === 'float32');
  const renamed = renameValues(half, new Map(outputs.map(({ name }) => [name, `${name}.single`])));
  const casts = outputs.map(({ name }) => node('Cast', [`${name}.single`], [name], { attributes: to('float16') }));
  return { ...renamed, graph: { ...renamed.graph, nodes: [...renamed.graph.nodes, ...casts], outputs: half.graph.outputs.map((output) => (output.dtype === 'float32' ? { ...output, dtype: 'float16' } : output)) } };
}

const fixedBatch = (size: number) => (model: Model): Model => ({
  ...model,
  graph: { ...model.graph, inputs: model.graph.inputs.map((input) => (input.shape && typeof input.shape[0] !== 'number' && input.name !== 'timestep' ? { ...input, shape: [size, ...input.shape.slice(1)] } : input)) },
});

/** Every axis named, as the diffusers script and Olive's recipes have it. */
const namedAxes = (model: Model): Model => ({
  ...model,
  graph: { ...model.graph, inputs: model.graph.inputs.map((input) => ({ ...input, shape: input.shape!.map((_, axis) => `${input.name}_${axis}`) })) },
});

const wholePositions = (model: Model): Model =>
  ['img_ids', 'txt_ids'].reduce((whole, name) => refed(whole, name, value(name, 'int64', ['n', 3]), (from, old) => [node('Cast', [from], [old], { attributes: to('float32') })]), model);

const withUnread = (model: Model): Model => ({
  ...model,
  graph: { ...model.graph, inputs: [...model.graph.inputs, value('onnx::Concat_4', 'float32', [1, 1280]), value('onnx::Shape_5', 'int64', ['n', 5])], nodes: [...model.graph.nodes, node('Shape', ['onnx::Shape_5'], ['dead end'])] },
});

/** LayerNormalization as exporters wrote it before opset 17. */
function withSplitNorms(model: Model): Model {
  const nodes = model.graph.nodes.flatMap((norm, i): Node[] => {
    if (norm.opType !== 'LayerNormalization') return [norm];
    const [x, weight, bias] = norm.inputs as [string, string, string];
    const name = (part: string) => `norm${i}.${part}`;
    const last: Map<string, Attribute> = new Map([['axes', { type: 'ints', value: [-1n] }]]);
    return [
      node('ReduceMean', [x], [name('mean')], { attributes: last }), node('Sub', [x, name('mean')], [name('centred')]),
      node('Mul', [name('centred'), name('centred')], [name('squares')]), node('ReduceMean', [name('squares')], [name('variance')], { attributes: last }),
      node('Add', [name('variance'), 'norm.epsilon'], [name('safe')]), node('Sqrt', [name('safe')], [name('deviation')]),
      node('Div', [name('centred'), name('deviation')], [name('unit')]), node('Mul', [name('unit'), weight], [name('scaled')]), node('Add', [name('scaled'), bias], [norm.outputs[0]!]),
    ];
  });
  return { ...model, graph: { ...model.graph, nodes, initializers: new Map([...model.graph.initializers, ['norm.epsilon', numberTensor('float32', [1e-5], [])]]) } };
}

/** An encoder that draws from its Gaussian itself, as the diffusers script traces it. */
function sampledInGraph(model: Model): Model {
  const parameters = model.graph.outputs[0]!;
  const constant = (number: number) => numberTensor('float32', [number], []);
  const nodes = [
    node('Split', [parameters.name], ['mean', 'log variance'], { attributes: new Map([['axis', { type: 'int', value: 1n }]]) }),
    node('Clip', ['log variance', 'least', 'most'], ['clipped']), node('Mul', ['half', 'clipped'], ['log deviation']), node('Exp', ['log deviation'], ['deviation']),
    node('Shape', ['mean'], ['shape']), node('ConstantOfShape', ['shape'], ['zeros']), node('RandomNormalLike', ['zeros'], ['noise'], { attributes: new Map([['dtype', { type: 'int', value: 1n }]]) }),
    node('Mul', ['deviation', 'noise'], ['scaled noise']), node('Add', ['mean', 'scaled noise'], ['latent_sample']),
  ];
  const initializers = new Map([...model.graph.initializers, ['least', constant(-30)], ['most', constant(20)], ['half', constant(0.5)]] as const);
  return { ...model, graph: { ...model.graph, nodes: [...model.graph.nodes, ...nodes], outputs: [value('latent_sample', 'float32', parameters.shape as readonly string[])], initializers } };
}

describe('models as other exporters write them draw what diffusers draws', function () {
  this.timeout(120_000);
  let dir: string;
  let pipelines: Pipelines;
  beforeEach(() => {
    dir = join(mkdtempSync(join(tmpdir(), 'easel-re-exports-')), 'model');
    pipelines = new Pipelines();
  });
  afterEach(async () => {
    await pipelines.dispose();
    rmSync(join(dir, '..'), { recursive: true });
  });

  const copy = (folder: string) => cpSync(join(MODELS, folder), dir, { recursive: true });
  const edit = async (part: string, change: (model: Model) => Model, options = {}) => {
    const path = join(dir, part, 'model.onnx');
    if (!existsSync(path)) return;
    const edited = change(await readModel(path));
    await writeModel(edited, `${path}.new`, options);
    renameSync(`${path}.new`, path);
  };
  const draws = async (folder: string, title: string, bound = 1e-3) => {
    const { cases } = Reference.parse(JSON.parse(readFileSync(join(MODELS, folder, 'reference.json'), 'utf8')));
    const reference = cases.find((one) => one.title === title)!;
    const drawing = await pipelines.draw(tinyRequest({
      model: { id: folder, path: dir }, promptSyntax: 'plain', longPrompt: 'truncate', prompt: reference.prompt, negativePrompt: reference.negative_prompt ?? '', steps: reference.num_inference_steps,
      guidanceScale: reference.guidance_scale, clipSkip: 1 + (reference.clip_skip ?? 0), width: reference.width, height: reference.height, seed: String(reference.seed),
      sampler: reference.sampler, init: reference.init === undefined ? null : { path: join(dir, reference.init) }, mask: reference.mask === undefined ? null : { path: join(dir, reference.mask) }, denoisingStrength: reference.strength ?? 1,
    }));
    const square = (values: Float32Array) => values.reduce((sum, each) => sum + each * each, 0);
    const error = Math.sqrt(square(drawing.latents.map((each, i) => each - reference.latents[i]!)) / square(reference.latents));
    assert.ok(error < bound, `relative error ${error.toExponential(2)}`);
    assert.equal(drawing.rgb.length, reference.width * reference.height * 3);
  };

  for (const [type, shape] of [['float32', []], ['float32', [1]], ['float32', ['steps']], ['float32', [2]], ['float16', []], ['float16', [1]], ['int64', []], ['int64', [2]]] as const) {
    it(`a timestep of ${type} [${shape.join()}]`, async () => {
      copy('sd2-v');
      await edit('unet', timestep(type, shape));
      await draws('sd2-v', 'own scheduler', type === 'float16' ? 5e-3 : 1e-3);
    });
  }

  for (const [folder, title] of [['sd15', 'own scheduler'], ['sdxl', 'own scheduler'], ['sd3', 'one step'], ['flux', 'own scheduler'], ['lcm', '4 steps']] as const) {
    it(`half floats at every border, ${folder}`, async () => {
      copy(folder);
      for (const part of ['text_encoder', 'text_encoder_2', 'text_encoder_3', 'unet', 'transformer', 'vae_decoder', 'vae_encoder']) await edit(part, inHalf);
      await draws(folder, title, 3e-2);
    });
  }

  for (const size of [1, 2, 4]) {
    it(`a batch fixed at ${size}`, async () => {
      copy('sdxl');
      await edit('unet', fixedBatch(size));
      await draws('sdxl', 'own scheduler');
    });
  }

  it('no number of channels, and no config.json (the diffusers script): an inpainting model is known by its weights', async () => {
    copy('sd15-inpaint');
    for (const part of ['unet', 'vae_encoder', 'vae_decoder', 'text_encoder']) {
      await edit(part, namedAxes);
      rmSync(join(dir, part, 'config.json'));
    }
    await draws('sd15-inpaint', 'strength 0.6');
    await edit('unet', inHalf);
    await draws('sd15-inpaint', 'strength 1.0', 3e-2);
  });

  it("Flux's positions in whole numbers (Optimum)", async () => {
    copy('flux');
    await edit('transformer', wholePositions);
    await draws('flux', 'own scheduler');
  });

  it("inputs that nothing reads (Olive's SD 1.5)", async () => {
    copy('sd15');
    await edit('unet', withUnread);
    await draws('sd15', 'own scheduler');
  });

  for (const name of ['weights.pb', 'model.onnx_data', 'model.onnx.data', 'unet.bin']) {
    it(`weights in ${name}`, async () => {
      copy('sd15');
      for (const part of ['unet', 'vae_decoder', 'text_encoder']) {
        await edit(part, (model) => model, { inlineLimit: 0 });
        const folder = join(dir, part);
        renameSync(join(folder, 'model.onnx.new_data'), join(folder, name));
        const path = join(folder, 'model.onnx');
        const bytes = readFileSync(path, 'latin1');
        assert.ok(bytes.includes('model.onnx.new_data'));
        const moved = (await readModelMoved(path, join(folder, name)));
        await writeModel(moved, path, { inlineLimit: 0 });
        assert.ok(readFileSync(path, 'latin1').includes(name));
      }
      await draws('sd15', 'own scheduler');
    });
  }

  it('no config.json beside any part (the diffusers script)', async () => {
    copy('sd15');
    for (const part of ['text_encoder', 'unet', 'vae_encoder', 'vae_decoder']) rmSync(join(dir, part, 'config.json'));
    await draws('sd15', 'own scheduler');
  });

  it('an encoder that draws its own random numbers (the diffusers script): the seed deals them', async () => {
    copy('sd15');
    await edit('vae_encoder', sampledInGraph);
    await draws('sd15', 'image to image DDIM');
  });

  it('norms of many operators, with and without CLIP skip', async () => {
    copy('sd15');
    await edit('text_encoder', withSplitNorms);
    await draws('sd15', 'own scheduler');
    await draws('sd15', 'clip skip');
  });

  /** A model whose external tensors lie in another file than its protobuf says. */
  async function readModelMoved(path: string, weights: string): Promise<Model> {
    const old = join(path, '../model.onnx.new_data');
    cpSync(weights, old);
    const model = await readModel(path);
    const initializers = new Map([...model.graph.initializers].map(([name, tensor]): [string, Tensor] => {
      if (tensor.data.kind !== 'file' || !tensor.data.external) return [name, tensor];
      const { stamp: _stamp, ...range } = tensor.data;
      return [name, { ...tensor, data: { ...range, file: weights } }];
    }));
    rmSync(old);
    return { ...model, graph: { ...model.graph, initializers } };
  }
});
