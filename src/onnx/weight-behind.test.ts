import assert from 'node:assert/strict';
import { node } from '../../test/support/tiny-graph';
import { int64Tensor, numberTensor, producersOf, weightBehind, type Attribute } from './index.ts';

describe('the weight behind a value', () => {
  const weight = numberTensor('float16', [1, 2, 3, 4, 5, 6], [2, 3]);
  const initializers = new Map([['w', weight], ['shape', int64Tensor([2, 3])]]);
  const perm = (...axes: number[]) => ({ attributes: new Map<string, Attribute>([['perm', { type: 'ints', value: axes.map(BigInt) }]]) });
  const constant = { attributes: new Map<string, Attribute>([['value', { type: 'tensor', value: weight }]]) };
  const nodes = [
    node('Cast', ['w'], ['cast']), node('Transpose', ['cast'], ['turned']), node('Identity', ['turned'], ['same']), node('Transpose', ['same'], ['back'], perm(1, 0)),
    node('Constant', [], ['c'], constant), node('Transpose', ['c'], ['c turned'], perm(1, 0)),
    node('Transpose', ['w'], ['kept'], perm(0, 1)), node('Relu', ['w'], ['changed']), node('Cast', ['changed'], ['changed cast']), node('Identity', ['shape'], ['a shape']),
  ];
  const behind = (value: string) => {
    const found = weightBehind(value, { initializers }, producersOf(nodes));
    return found && [found.name, found.tensor === weight, found.transposed];
  };

  it('is found through casts and transpositions', () => {
    assert.deepEqual(['w', 'cast', 'turned', 'same', 'back'].map(behind), [['w', true, false], ['w', true, false], ['w', true, true], ['w', true, true], ['w', true, false]]);
    assert.deepEqual(['c', 'c turned'].map(behind), [['c', true, false], ['c', true, true]]);
  });

  it('is none where something else is done on the way, or no float tensor begins it', () => {
    assert.deepEqual(['kept', 'changed', 'changed cast', 'a shape', 'x', ''].map(behind), Array(6).fill(undefined));
  });
});
