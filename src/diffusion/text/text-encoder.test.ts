import assert from 'node:assert/strict';
import type { Session, Tensor, ValueInfo } from '../../runtime';
import type { Tokenizer } from '../../tokenizer';
import { TextEncoder } from './text-encoder';

const tokenizer = { kind: 't5', maxLength: 512, bosId: null, eosId: 1, padId: 0, encode: (text: string) => [...text].map((letter) => letter.charCodeAt(0)) } as unknown as Tokenizer;
const integers = (name: string, length: number | string): ValueInfo => ({ name, dtype: 'int64', shape: ['batch', length] });

/** An encoder that gives its mask back as its hidden states. */
function encoder(length: number | string, hidesPadding?: boolean): TextEncoder {
  const session: Session = {
    file: 'mask.onnx', runtime: 'none',
    inputs: new Map(['input_ids', 'attention_mask'].map((name) => [name, integers(name, length)])),
    outputs: new Map([['last_hidden_state', { name: 'last_hidden_state', dtype: 'float32', shape: [] }]]),
    run: async ({ attention_mask }): Promise<Record<string, Tensor>> => ({ last_hidden_state: { dtype: 'float32', dims: attention_mask!.dims, data: Float32Array.from(attention_mask!.data as BigInt64Array, Number) } }),
    release: async () => undefined,
  };
  return new TextEncoder('text_encoder', tokenizer, session, hidesPadding);
}

describe('a text encoder', () => {
  const mask = async (hidesPadding?: boolean) => {
    const asked = encoder('sequence', hidesPadding);
    const { chunks } = asked.chunks([[{ text: 'ab', weight: 1 }]], { length: 5, longPrompt: 'truncate' });
    return [...(await asked.encode(chunks, 'last'))[0]!.hidden];
  };

  it('looks away from padding, or at every token as diffusers has it', async () => {
    assert.deepEqual(await mask(), [1, 1, 1, 0, 0]);
    assert.deepEqual(await mask(false), [1, 1, 1, 1, 1]);
  });

  it('reads as many tokens as its graph fixes, whatever its pipeline wants', () => {
    assert.deepEqual([encoder(77).lengthOf(256), encoder('sequence').lengthOf(256), encoder('sequence').lengthOf()], [77, 256, 512]);
  });
});
