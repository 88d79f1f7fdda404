/**
 * A UNet for sides that do not halve evenly on its way down. diffusers then tells every upsampler the size of what its answer is
 * joined with (`forward_upsample_size` in `UNet2DConditionModel.forward`); exporters trace the other way, where each side doubles
 * whatever it is joined with, and the graph fails there.
 */
import { GraphBuilder, producersOf, tensorNumbers, type Model, type Node, type Tensor } from '../../onnx';
import { constantValue } from './constant-value';

/** What may stand between an upsampler and the place where it is joined: its convolution, and a converter's casts. */
const BETWEEN = ['Conv', 'Cast', 'Identity'];

/** The model with upsamplers that give what they are joined with its size; itself if it has none. Sides that halve evenly come out as before. */
export function withUnevenSides(model: Model): Model {
  const joints = jointsIn(model);
  if (joints.length === 0) return model;
  const b = new GraphBuilder(model, 'sides');
  for (const { upsampler, skip } of joints) {
    const [x, roi = ''] = upsampler.inputs as [string, string?];
    // Read at run time: shape inference has it that everything doubles.
    const sizes = b.concat([b.slice(b.op('Shape', [x]), 0, 0, 2), b.slice(b.op('Shape', [skip]), 0, 2, 4)], 0);
    b.add({ ...upsampler, inputs: [x, roi, '', sizes] });
  }
  return b.replace(new Set(joints.map(({ upsampler }) => upsampler)));
}

interface Joint {
  readonly upsampler: Node;
  /** What the upsampler's answer is joined with, channel by channel. */
  readonly skip: string;
}

function jointsIn(model: Model): Joint[] {
  const { graph } = model;
  const makers = producersOf(graph.nodes);
  const constantOf = (name: string): Tensor | undefined => {
    const maker = makers.get(name);
    return maker?.opType === 'Cast' ? constantOf(maker.inputs[0]!) : constantValue(model, makers, name);
  };
  const doubles = (scales = ''): boolean => {
    const tensor = constantOf(scales);
    return tensor !== undefined && Array.from(tensorNumbers(tensor)).join() === '1,1,2,2';
  };
  const skipOf = (value: string): string | undefined => {
    const [reader, ...others] = graph.nodes.filter(({ inputs }) => inputs.includes(value));
    if (!reader || others.length > 0) return undefined;
    if (BETWEEN.includes(reader.opType)) return skipOf(reader.outputs[0]!);
    return reader.opType === 'Concat' ? reader.inputs.find((input) => input !== value) : undefined;
  };
  return graph.nodes.flatMap((upsampler) => {
    const skip = upsampler.opType === 'Resize' && doubles(upsampler.inputs[2]) ? skipOf(upsampler.outputs[0]!) : undefined;
    return skip === undefined ? [] : [{ upsampler, skip }];
  });
}
