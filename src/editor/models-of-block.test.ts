import assert from 'node:assert/strict';
import { cellCount, DEFAULT_MODEL, effectiveSettings } from '../prompt';
import { parseT2i } from '../prompt/test-support';
import { modelsOf } from './models-of-block';

const block = (text: string) => parseT2i(text).blocks[0]!;

describe('the models of a block', () => {
  it('are those of all its cells, each once', () => {
    for (const [text, ...models] of [
      ['heart', DEFAULT_MODEL],
      ['---\nmodel: front\n---\nheart', 'front'],
      ['---\nmodel: front\n---\nheart\nSteps: 4, Model: own, Seed: 1', 'own'],
      ['---\nmodel: front\n---\nheart\nmatrix: {model: [b, a, b], cfg: [1, 2]}\nSteps: 4, Model: own, Seed: 1', 'b', 'a'],
      ['heart\nmatrix: {cfg: [1, 2]}\nSteps: 4, Model: own, Seed: 1', 'own'],
      // Said twice, the last counts.
      ['heart\nmatrix: {model: [a, b], Model: [c]}', 'c'],
    ] as const) {
      assert.deepEqual(modelsOf(block(text)), models, text);
      const cells = Array.from({ length: cellCount(block(text).matrix) }, (_, cell) => effectiveSettings(block(text), cell).model ?? DEFAULT_MODEL);
      assert.deepEqual(new Set(cells), new Set(models), text);
    }
  });
});
