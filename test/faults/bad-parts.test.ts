/** A part that cannot be opened is refused by name under every memory tier, before the first step, also where its turn comes after the last. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokenPlaces } from '../../src/adapters';
import { testTokens, writeTestTokens } from '../../src/adapters/test-support/soft-tokens';
import { Pipelines, type DrawHooks } from '../../src/diffusion';
import { MEMORY_TIERS, type MemoryTier } from '../../src/diffusion/pipelines';
import { tinyRequest } from '../../src/diffusion/test-support/tiny-request';
import { encodePng } from '../../src/image';
import { readModel, writeModel, type Model } from '../../src/onnx';
import { node, value } from '../support/tiny-graph';

const FIXTURES = join(__dirname, '../fixtures');

type Part = 'unet' | 'vae_decoder' | 'vae_encoder';

/** The part's own graph, with what `nodes` make of its first output in place of that. */
const behind = (opType: string, domain: string) => (model: Model): Model => {
  const [output, ...others] = model.graph.outputs;
  const added = node(opType, [output!.name, output!.name], ['odd'], { domain });
  return { ...model, opsets: new Map([...model.opsets, ['com.microsoft', 1]]), graph: { ...model.graph, nodes: [...model.graph.nodes, added], outputs: [{ ...output!, name: 'odd' }, ...others] } };
};

const withInput = (model: Model): Model => {
  const [output, ...others] = model.graph.outputs;
  const nodes = [...model.graph.nodes, node('Add', [output!.name, 'onnx::Concat_4'], ['odd'])];
  return { ...model, graph: { ...model.graph, nodes, inputs: [...model.graph.inputs, value('onnx::Concat_4', 'float32', [1])], outputs: [{ ...output!, name: 'odd' }, ...others] } };
};

describe('parts that cannot be drawn with', function () {
  this.timeout(120_000);
  let dir: string;
  let init: string;
  before(async () => {
    dir = join(await mkdtemp(join(tmpdir(), 'easel-bad-parts-')), 'model');
    init = join(dir, '../init.png');
    await cp(join(FIXTURES, 'models/sd15'), dir, { recursive: true });
    tokens.path = join(dir, '../crisp.safetensors');
    const { blocks } = tokenPlaces(await readModel(join(dir, 'unet/model.onnx')));
    await writeTestTokens(tokens.path, { blocks: blocks.slice(0, 1), soft: testTokens({ width: 24 }) });
    await writeFile(init, await encodePng(new Uint8Array(64 * 64 * 3).fill(99), 64, 64));
  });
  after(() => rm(join(dir, '..'), { recursive: true }));
  afterEach(() => cp(join(FIXTURES, 'models/sd15'), dir, { recursive: true }));

  async function rewrite(part: Part, change: (model: Model) => Model, inlineLimit?: number): Promise<void> {
    const file = join(dir, part, 'model.onnx');
    const other = join(dir, part, 'other.onnx');
    await writeModel(change(await readModel(file)), other, { inlineLimit });
    await rename(other, file);
  }
  const FLAWS: Readonly<Record<string, readonly [message: RegExp, make: (part: Part) => Promise<void>]>> = {
    'an operator that was fused for another device': [/model\.onnx: operator NhwcConv has no kernel here/, (part) => rewrite(part, behind('NhwcConv', 'com.microsoft'))],
    'an operator that nobody knows': [/model\.onnx: operator Frobnicate is unknown/, (part) => rewrite(part, behind('Frobnicate', ''))],
    'an input that nobody knows': [/model\.onnx (wants an input "onnx::Concat_4"|takes 2 inputs \(.*onnx::Concat_4)/, (part) => rewrite(part, withInput)],
    'weights that are missing': [/model\.onnx: its weights file other\.onnx_data is missing/, async (part) => {
      await rewrite(part, (model) => model, 0);
      await rm(join(dir, part, 'other.onnx_data'));
    }],
  };

  /** The phases that a drawing began before it was refused. */
  async function refused(memoryTier: MemoryTier, part: Part, message: RegExp, changes: Parameters<typeof tinyRequest>[0] = {}): Promise<ReadonlySet<string>> {
    const pipelines = new Pipelines({ threads: 1, memoryTier });
    const phases = new Set<string>();
    const onPhase: DrawHooks['onPhase'] = ({ phase }) => void phases.add(phase);
    try {
      for (let time = 0; time < 2; time++) { // and again when it is asked again
        await assert.rejects(pipelines.draw(tinyRequest({ model: { id: 'bad', path: dir }, sampler: 'Euler', ...changes }), { onPhase }), (error: Error & { code?: string }) => {
          assert.equal(error.code, 'bad-model', error.stack);
          assert.match(error.message, message);
          assert.ok(error.message.includes(part) && !error.message.includes('\n'), error.message);
          return true;
        });
      }
    } finally {
      await pipelines.dispose();
    }
    return phases;
  }
  const lora = { id: 'kohya', path: join(FIXTURES, 'loras/sd15-kohya.safetensors'), weight: 1 };
  const tokens = { id: 'crisp', path: '', weight: 1 };

  for (const memoryTier of MEMORY_TIERS) {
    describe(`under ${memoryTier}`, () => {
      for (const [flaw, [message, make]] of Object.entries(FLAWS)) {
        it(`are refused before anything is computed: ${flaw}`, async () => {
          await make('vae_decoder');
          for (const adapters of [[], [lora, tokens]]) assert.deepEqual([...(await refused(memoryTier, 'vae_decoder', message, { adapters }))], ['loading']);
          await cp(join(FIXTURES, 'models/sd15'), dir, { recursive: true });
          await make('unet');
          assert.deepEqual([...(await refused(memoryTier, 'unet', message))], ['loading']);
        });

        it(`are refused before the first step where a picture or an adapter goes in: ${flaw}`, async () => {
          await make('vae_encoder');
          assert.ok(!(await refused(memoryTier, 'vae_encoder', message, { init: { path: init } })).has('denoising'));
          await cp(join(FIXTURES, 'models/sd15'), dir, { recursive: true });
          await make('unet');
          for (const adapter of [lora, tokens]) assert.ok(!(await refused(memoryTier, 'unet', message, { adapters: [adapter] })).has('denoising'), adapter.id);
        });
      }

      it('are refused before anything runs: a graph that is missing', async () => {
        for (const part of ['unet', 'vae_decoder'] as const) {
          await rm(join(dir, part, 'model.onnx'));
          assert.deepEqual([...(await refused(memoryTier, part, /lacks (unet|vae_decoder)\/model\.onnx/))], []);
          await cp(join(FIXTURES, 'models/sd15'), dir, { recursive: true });
        }
      });
    });
  }
});
