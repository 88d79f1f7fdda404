/**
 * A denoiser whose graph takes the whole step: guidance and the scheduler's sum behind the network, so that its latents go from
 * run to run without leaving the device. The graph can still be asked for its own answer alone.
 *
 * Beside the denoiser's own inputs, `easel_step` holds the numbers of a step (`StepFactors`); the latents' input is float32 whatever
 * the network computes in, because sums over many steps lose too much in half floats. Outputs, behind the network's own:
 * `easel_next` `[rows, …]`, the next run's latents; `easel_shown` `[1, …]`, what a person or the decoder is to have;
 * `easel_magnitude`, the mean of |guided answer|, which is not finite if anything in the answer is not.
 */
import { GraphBuilder, OnnxError, type Model } from '../../onnx';
import { withFloatInput } from './float-input';

export const STEP_INPUT = 'easel_step';
export const NEXT_OUTPUT = 'easel_next';
export const SHOWN_OUTPUT = 'easel_shown';
export const MAGNITUDE_OUTPUT = 'easel_magnitude';

/** Of latents as the network sees them and of its guided answer: what makes `easel_next`, and what makes `easel_shown`. */
export interface StepFactors {
  readonly next: readonly [sample: number, output: number];
  readonly shown: readonly [sample: number, output: number];
  readonly guidanceScale: number;
}

/** The numbers as the graph takes them. */
export function packFactors({ next, shown, guidanceScale }: StepFactors): Float32Array {
  return Float32Array.of(...next, ...shown, guidanceScale);
}

/** The denoiser with its step. Throws `OnnxError` if the graph is not one that takes latents `[rows, channels, h, w]` and answers alike. */
export function withStep(model: Model): Model {
  const input = model.graph.inputs.find(({ name }) => ['sample', 'hidden_states', 'latent_model_input', 'latents'].includes(name));
  if (!input) throw new OnnxError(`no input of it is known to take latents: ${model.graph.inputs.map(({ name }) => name).join(', ')}`, { file: model.file });
  const builder = new GraphBuilder(withFloatInput(model, input.name), 'easel');
  const factors = builder.input(STEP_INPUT, 'float32', [5]);
  const factor = (place: number) => builder.slice(factors, 0, place, place + 1); // [1]: broadcasts over every shape
  const answer = builder.cast(model.graph.outputs[0]!.name, 'float32');
  // Rows are the prompt's and the empty prompt's, or the prompt's alone: then both are it, and guidance adds nothing.
  const conditional = builder.slice(answer, 0, 0, 1);
  const unconditional = builder.slice(answer, 0, -1, Number.MAX_SAFE_INTEGER);
  const guided = builder.add2(unconditional, builder.mul(factor(4), builder.sub(conditional, unconditional)));
  const sum = (sample: string, place: number, as: string) => builder.op('Add', [builder.mul(factor(place), sample), builder.mul(factor(place + 1), guided)], {}, { as });
  sum(input.name, 0, NEXT_OUTPUT);
  sum(builder.slice(input.name, 0, 0, 1), 2, SHOWN_OUTPUT);
  builder.op('ReduceMean', [builder.op('Abs', [guided])], { keepdims: 0 }, { as: MAGNITUDE_OUTPUT });
  return builder.finish([NEXT_OUTPUT, SHOWN_OUTPUT, MAGNITUDE_OUTPUT]);
}
