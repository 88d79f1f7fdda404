/**
 * One layer in integers: the activation is rounded to uint8 with a scale of its own at every run, multiplied with the int8
 * weights into int32, and scaled back. In standard operators, which ONNX Runtime fuses at load into the same kernels that
 * its own operators (DynamicQuantizeMatMul) name (measured: equal); layers that read one value share its rounding.
 */
import type { GraphBuilder } from '../builder.ts';
import type { Dim } from '../dim.ts';
import { codeOf, type DataType } from '../dtype.ts';
import type { WeightBits } from './weights.ts';
import type { Layer } from './layers.ts';
import { PixelRows } from './pixels.ts';

export class LayerWriter {
  private readonly pixels: PixelRows;

  constructor(private readonly b: GraphBuilder, private readonly bits: WeightBits) {
    this.pixels = new PixelRows(b);
  }

  /** Writes `layer` and returns the value that it makes; `as` names it. */
  write(layer: Layer, as?: string): string {
    const { b } = this;
    const dtype = b.dtypeOf(layer.input);
    const { values, scales } = layer.quantized(this.bits);
    const shape = b.shapeOf(layer.input);
    const [rounded, step, zero] = b.ops('DynamicQuantizeLinear', [b.cast(layer.input, 'float32')], 3) as [string, string, string];
    const rows = layer.window ? this.pixels.rows(rounded, shape, layer.window, zero) : rounded;
    const sums = b.op('MatMulInteger', [rows, b.constant(values, 'weights'), zero]);
    const scale = b.mul(step, b.constant(scales, 'scales'));
    let result = b.mul(b.cast(sums, 'float32'), scale);
    if (layer.bias !== undefined) result = b.add2(result, b.cast(layer.bias, 'float32'));
    if (layer.window) result = this.asPicture(result, layer, shape);
    return finished(b, result, dtype, as);
  }

  /** `[batch, output pixels, n]` to `[batch, n, height, width]`. */
  private asPicture(rows: string, layer: Layer, shape: readonly Dim[]): string {
    const { b } = this;
    const size = this.pixels.outputSize(layer.input, shape, layer.window!);
    return b.op('Reshape', [b.op('Transpose', [rows], { perm: [0, 2, 1] }), b.concat([b.int64([0, layer.n]), size], 0)]);
  }
}

/** The last node under the name that the graph expects, in its type. */
function finished(b: GraphBuilder, value: string, dtype: DataType, as?: string): string {
  if (dtype !== 'float32') return b.op('Cast', [value], { to: codeOf(dtype) }, { as });
  return as === undefined ? value : b.op('Identity', [value], {}, { as });
}
