import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModelFolder } from '../../models';
import { readModel, tensorBytes } from '../../onnx';
import { Pipelines } from '../pipelines';
import { TINY_ICON, tinyRequest } from '../test-support/tiny-request';
import { quantizeModel } from './quantize-model';

describe('a copy in integers', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'easel-int8-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('has weights of 7 bits where a processor would saturate, says so, and draws', async () => {
    const dir = join(folder, 'copy');
    const options = { precision: 'int8', keepError: 0.01, measure: false, pictures: 1, threads: 1, weightBits: 7 } as const;
    const result = await quantizeModel(TINY_ICON, 'tiny-icon', () => ({ dir, replaces: false }), options);
    assert.deepEqual([result.written, result.record.weightBits], [true, 7]);
    assert.match(result.notes.join(), /7 bits: this processor adds pairs/);
    const { components } = await readModelFolder(dir);
    const { graph } = await readModel(components.transformer!.file);
    const integers = [...graph.initializers.values()].filter(({ dtype }) => dtype === 'int8').map((tensor) => new Int8Array(tensorBytes(tensor)));
    assert.ok(integers.length > 0 && integers.every((values) => values.every((value) => Math.abs(value) <= 63)));
    const pipelines = new Pipelines({ threads: 1 });
    const drawing = await pipelines.draw(tinyRequest({ model: { id: 'copy', path: dir }, steps: 1 }));
    assert.equal(drawing.rgb.length, 64 * 64 * 3);
    await pipelines.dispose();
  });
});
