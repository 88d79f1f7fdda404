/** Small banks of soft tokens for tests. */
import { writeSoftTokens, type SoftTokenProvenance } from '../soft-token-file';
import type { SoftTokens } from '../soft-tokens';

/** Of the icon family's test model: two tokens in one layer, large enough to be seen in any picture. */
const PROVENANCE: SoftTokenProvenance = {
  version: 1, method: 'soft-tokens', name: 'crisp', model: { id: 'tiny-icon', sha256: 'a'.repeat(64) }, blocks: ['transformer_blocks.0'], time: 'none',
  options: {}, dataset: { fingerprint: '', pictures: 0, captions: 0 }, revision: null, steps: 1, validationLoss: null, easel: '0',
};

/** One layer of tokens `width` numbers wide. */
export function testTokens({ count = 2, width = 64, value = (i: number) => 3 * Math.sin(i) } = {}): SoftTokens {
  return { layers: 1, count, width, tokens: Float32Array.from({ length: count * width }, (_, i) => value(i)), time: 'none', timeTable: new Float32Array() };
}

export function writeTestTokens(path: string, { soft = testTokens(), ...provenance }: Partial<SoftTokenProvenance> & { soft?: SoftTokens } = {}): Promise<void> {
  return writeSoftTokens(path, { soft, provenance: { ...PROVENANCE, ...provenance } });
}
