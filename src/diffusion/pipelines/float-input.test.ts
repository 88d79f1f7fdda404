import assert from 'node:assert/strict';
import { node, tinyModel, value } from '../../../test/support/tiny-graph';
import { withFloatInput } from './float-input';

const model = (dtype: 'float16' | 'float32') => tinyModel({
  inputs: [value('x', dtype, ['n', 2]), value('other', 'float16', ['n', 2])], outputs: [value('y', dtype, ['n', 2])],
  nodes: [node('Add', ['x', 'x'], ['twice']), node('Mul', ['twice', 'other'], ['y'])],
});

describe('an input in float32', () => {
  it('is cast to what the network computes in, before anything reads it', () => {
    const { inputs, nodes, outputs } = withFloatInput(model('float16'), 'x').graph;
    assert.deepEqual(inputs, [value('x', 'float32', ['n', 2]), value('other', 'float16', ['n', 2])]);
    assert.deepEqual(nodes.map(({ opType, inputs: read, outputs: made }) => [opType, ...read, ...made]), [['Cast', 'x', 'x_float16'], ['Add', 'x_float16', 'x_float16', 'twice'], ['Mul', 'twice', 'other', 'y']]);
    assert.deepEqual(nodes[0]!.attributes.get('to'), { type: 'int', value: 10n });
    assert.deepEqual(outputs, [value('y', 'float16', ['n', 2])]);
  });

  it('is left alone where it is one already', () => {
    const own = model('float32');
    assert.equal(withFloatInput(own, 'x'), own);
  });
});
