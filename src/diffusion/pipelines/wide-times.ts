/**
 * A timestep's embedding in float32 within a graph of half floats. diffusers computes it so whatever the network's type; a converter
 * of whole graphs (Olive's OnnxFloatToFloat16) makes half floats of the timestep and of the frequencies too, and then of sines of up
 * to 1000, whose neighbours are 0.5 apart there. Measured against diffusers in float32: recipes/conformance/README.md.
 */
import { elementCount, GraphBuilder, numberTensor, producersOf, tensorNumbers, type Model, type Node, type Tensor } from '../../onnx';
import { codeOf } from '../../onnx/dtype';
import { constantValue } from './constant-value';
import { withFloatInput } from './float-input';

/** Flux's guidance is embedded as a time is. */
const TIMES = ['timestep', 'guidance'];
/** Operators that give a timestep another shape, or another type, and no other value. */
const SHAPING = ['Unsqueeze', 'Reshape', 'Expand', 'Cast', 'Identity'];

/** The model with sin and cos of (time × frequencies) in float32, and a timestep that comes in so; itself if there are none in half floats. */
export function wideTimes(model: Model): Model {
  if (wavesIn(model).length === 0) return model;
  const halves = model.graph.inputs.filter(({ name, dtype }) => TIMES.includes(name) && dtype === 'float16');
  const wide = halves.reduce((changed, { name }) => withFloatInput(changed, name), model);
  const found = wavesIn(wide);
  const makers = producersOf(wide.graph.nodes);
  const b = new GraphBuilder(wide, 'time');
  const inSingle = (value: string): string => reshaped(value) ?? b.cast(value, 'float32');
  const reshaped = (value: string): string | undefined => {
    const maker = makers.get(value);
    if (TIMES.includes(value)) return b.dtypeOf(value) === 'float32' ? value : undefined;
    if (maker?.opType === 'Mul') return scaled(maker.inputs[0]!, maker.inputs[1]!) ?? scaled(maker.inputs[1]!, maker.inputs[0]!);
    if (!maker || !SHAPING.includes(maker.opType)) return undefined;
    const from = reshaped(maker.inputs[0]!);
    if (from === undefined || maker.opType === 'Cast' || maker.opType === 'Identity') return from;
    const output = b.fresh(`${value}_float32`);
    b.add({ ...maker, name: output, inputs: [from, ...maker.inputs.slice(1)], outputs: [output] });
    return output;
  };
  /** Flux counts its times from 0 to 1 and embeds a thousandfold. */
  const scaled = (value: string, by: string): string | undefined => {
    const factor = constantValue(wide, makers, by);
    const from = factor && elementCount(factor.dims) === 1 ? reshaped(value) : undefined;
    return from === undefined ? undefined : b.scale(from, tensorNumbers(factor!)[0]!);
  };
  for (const { wave, time, frequencies } of found) {
    const angle = b.mul(inSingle(time), b.constant(frequencies, 'frequencies'));
    b.op('Cast', [b.op(wave.opType, [angle])], { to: codeOf('float16') }, { as: wave.outputs[0] });
  }
  return b.replace(new Set(found.map(({ wave }) => wave)));
}

function wavesIn(model: Model): { wave: Node; time: string; frequencies: Tensor }[] {
  const makers = producersOf(model.graph.nodes);
  return model.graph.nodes.flatMap((wave) => {
    const product = wave.opType === 'Sin' || wave.opType === 'Cos' ? makers.get(wave.inputs[0]!) : undefined;
    if (product?.opType !== 'Mul') return [];
    const [a, b] = product.inputs as [string, string];
    return [[a, b] as const, [b, a] as const].flatMap(([time, other]) => {
      const tensor = constantValue(model, makers, other);
      const frequencies = tensor?.dtype === 'float16' ? unrounded(tensorNumbers(tensor)) : undefined;
      return frequencies ? [{ wave, time, frequencies: numberTensor('float32', frequencies, tensor!.dims) }] : [];
    });
  });
}

/** diffusers' frequencies, 10000^(−i / (n − shift)), if half floats of them are these. */
function unrounded(halves: ArrayLike<number>): number[] | undefined {
  const n = halves.length;
  if (n < 4) return undefined;
  return [0, 1].map((shift) => Array.from({ length: n }, (_, i) => Math.fround(Math.exp((-Math.log(10_000) * i) / (n - shift)))))
    .find((exact) => exact.every((frequency, i) => Math.abs(halves[i]! - frequency) <= frequency * 2 ** -11 + 2 ** -24));
}
