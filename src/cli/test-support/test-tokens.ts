/** A bank of soft tokens for the test model of the icon family. */
import { float32Tensor, writeSafetensors } from '../../onnx';

const provenance = {
  version: 1, method: 'soft-tokens', name: 'crisp', model: { id: 'tiny-icon', sha256: 'a'.repeat(64) }, blocks: ['transformer_blocks.0'], time: 'none', options: {},
  dataset: { fingerprint: '', pictures: 0, captions: 0 }, revision: null, steps: 1, validationLoss: null, easel: '0',
};

/** Two tokens in one layer, large enough to be seen in any picture. */
export function writeTestTokens(path: string): Promise<void> {
  const tokens = float32Tensor(Float32Array.from({ length: 128 }, (_, i) => 3 * Math.sin(i)), [1, 2, 64]);
  return writeSafetensors(path, new Map([['tokens', tokens]]), { format: 'easel.soft-tokens', easel: JSON.stringify(provenance) });
}
