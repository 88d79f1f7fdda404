import assert from 'node:assert/strict';
import { node, tinyModel, value } from '../../../test/support/tiny-graph';
import { numberTensor, producersOf, type Attribute } from '../../onnx';
import { constantValue } from './constant-value';

describe('a value that may be constant', () => {
  const [stored, inline] = [numberTensor('float32', [1], []), numberTensor('float32', [2], [])];
  const model = tinyModel({
    inputs: [value('x', 'float32', [])], outputs: [value('sum', 'float32', [])], initializers: new Map([['stored', stored]]),
    nodes: [
      node('Constant', [], ['inline'], { attributes: new Map<string, Attribute>([['value', { type: 'tensor', value: inline }]]) }), node('Constant', [], ['number'], { attributes: new Map<string, Attribute>([['value_float', { type: 'float', value: 3 }]]) }),
      node('Neg', ['stored'], ['computed']), node('ConstantOfShape', ['shape'], ['filled'], { attributes: new Map<string, Attribute>([['value', { type: 'tensor', value: inline }]]) }),
      node('Sum', ['x', 'inline', 'computed', 'number'], ['sum']),
    ],
  });

  it('is an initializer or a node of its own; what is fed or computed is none', () => {
    const found = ['stored', 'inline', 'number', 'computed', 'filled', 'x', ''].map((name) => constantValue(model, producersOf(model.graph.nodes), name));
    assert.deepEqual(found, [stored, inline, ...Array.from({ length: 5 }, () => undefined)]);
  });
});
