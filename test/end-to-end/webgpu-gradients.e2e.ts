/** Gradients on WebGPU are the processor's, within 1e-3. It runs here because SwiftShader comes with the editor's Chromium. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');
const CHROMIUM = '/usr/lib/chromium';
const MODELS = ['clip-ts17', 'resnet-raw18'];

describe('gradients on WebGPU, on SwiftShader', function () {
  this.timeout(600_000);

  it('are those of the processor', async () => {
    const driver = join(CHROMIUM, 'vk_swiftshader_icd.json');
    assert.ok(existsSync(driver), 'setup-editor.sh installs Chromium, which brings SwiftShader');
    const files = MODELS.map((name) => join(ROOT, 'test/conformance/gradients/models', `${name}.onnx`));
    const env = { ...process.env, LD_LIBRARY_PATH: CHROMIUM, VK_ICD_FILENAMES: driver };
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', join(__dirname, 'webgpu-gradients.ts'), ...files], { env, cwd: ROOT });
    const results = stdout.trim().split('\n').map((line) => JSON.parse(line) as { file: string; gradients: number; error: number });
    assert.equal(results.length, MODELS.length);
    for (const { file, gradients, error } of results) assert.ok(gradients > 0 && error < 1e-3, `${file}: relative error ${error}`);
    assert.ok(results.some(({ error }) => error > 0), 'not a bit differs: WebGPU did not compute');
  });
});
