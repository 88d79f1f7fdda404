/**
 * A graphics card stands in for none: SwiftShader, the Vulkan that comes with Chromium, lets WebGPU run on the processor. The
 * command line finds it by a probe, draws with it, and the latents are the processor's. Slow as it is, `auto` must not take it.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readSafetensors, toFloat32 } from '../../src/onnx/safetensors';

const ROOT = join(__dirname, '../..');
const CHROMIUM = '/usr/lib/chromium';

describe('WebGPU, on SwiftShader', function () {
  this.timeout(300_000);
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'easel-webgpu-'))));
  after(() => rm(folder, { recursive: true }));

  const easel = async (...args: string[]) => {
    const env = { ...process.env, EASEL_HOME: folder, LD_LIBRARY_PATH: CHROMIUM, VK_ICD_FILENAMES: join(CHROMIUM, 'vk_swiftshader_icd.json') };
    return (await promisify(execFile)(process.execPath, [join(ROOT, 'dist/cli.cjs'), ...args], { env, cwd: folder })).stdout;
  };
  const draw = async (provider: string) => {
    const latents = join(folder, `${provider}.safetensors`);
    await easel('generate', '--prompt', 'red heart', '--model', join(ROOT, 'test/fixtures/models/tiny-icon'), '--steps', '2', '--cfg', '3', '--seed', '1', '-o', join(folder, `${provider}.png`), '--save-latents', latents, '--provider', provider);
    return toFloat32((await readSafetensors(latents)).tensors.get('latents')!);
  };

  it('is found by a probe, is not what auto means, and draws what the processor draws', async () => {
    assert.ok(existsSync(join(CHROMIUM, 'vk_swiftshader_icd.json')), 'setup-editor.sh installs Chromium, which brings SwiftShader');
    const found = await easel('providers', '--probe');
    assert.match(found, /^webgpu {2}works, 0\.\d+ times as fast as the processor$/m, found);
    assert.match(found, /^cpu {2}works, and is what auto means here$/m);
    assert.match(found, /^coreml {2}does not work: .*backend not found/m);
    const [card, processor] = [await draw('webgpu'), await draw('cpu')];
    const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    const error = norm(card.map((value, i) => value - processor[i]!)) / norm(processor);
    assert.ok(error < 1e-3, `relative error ${error}`);
    assert.ok(error > 0, 'not a bit differs: WebGPU did not compute');
  });
});
