import assert from 'node:assert/strict';
import type { ModelKind } from '../../models';
import { previewOf } from './latent-preview';

/** Bytes of the colours −1 to 1 that a pixel has. */
const bytes = (...colours: number[]) => colours.map((value) => Math.min(255, Math.max(0, Math.round((value / 2 + 0.5) * 255))));
/** Two pixels: the first with 1 in one channel, the second with 0 in all. */
const preview = (kind: ModelKind, channels: number, channel: number) =>
  [...previewOf(kind, Float32Array.from({ length: channels * 2 }, (_, i) => Number(i === 2 * channel)), { channels, height: 1, width: 2 })];

describe('a preview from latents', () => {
  it('is the picture itself where a model draws in pixels', () => {
    const latents = Float32Array.of(-1, 1, 0, 0.5, 1, -2); // red, green, blue of two pixels
    assert.deepEqual([...previewOf('icon', latents, { channels: 3, height: 1, width: 2 })], [...bytes(-1, 0, 1), ...bytes(1, 0.5, -1)]);
  });

  it('is a sum of channels, by the published factors', () => {
    const SD = [[0.3512, 0.2297, 0.3227], [0.325, 0.4974, 0.235], [-0.2829, 0.1762, 0.2721], [-0.212, -0.2616, -0.7177]];
    SD.forEach((factors, channel) => assert.deepEqual(preview('sd', 4, channel), [...bytes(...factors), ...bytes(0, 0, 0)]));
    const [SDXL, bias] = [[[0.3651, 0.4232, 0.4341], [-0.2533, -0.0042, 0.1068], [0.1076, 0.1111, -0.0362], [-0.3165, -0.2492, -0.2188]], [0.1084, -0.0175, -0.0011]];
    SDXL.forEach((factors, channel) => assert.deepEqual(preview('sdxl', 4, channel), [...bytes(...factors.map((factor, i) => factor + bias[i]!)), ...bytes(...bias)]));
    const twice = previewOf('sd', Float32Array.of(0.5, 1, 0, 0), { channels: 4, height: 1, width: 1 });
    assert.deepEqual([...twice], bytes(...[0, 1, 2].map((i) => 0.5 * SD[0]![i]! + SD[1]![i]!)));
  });

  it('is grey, of all channels alike, where nobody published any, or for other channels', () => {
    for (const [kind, channels] of [['sd3', 16], ['flux', 16], ['sd', 9]] as const) {
      const share = 1 / Math.sqrt(channels);
      for (const channel of [0, channels - 1]) assert.deepEqual(preview(kind, channels, channel), [...bytes(share, share, share), ...bytes(0, 0, 0)]);
    }
  });
});
