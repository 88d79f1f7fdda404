/**
 * Training: a run of many steps over a folder of captioned pictures, and the file that comes of it. A step is one ONNX
 * graph (denoiser with places for tokens, error matrix, loss, gradients); everything around it is plain arithmetic on a
 * few arrays. A run is a folder that can be gone on with after a crash, to the same bits: randomness has no state, and a
 * checkpoint holds all that has one. The backbone is never changed.
 */
export { TrainingError } from './error';
export { SoftTokenTrainer } from './soft-tokens';
export type { BoundaryRun, TrainerOptions, TrainHooks, TrainOutcome } from './trainer';
