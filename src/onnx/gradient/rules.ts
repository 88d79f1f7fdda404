/**
 * The table: one gradient rule per operator. A rule gets the output's gradient and the values of the forward pass and
 * writes the inputs' gradients (rule.ts). The walker (differentiate.ts) does everything else: order, accumulation,
 * broadcasting, pruning. Operators without a smooth slope anywhere are in `flat`: they pass nothing on.
 */
import { convolutionGradients } from './convolution.ts';
import { elementwiseGradients } from './elementwise.ts';
import { layoutGradients } from './layout.ts';
import { normalizationGradients } from './normalization.ts';
import { productGradients } from './products.ts';
import { reductionGradients } from './reductions.ts';
import { resizeGradients } from './resize.ts';
import type { Rule } from './rule.ts';

/** By operator; `Cast` and `CastLike` are the walker's, which knows what type a gradient has. */
export const gradientRules = new Map<string, Rule>(Object.entries({
  ...elementwiseGradients, ...layoutGradients, ...reductionGradients, ...normalizationGradients,
  ...productGradients, ...convolutionGradients, ...resizeGradients,
}));

/** Piecewise constant, integer or boolean results: the gradient is zero wherever there is one. */
export const flat = new Set([
  'ArgMax', 'ArgMin', 'Ceil', 'Constant', 'ConstantOfShape', 'Equal', 'EyeLike', 'Floor', 'Greater', 'GreaterOrEqual', 'Hardmax', 'IsInf', 'IsNaN',
  'Less', 'LessOrEqual', 'NonZero', 'Not', 'RandomNormalLike', 'RandomUniformLike', 'Range', 'Round', 'Shape', 'Sign', 'Size',
]);

/** Operators that will not get a rule, with the reason. */
export const refusals = new Map<string, string>([
  ['If', 'no gradient through If with a condition that is only known at run time'],
  ...['Loop', 'Scan', 'SequenceMap'].map((op) => [op, `no gradient through ${op}: export the model with the loop unrolled`] as const),
  ...['RNN', 'LSTM', 'GRU'].map((op) => [op, `no gradient for ${op}: export the model with the recurrence unrolled`] as const),
  ...['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'QLinearConv', 'QLinearMatMul', 'ConvInteger', 'MatMulInteger', 'com.microsoft.MatMulNBits']
    .map((op) => [op, `no gradient through ${op}: take the model before it was quantized`] as const),
  ...['GroupNorm', 'SkipGroupNorm', 'NhwcConv', 'PackedAttention', 'PackedMultiHeadAttention', 'GroupQueryAttention', 'DecoderMaskedMultiHeadAttention', 'RelativePositionBias', 'GatedRelativePositionBias']
    .map((op) => [`com.microsoft.${op}`, `no gradient for ${op}: take the model before it was optimised for a device`] as const),
]);
