/** Tiled autoencoding against diffusers' `enable_vae_tiling`, with the autoencoder of the fixture sd15; recipes/conformance/tiles.py made the numbers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Decoder, Encoder } from '../../src/diffusion/pipelines/autoencoder';
import { openSession, type Session } from '../../src/runtime';

const MODEL = join(__dirname, '../fixtures/models/sd15');
const bytes = z.string().transform((base64) => Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
const reference = z.object({ width: z.int(), height: z.int(), decoded: bytes, moments: bytes }).parse(JSON.parse(readFileSync(join(__dirname, 'data/tiles.json'), 'utf8')));
const { width, height } = reference;
const size = { width, height };
const shape = { channels: 4, width: width / 8, height: height / 8 };
const CONFIG = { scaling_factor: 1, sample_size: 64 };

describe('an autoencoder in tiles', () => {
  let sessions: Session[];
  before(async () => (sessions = await Promise.all(['vae_decoder', 'vae_encoder'].map((part) => openSession(join(MODEL, part, 'model.onnx'))))));
  after(() => Promise.all(sessions.map((session) => session.release())));

  it('decodes what diffusers decodes', async () => {
    const latents = Float32Array.from({ length: 4 * shape.width * shape.height }, (_, i) => Math.sin(0.37 * i));
    const decoded = await new Decoder(sessions[0]!, CONFIG, 'always').decode(latents, shape, size);
    const expected = halves(reference.decoded);
    assert.equal(decoded.length, expected.length);
    decoded.forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) < 2e-3 * Math.max(1, Math.abs(expected[i]!)), `value ${i}: ${value} is not ${expected[i]}`));
    assert.notDeepEqual(await new Decoder(sessions[0]!, CONFIG, 'never').decode(latents, shape, size), decoded);
  });

  it('encodes what diffusers encodes', async () => {
    const picture = Float32Array.from({ length: 3 * width * height }, (_, i) => Math.sin(0.011 * i));
    // Without noise the means are left, the first half of the moments.
    const means = await new Encoder(sessions[1]!, CONFIG, 'always').encode(picture, size, shape, (count) => new Float32Array(count));
    const expected = new Float32Array(reference.moments);
    means.forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) < 1e-4 * Math.max(1, Math.abs(expected[i]!)), `value ${i}: ${value} is not ${expected[i]}`));
  });
});

function halves(buffer: ArrayBuffer): Float32Array {
  return new Uint16Array(buffer).reduce((floats, bits, i) => {
    const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    floats[i] = sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
    return floats;
  }, new Float32Array(buffer.byteLength / 2));
}
