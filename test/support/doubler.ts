/** An upscaler that gives every pixel four times, for the tiny random icon model. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { numberTensor, writeModel, type Model } from '../../src/onnx';
import { node, tinyModel, value } from './tiny-graph';

const TINY_ICON = join(__dirname, '../fixtures/models/tiny-icon');

export const DOUBLER = resizing([1, 1, 2, 2]);

/** A copy of the tiny model in `dir` that has `upscaler` as its own. */
export async function withUpscaler(dir: string, upscaler: Model = DOUBLER): Promise<void> {
  await cp(TINY_ICON, dir, { recursive: true });
  await mkdir(join(dir, 'upscaler'));
  await writeModel(upscaler, join(dir, 'upscaler/model.onnx'));
  await writeFile(join(dir, 'transformer/config.json'), '{"sample_size":64}');
  await writeFile(join(dir, 'upscaler/config.json'), '{"sample_size":128}');
}

/** Nearest neighbours, `scales` times as many along each axis. */
export function resizing(scales: readonly [number, number, number, number]): Model {
  return tinyModel({
    inputs: [value('sample', 'float32', ['batch', 3, 64, 64])],
    outputs: [value('out_sample', 'float32', ['batch', 3, 64 * scales[2], 64 * scales[3]])],
    initializers: new Map([['scales', numberTensor('float32', [...scales], [4])]]),
    nodes: [node('Resize', ['sample', '', 'scales'], ['out_sample'], { attributes: new Map([['mode', { type: 'string', value: 'nearest' }]]) })],
  });
}
