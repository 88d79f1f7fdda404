import assert from 'node:assert/strict';
import type { Session, Tensor } from '../../runtime';
import type { Tokenizer } from '../../tokenizer';
import { encodeText, knownTexts, type TextModel } from './encode-text';
import { TextEncoder } from './text-encoder';

/** A CLIP of six letters whose embedding of a letter is its place in the alphabet. `counts` says how many tokens it makes of one. */
function clip(name: string, counts: (letter: string) => number): TextEncoder {
  const tokenizer = {
    kind: 'clip', maxLength: 6, bosId: null, eosId: null, padId: 0,
    encode: (text: string) => [...text.replaceAll(' ', '')].flatMap((letter) => Array.from({ length: counts(letter) }, () => letter.charCodeAt(0) - 96)),
  } as unknown as Tokenizer;
  const session: Session = {
    file: `${name}.onnx`, runtime: 'none',
    inputs: new Map([['input_ids', { name: 'input_ids', dtype: 'int64', shape: ['b', 6] }]]),
    outputs: new Map(['hidden_states.0', 'hidden_states.1', 'text_embeds'].map((output) => [output, { name: output, dtype: 'float32', shape: [] }])),
    run: async ({ input_ids }): Promise<Record<string, Tensor>> => {
      const ids = Float32Array.from(input_ids!.data as BigInt64Array, Number);
      return { 'hidden_states.0': { dtype: 'float32', dims: [1, 6, 1], data: ids }, text_embeds: { dtype: 'float32', dims: [1, 1], data: Float32Array.of(1) } };
    },
    release: async () => undefined,
  };
  return new TextEncoder(name, tokenizer, session);
}

/** As SDXL's, whose second tokenizer has "!" for itself: here it is "z" that counts twice. */
const sdxl = (): TextModel => ({
  kind: 'sdxl', encoders: [clip('text_encoder', () => 1), clip('text_encoder_2', (letter) => (letter === 'z' ? 2 : 1))],
  width: undefined, zerosForNone: false, known: knownTexts(),
});

describe('a text for two encoders', () => {
  const read = async (text: string) => {
    const { encoding } = await encodeText(sdxl(), text, 'prompt', { promptSyntax: 'a1111', longPrompt: 'chunk', clipSkip: 1 });
    const column = (side: number) => Array.from({ length: encoding.tokens }, (_, token) => encoding.hidden[token * encoding.width + side]);
    return [column(0), column(1)];
  };

  it('may fill a chunk more in one of them, and the other gets an empty one', async () => {
    assert.deepEqual(await read('aaaaz'), [
      [1, 1, 1, 1, 26, 0],
      [1, 1, 1, 1, 26, 26],
    ]);
    assert.deepEqual(await read('aaaaaz BREAK b'), [
      [1, 1, 1, 1, 1, 26, /**/ 0, 0, 0, 0, 0, 0, /**/ 2, 0, 0, 0, 0, 0],
      [1, 1, 1, 1, 1, 26, /**/ 26, 0, 0, 0, 0, 0, /**/ 2, 0, 0, 0, 0, 0],
    ]);
  });

  it('is refused where more layers are to be skipped than they have', async () => {
    await assert.rejects(encodeText(sdxl(), 'a', 'prompt', { promptSyntax: 'a1111', longPrompt: 'chunk', clipSkip: 3 }), /text_encoder of this model has 1 layers, too few for this Clip skip/);
  });

  it('loses what the notes say, and they say nothing of texts that are read for its weights alone', async () => {
    const { notes } = await encodeText(sdxl(), 'aaaaaaa(b:1.5)', 'prompt', { promptSyntax: 'a1111', longPrompt: 'truncate', clipSkip: 1 });
    assert.deepEqual(notes, ['text_encoder', 'text_encoder_2'].map((name) => `the prompt has 8 tokens and ${name} reads 6: the last 2 were left out`));
  });
});
