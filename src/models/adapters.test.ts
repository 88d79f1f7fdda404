import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listAdapters, readAdapterCard } from './adapters';
import { safetensors } from './test-support';

const card = { method: 'soft-tokens', name: 'cats', model: { id: 'icon-64', sha256: 'a'.repeat(64) }, dataset: { pictures: 3, captions: 2, fingerprint: 'f' }, steps: 5, validationLoss: null };

describe('adapters that a prompt may name', () => {
  let root: string;
  let home: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'easel-adapters-'));
    home = join(root, 'home');
    mkdirSync(join(root, 'adapters'));
    mkdirSync(join(home, 'adapters'), { recursive: true });
    writeFileSync(join(root, 'adapters', 'cats.safetensors'), safetensors({ format: 'easel.soft-tokens', easel: JSON.stringify({ ...card, blocks: ['x'] }) }));
    writeFileSync(join(home, 'adapters', 'cats.safetensors'), '');
    writeFileSync(join(home, 'adapters', 'ants.safetensors'), 'no header');
    writeFileSync(join(home, 'adapters', 'notes.txt'), '');
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  it('are the repository\'s, then the person\'s', async () => {
    assert.deepEqual(await listAdapters({ root, home }), [
      { id: 'ants', path: join(home, 'adapters/ants.safetensors') },
      { id: 'cats', path: join(root, 'adapters/cats.safetensors') },
    ]);
    assert.deepEqual(await listAdapters({ root: join(root, 'nowhere'), home: root }), [{ id: 'cats', path: join(root, 'adapters/cats.safetensors') }]);
  });

  it('are the model\'s own too, behind all others', async () => {
    const model = join(root, 'model');
    mkdirSync(join(model, 'adapters'), { recursive: true });
    for (const name of ['cats', 'few-step']) writeFileSync(join(model, 'adapters', `${name}.safetensors`), '');
    const found = await listAdapters({ root, home, model });
    assert.deepEqual(found.map(({ id }) => id), ['ants', 'cats', 'few-step']);
    assert.deepEqual(found.slice(1).map(({ path }) => path), [join(root, 'adapters/cats.safetensors'), join(model, 'adapters/few-step.safetensors')]);
  });

  it('of other tools say what they are: a LoRA and its rank', async () => {
    const file = join(root, 'other-tool.safetensors');
    const header = Buffer.from(JSON.stringify({ __metadata__: { ss_network_dim: '4' }, 'lora_unet_x.lora_down.weight': { dtype: 'F32', shape: [4, 1], data_offsets: [0, 16] } }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(file, Buffer.concat([length, header, Buffer.alloc(16)]));
    assert.deepEqual(await readAdapterCard(file), { method: 'lora', name: 'other-tool', rank: 4 });
  });

  it('say where they come from, in their header', async () => {
    assert.deepEqual(await readAdapterCard(join(root, 'adapters/cats.safetensors')), card);
  });

  it('say nothing where the file is none of ours, is cut short, or is not there', async () => {
    const other = join(root, 'other.safetensors');
    for (const bytes of [safetensors({ format: 'pt' }), safetensors({ easel: '{}' }), Buffer.alloc(4), Buffer.from('ffffffffffffffff', 'hex')]) {
      writeFileSync(other, bytes);
      assert.equal(await readAdapterCard(other), null);
    }
    assert.equal(await readAdapterCard(join(root, 'nowhere')), null);
  });
});
