import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSoftTokens, writeSoftTokens, type SoftTokenFile } from './soft-token-file';

describe('the file of a bank of soft tokens', () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'easel-bank-'))));
  after(() => rm(folder, { recursive: true }));
  const file: SoftTokenFile = {
    soft: { layers: 2, count: 2, width: 3, tokens: Float32Array.from({ length: 12 }, (_, i) => i / 8), time: 'smooth', timeTable: Float32Array.from({ length: 16 * 6 }, (_, i) => i) },
    provenance: {
      version: 1, method: 'soft-tokens', name: 'crisp', model: { id: 'm', sha256: 'a' }, blocks: ['transformer_blocks.0', 'transformer_blocks.1'], time: 'smooth', options: { steps: 3 },
      dataset: { fingerprint: 'f', pictures: 2, captions: 2 }, revision: 'abc', steps: 3, validationLoss: 0.5, easel: '0',
    },
  };

  it('comes back as it was, under a header that is short enough to be read alone', async () => {
    const path = join(folder, 'crisp.safetensors');
    await writeSoftTokens(path, file);
    assert.deepEqual(await readSoftTokens(path), file);
    assert.equal((await readFile(path)).readBigUInt64LE(0) < 4096n, true);
  });

  it('is refused in one line when it is none, cut short, or does not fit itself', async () => {
    const path = join(folder, 'bad.safetensors');
    const fails = (message: RegExp) => assert.rejects(readSoftTokens(path), (error: Error) => message.test(error.message) && !error.message.includes('\n'));
    await writeFile(path, 'nothing');
    await fails(/bad\.safetensors/);
    await writeSoftTokens(path, { ...file, soft: { ...file.soft, timeTable: new Float32Array() } });
    await fails(/time_table is \[not there\]/);
    await writeSoftTokens(path, { ...file, provenance: { ...file.provenance, blocks: ['a', 'b', 'c'] } });
    await fails(/2 layers of tokens for 3 blocks/);
    await writeSoftTokens(path, { ...file, soft: { ...file.soft, tokens: file.soft.tokens.map(() => NaN) } });
    await fails(/not finite/);
    await writeFile(path, (await readFile(path)).subarray(0, -4));
    await fails(/bad\.safetensors/);
  });
});
