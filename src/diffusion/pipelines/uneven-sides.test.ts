import assert from 'node:assert/strict';
import { node, tinyModel, value } from '../../../test/support/tiny-graph';
import { encodeModel, numberTensor, type Attribute, type Model } from '../../onnx';
import { openSession, tensor } from '../../runtime';
import { withUnevenSides } from './uneven-sides';

const ints = (...values: number[]): Attribute => ({ type: 'ints', value: values.map(BigInt) });
const text = (word: string): Attribute => ({ type: 'string', value: word });
/** Halves its sides (rounded up), doubles them again and joins the two. */
function unet({ scales = [1, 1, 2, 2], between = false, reads = 'scales' } = {}): Model {
  const nearest = new Map<string, Attribute>([['mode', text('nearest')], ['coordinate_transformation_mode', text('asymmetric')], ['nearest_mode', text('floor')]]);
  return tinyModel({
    inputs: [value('x', 'float32', [1, 1, 'h', 'w'])], outputs: [value('y', 'float32', [1, 2, 'h', 'w'])],
    initializers: new Map([['scales', numberTensor('float32', scales, [4])], ['one', numberTensor('float32', [1], [1, 1, 1, 1])]]),
    nodes: [
      node('MaxPool', ['x'], ['half'], { attributes: new Map([['kernel_shape', ints(1, 1)], ['strides', ints(2, 2)]]) }),
      node('Identity', ['scales'], ['made']), node('Resize', ['half', '', reads], ['double'], { attributes: nearest }),
      ...(between ? [node('Conv', ['double', 'one'], ['convolved'])] : []), node('Concat', [between ? 'convolved' : 'double', 'x'], ['y'], { attributes: new Map([['axis', { type: 'int', value: 1n }]]) }),
    ],
  });
}

async function answer(model: Model, height: number, width: number): Promise<number[]> {
  const session = await openSession('/nowhere/model.onnx', { threads: 1, graph: encodeModel(model) });
  const x = tensor(Float32Array.from({ length: height * width }, (_, i) => i), [1, 1, height, width]);
  const { y } = await session.run({ x }).finally(() => session.release());
  return [...y!.data as Float32Array].slice(0, height * width);
}

describe('a UNet for uneven sides', () => {
  for (const between of [false, true]) {
    it(`gives what is doubled the size of what it is joined with${between ? ', behind its convolution' : ''}`, async () => {
      const own = unet({ between });
      await assert.rejects(answer(own, 3, 5), 'which as it is fails');
      const model = withUnevenSides(own);
      assert.deepEqual(await answer(model, 3, 5), [0, 0, 2, 2, 4, 0, 0, 2, 2, 4, 10, 10, 12, 12, 14]);
      assert.deepEqual(await answer(model, 4, 2), await answer(own, 4, 2), 'even sides come out as before');
    });
  }

  it('is itself where nothing is doubled by a constant, or joined', () => {
    for (const own of [unet({ scales: [1, 1, 3, 3] }), unet({ reads: 'made' })]) assert.equal(withUnevenSides(own), own);
    const { graph, ...rest } = unet();
    for (const reader of [node('Relu', ['double'], ['y']), node('Add', ['double', 'x'], ['y'])]) {
      const other: Model = { ...rest, graph: { ...graph, nodes: graph.nodes.map((each) => (each.opType === 'Concat' ? reader : each)) } };
      assert.equal(withUnevenSides(other), other);
    }
  });
});
