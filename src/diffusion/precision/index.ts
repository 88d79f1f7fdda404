/**
 * Copies of a model in another precision, made on the machine that will draw with them: which layers may be rounded is
 * found by drawing, how far pictures move and how much time is saved is measured, and what is not better is not written.
 */
export { PRECISIONS, type Precision } from './folder-at-precision';
export { quantizeModel, type QuantizeOptions, type QuantizeResult } from './quantize-model';
