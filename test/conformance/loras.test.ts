/**
 * Drawings with LoRAs against diffusers and PEFT: each naming, each kind, several at once, strengths other than 1; final latents
 * within 1e-3. The files and references are made by recipes/conformance/loras.py for the tiny random models.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readLora } from '../../src/adapters';
import { Pipelines } from '../../src/diffusion';
import { ChangedGraphs } from '../../src/diffusion/pipelines/changed-graphs';
import { tinyRequest } from '../../src/diffusion/test-support/tiny-request';
import { embeddedModelFolder } from '../../src/models';
import { elementCount, encodeModel, float32Tensor, numberTensor, readModel, tensorNumbers, writeSafetensors, type SafeTensor } from '../../src/onnx';
import type { GenerateRequest } from '../../src/prompt';
import { openSession, type Session } from '../../src/runtime';
import { relativeError } from '../support/relative-error';

const FIXTURES = join(__dirname, '../fixtures');

/** What the recipe records of one drawing. Tensors are float32, base64. */
const Case = z.object({
  model: z.string(),
  title: z.string(),
  loras: z.record(z.string(), z.number()),
  prompt: z.string(), negative_prompt: z.string(),
  num_inference_steps: z.int(), guidance_scale: z.number(), width: z.int(), height: z.int(), seed: z.int(),
  latents: z.string().transform((base64) => new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer)),
  /** How far the LoRAs moved the picture, relative to the plain one. */
  moved: z.number(),
});
type Case = z.infer<typeof Case>;

const { cases } = z.object({ cases: z.array(Case) }).parse(JSON.parse(readFileSync(join(FIXTURES, 'loras/reference.json'), 'utf8')));

function requestOf({ model, loras, ...said }: Case): GenerateRequest {
  return tinyRequest({
    model: { id: model, path: join(FIXTURES, 'models', model) },
    promptSyntax: 'plain', longPrompt: 'truncate',
    prompt: said.prompt, negativePrompt: said.negative_prompt, steps: said.num_inference_steps, guidanceScale: said.guidance_scale,
    width: said.width, height: said.height, seed: String(said.seed),
    adapters: Object.entries(loras).map(([id, weight]) => ({ id, weight, path: join(FIXTURES, `loras/${id}.safetensors`) })),
  });
}

describe('LoRAs agree with diffusers and PEFT', function () {
  this.timeout(60_000);
  const pipelines = new Pipelines();
  after(() => pipelines.dispose());

  for (const reference of cases) {
    it(`${reference.model}: ${reference.title}`, async () => {
      const { latents, notes } = await pipelines.draw(requestOf(reference));
      const error = relativeError(latents, reference.latents);
      assert.ok(error < 1e-3, `relative error ${error.toExponential(2)}, where the LoRAs moved the latents by ${reference.moved.toFixed(2)}`);
      assert.ok(reference.moved > 0.1 || Object.keys(reference.loras).length === 0, 'the reference is moved by more than what is allowed');
      assert.deepEqual(notes.filter((note) => note.includes('lora')), []);
    });
  }

  it('and, in every layer of the embedded model, with weights that were added up by hand', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'easel-lora-icon-'));
    try {
      const file = join(embeddedModelFolder(__dirname)!, 'transformer/model.onnx');
      const model = await readModel(file);
      const initializers = new Map(model.graph.initializers);
      const tensors = new Map<string, SafeTensor>();
      const rank = 2;
      const wave = (count: number, phase: number, size: number) => Float32Array.from({ length: count }, (_, i) => size * Math.sin(phase + 1.7 * i));
      for (const [place, [name, tensor]] of [...model.graph.initializers].entries()) {
        if (!name.endsWith('.weight') || tensor.dims.length < 2) continue;
        const [out, ...inside] = tensor.dims as [number, ...number[]];
        const columns = elementCount(inside);
        const [down, up] = [wave(rank * columns, place, 0.3 / Math.sqrt(columns)), wave(out * rank, -place, 0.3)];
        const module = `transformer.${name.slice(0, -'.weight'.length)}`;
        tensors.set(`${module}.lora_A.weight`, float32Tensor(down, [rank, ...inside])).set(`${module}.lora_B.weight`, float32Tensor(up, [out, rank, ...inside.slice(1).map(() => 1)]));
        const sum = tensorNumbers(tensor).map((value, i) => {
          const [row, column] = [Math.floor(i / columns), i % columns];
          let difference = 0;
          for (let r = 0; r < rank; r++) difference += up[row * rank + r]! * down[r * columns + column]!;
          return value + 0.5 * difference;
        });
        initializers.set(name, numberTensor('float32', sum, tensor.dims));
      }
      assert.ok(tensors.size / 2 > 50, `${tensors.size / 2} layers`);
      const path = join(dir, 'random.safetensors');
      await writeSafetensors(path, tensors);
      const graphs = new ChangedGraphs({ blocks: [], bias: false, loras: [{ id: 'random', weight: 0.5, file: await readLora(path) }] });
      const merged = await openSession(file, { threads: 1, graph: encodeModel({ ...model, graph: { ...model.graph, initializers } }) });
      const changed = await graphs.session('transformer', file, { threads: 1 });
      const plain = await openSession(file, { threads: 1 });
      const feeds = Object.fromEntries([...plain.inputs].map(([name, { shape }], i) => {
        const dims = shape.map((size) => (typeof size === 'number' ? size : size === 'sequence' ? 5 : 1));
        return [name, { dtype: 'float32' as const, dims, data: name === 'timestep' ? Float32Array.of(500) : wave(elementCount(dims), i, name === 'encoder_attention_bias' ? 0 : 1) }];
      }));
      const answer = async (session: Session) => {
        const data = Object.values(await session.run(feeds))[0]!.data as Float32Array;
        await session.release();
        return data;
      };
      const [expected, actual, before] = [await answer(merged), await answer(changed), await answer(plain)];
      assert.deepEqual(graphs.notes, []);
      assert.ok(relativeError(actual, expected) < 1e-5, `relative error ${relativeError(actual, expected).toExponential(2)}`);
      assert.ok(relativeError(actual, before) > 0.1, 'the LoRA moves the answer');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
