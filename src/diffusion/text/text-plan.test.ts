import assert from 'node:assert/strict';
import type { Session, Tensor } from '../../runtime';
import type { Tokenizer } from '../../tokenizer';
import { encodeText, knownTexts, type TextModel } from './encode-text';
import { TextEncoder } from './text-encoder';
import { planText } from './text-plan';

/** A tokenizer of letters and an "encoder" whose embedding of a letter is its number: what was read can be read back. */
function alphabet(runs: string[]): TextModel {
  const tokenizer = {
    kind: 'clip', maxLength: 6, bosId: null, eosId: null, padId: 0,
    encode: (text: string) => [...text.replaceAll(' ', '')].map((letter) => letter.charCodeAt(0) - 96),
  } as unknown as Tokenizer;
  const info = { name: 'input_ids', dtype: 'int64', shape: ['b', 6] } as const;
  const session: Session = {
    file: 'alphabet.onnx', runtime: 'none',
    inputs: new Map([['input_ids', info]]),
    outputs: new Map(['last_hidden_state', 'pooled_output'].map((name) => [name, { name, dtype: 'float32', shape: [] } as const])),
    run: async (feeds) => {
      const ids = [...(feeds['input_ids']!.data as BigInt64Array)].map(Number);
      runs.push(ids.filter(Boolean).map((id) => String.fromCharCode(id + 96)).join(''));
      const pooled: Tensor = { dtype: 'float32', dims: [1, 2], data: Float32Array.of(3, ids.reduce((a, b) => a + b)) };
      return { last_hidden_state: { dtype: 'float32', dims: [1, 6, 1], data: Float32Array.from(ids) }, pooled_output: pooled };
    },
    release: async () => undefined,
  };
  return { kind: 'icon', encoders: [new TextEncoder('text_encoder', tokenizer, session)], width: undefined, zerosForNone: false, known: knownTexts() };
}

const settings = { promptSyntax: 'a1111', longPrompt: 'chunk', clipSkip: 1 } as const;

describe('a text plan', () => {
  let runs: string[];
  let model: TextModel;
  const read = (hidden: Float32Array) => [...hidden].filter((id) => id !== 0).map((id) => String.fromCharCode(id + 96)).join('');
  beforeEach(() => {
    runs = [];
    model = alphabet(runs);
  });

  it('holds one text for all calls where nothing is scheduled', async () => {
    const plan = await planText(model, 'abc', 'prompt', settings, 4);
    assert.deepEqual([0, 1, 2, 3, 9].map((call) => read(plan.at(call).hidden)), ['abc', 'abc', 'abc', 'abc', 'abc']);
    assert.equal(runs.length, 1);
  });

  it('changes texts when A1111 does: a number names the last call that still has the old one', async () => {
    const plan = await planText(model, '[a:b:0.5]', 'prompt', settings, 4);
    assert.deepEqual([0, 1, 2, 3].map((call) => read(plan.at(call).hidden)), ['a', 'a', 'a', 'b']);
  });

  it('reads each text once, however often it comes', async () => {
    await planText(model, '[a|b]', 'prompt', settings, 8);
    await planText(model, 'a', 'negative prompt', settings, 8);
    assert.deepEqual(runs.sort(), ['a', 'b']);
  });

  it('takes brackets as they are in plain syntax', async () => {
    const plan = await planText(model, 'ab', 'prompt', { ...settings, promptSyntax: 'plain' }, 4);
    assert.equal(read(plan.at(3).hidden), 'ab');
    assert.equal(plan.emphasis, null);
  });

  it('scales a weighted token, and moves the pooled vector along it', async () => {
    const { encoding, emphasis } = await encodeText(model, 'a(b:1.5)', 'prompt', settings);
    assert.deepEqual([...encoding.hidden].slice(0, 3), [1, 3, 0]);
    // p = (3, 3); without b it is (3, 1): p + 0.5 (p − that) = (3, 4), brought back to the length of p.
    const scale = Math.hypot(3, 3) / 5;
    assert.ok(Math.abs(encoding.pooled![0]! - 3 * scale) < 1e-5 && Math.abs(encoding.pooled![1]! - 4 * scale) < 1e-5);
    assert.equal(emphasis, 'tokens scaled; pooled vector moved');
  });

  it('reads a text once for all drawings with the same settings', async () => {
    const runs: string[] = [];
    const model = alphabet(runs);
    const once = await encodeText(model, 'abc', 'prompt', settings);
    assert.equal(await encodeText(model, 'abc', 'prompt', { ...settings }), once);
    assert.notEqual(await encodeText(model, 'abc', 'prompt', { ...settings, longPrompt: 'truncate' }), once);
    assert.notEqual(await encodeText(model, 'abc', 'prompt', { ...settings, promptSyntax: 'plain' }), once);
    assert.notEqual(await encodeText(model, 'abc', 'negative prompt', settings), once);
    assert.deepEqual(runs, ['abc']); // the others read other settings of the same tokens
  });

  it('hides padding by the attention bias', async () => {
    const { encoding } = await encodeText(model, 'abc', 'prompt', settings);
    assert.deepEqual([...encoding.attentionBias!], [0, 0, 0, -1e4, -1e4, -1e4]);
  });

  it('tells what one text of several lost', async () => {
    const plan = await planText({ ...model, kind: 'flux', encoders: [model.encoders[0], model.encoders[0]] }, 'abcdefgh', 'prompt', { ...settings, longPrompt: 'truncate' }, 2);
    assert.match(plan.notes[0]!, /8 tokens and text_encoder reads 6: the last 2 were left out/);
  });
});
