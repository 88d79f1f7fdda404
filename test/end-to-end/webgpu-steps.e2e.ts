/** Latents that stay on the graphics card between steps, on SwiftShader: they do stay, and the picture is the same. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');
const CHROMIUM = '/usr/lib/chromium';
const MODELS = ['tiny-icon', 'sd15', 'sd3'];

describe('steps on WebGPU', function () {
  this.timeout(600_000);

  it('leave the latents on the device, and draw what steps in memory draw', async () => {
    const env = { ...process.env, LD_LIBRARY_PATH: CHROMIUM, VK_ICD_FILENAMES: join(CHROMIUM, 'vk_swiftshader_icd.json') };
    const folders = MODELS.map((name) => join(ROOT, 'test/fixtures/models', name));
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', join(__dirname, 'webgpu-steps.ts'), ...folders], { env, cwd: ROOT });
    const answers = stdout.trim().split('\n').map((line) => JSON.parse(line) as { model: string; locations: string[]; stepsOutside: number; toOutside: number; toProcessor: number; withLora?: { toProcessor: number; toPlain: number } });
    assert.deepEqual(answers.map(({ model }) => model), MODELS);
    const withLora = answers.flatMap((answer) => answer.withLora ?? []);
    assert.equal(withLora.length, 1);
    assert.ok(withLora[0]!.toProcessor < 1e-4 && withLora[0]!.toPlain > 1e-2, JSON.stringify(withLora));
    for (const { model, locations, stepsOutside, toOutside, toProcessor } of answers) {
      assert.deepEqual(locations, Array.from({ length: 4 }, () => 'gpu-buffer'), model);
      assert.equal(stepsOutside, 0);
      assert.ok(toOutside < 1e-4, `${model}: relative error ${toOutside}`);
      assert.ok(toProcessor < 1e-3, `${model}: relative error ${toProcessor} to the processor's`);
      assert.ok(toOutside > 0, `${model}: not a bit differs, so the sums were not the graph's`);
    }
  });
});
