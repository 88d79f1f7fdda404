/**
 * `scheduler_config.json`: every field that changes numbers, one schema per diffusers class with that class's own defaults
 * (diffusers 0.42, `__init__` of each scheduler). Unknown fields are dropped, as diffusers drops them.
 */
import { z } from 'zod';
import { SchedulerError } from './scheduler';

/** A field with its default, which an explicit `null` means too. */
function field<T extends z.ZodType>(type: T, fallback: NonNullable<z.output<T>>) {
  return type.nullish().transform((value) => (value ?? fallback) as NonNullable<z.output<T>>);
}
const flag = (fallback: boolean) => field(z.boolean(), fallback);
const number = (fallback: number) => field(z.number(), fallback);
const count = (fallback: number) => field(z.int().positive(), fallback);
const optionalNumber = z.number().nullish().transform((value) => value ?? null);

/** Tables have an entry for each, so a damaged number must not be a length. */
const base = { num_train_timesteps: field(z.int().positive().max(100_000), 1000) };

const beta = (start: number, end: number, schedule: 'linear' | 'scaled_linear') => ({
  ...base,
  beta_start: number(start),
  beta_end: number(end),
  beta_schedule: field(z.enum(['linear', 'scaled_linear', 'squaredcos_cap_v2', 'exp']), schedule),
  trained_betas: z.array(z.number()).min(1).nullish().transform((value) => value ?? null),
  rescale_betas_zero_snr: flag(false),
});
/** For classes that do not know zero terminal SNR and ignore it in a file. */
const noZeroSnr = { rescale_betas_zero_snr: z.unknown().optional().transform(() => false) };
const prediction = { prediction_type: field(z.enum(['epsilon', 'v_prediction', 'sample', 'original_sample', 'flow_prediction']), 'epsilon') };
const spacing = (fallback: 'leading' | 'linspace') => ({
  timestep_spacing: field(z.enum(['leading', 'linspace', 'trailing']), fallback),
  steps_offset: field(z.int(), 0),
});
const sigmaShape = {
  use_karras_sigmas: flag(false),
  use_exponential_sigmas: flag(false),
  use_beta_sigmas: flag(false),
  sigma_min: optionalNumber,
  sigma_max: optionalNumber,
};
const clipping = (fallback: boolean) => ({ clip_sample: flag(fallback), clip_sample_range: number(1) });
const thresholding = { thresholding: flag(false), dynamic_thresholding_ratio: number(0.995), sample_max_value: number(1) };
const finalSigma = { final_sigmas_type: field(z.enum(['zero', 'sigma_min']), 'zero') };
const dynamicShift = {
  use_dynamic_shifting: flag(false),
  base_shift: number(0.5),
  max_shift: number(1.15),
  base_image_seq_len: number(256),
  max_image_seq_len: number(4096),
  time_shift_type: field(z.enum(['exponential', 'linear']), 'exponential'),
  shift_terminal: optionalNumber,
};
const multistep = {
  ...beta(1e-4, 0.02, 'linear'), ...prediction, ...spacing('linspace'), ...sigmaShape, ...thresholding, ...finalSigma, ...dynamicShift,
  solver_order: field(z.int().min(1).max(3), 2),
  lower_order_final: flag(true),
  use_flow_sigmas: flag(false),
  flow_shift: number(1),
};
/** For classes whose last level is not configured. */
const lastLevel = (type: 'zero' | 'sigma_min') => ({ final_sigmas_type: z.unknown().optional().transform((): 'zero' | 'sigma_min' => type) });
// Names of other solvers that diffusers takes for these when a model's file was written for another class.
const dpmSolverType = field(z.enum(['midpoint', 'heun', 'logrho', 'bh1', 'bh2']), 'midpoint').transform((name) => (name === 'heun' ? 'heun' : 'midpoint'));
const dpmEnds = {
  // zod's number is finite, and this one is −Infinity in nearly every file.
  lambda_min_clipped: field(z.custom<number>((value) => typeof value === 'number' && !Number.isNaN(value), 'expected a number'), -Infinity),
  variance_type: z.string().nullish().transform((value) => value ?? null),
};
const flowMatch = { ...base, ...sigmaShape, ...dynamicShift, shift: number(1), invert_sigmas: flag(false), stochastic_sampling: flag(false) };
const consistency = {
  ...beta(0.00085, 0.012, 'scaled_linear'), ...prediction, ...clipping(false), ...thresholding,
  set_alpha_to_one: flag(true),
  original_inference_steps: count(50),
};

/** The schemas by diffusers class name. */
export const schemas = {
  DDIMScheduler: z.object({ ...beta(1e-4, 0.02, 'linear'), ...prediction, ...spacing('leading'), ...clipping(true), ...thresholding, set_alpha_to_one: flag(true) }),
  DDPMScheduler: z.object({ ...beta(1e-4, 0.02, 'linear'), ...prediction, ...spacing('leading'), ...clipping(true), ...thresholding, variance_type: field(z.string(), 'fixed_small') }),
  PNDMScheduler: z.object({ ...beta(1e-4, 0.02, 'linear'), ...noZeroSnr, ...prediction, ...spacing('leading'), skip_prk_steps: flag(false), set_alpha_to_one: flag(false) }),
  EulerDiscreteScheduler: z.object({
    ...beta(1e-4, 0.02, 'linear'), ...prediction, ...spacing('linspace'), ...sigmaShape, ...finalSigma,
    interpolation_type: field(z.enum(['linear', 'log_linear']), 'linear'),
    timestep_type: field(z.enum(['discrete', 'continuous']), 'discrete'),
  }),
  EulerAncestralDiscreteScheduler: z.object({ ...beta(1e-4, 0.02, 'linear'), ...prediction, ...spacing('linspace'), ...sigmaShape }),
  HeunDiscreteScheduler: z.object({ ...beta(0.00085, 0.012, 'linear'), ...noZeroSnr, ...prediction, ...spacing('linspace'), ...sigmaShape, ...clipping(false) }),
  DPMSolverMultistepScheduler: z.object({
    ...multistep,
    algorithm_type: field(z.enum(['dpmsolver', 'dpmsolver++', 'sde-dpmsolver', 'sde-dpmsolver++', 'deis']), 'dpmsolver++').transform((name) => (name === 'deis' ? 'dpmsolver++' : name)),
    solver_type: dpmSolverType,
    euler_at_final: flag(false),
    use_lu_lambdas: flag(false),
    ...dpmEnds,
  }),
  DPMSolverSinglestepScheduler: z.object({
    ...multistep, ...noZeroSnr,
    algorithm_type: field(z.enum(['dpmsolver', 'dpmsolver++', 'sde-dpmsolver++', 'deis']), 'dpmsolver++').transform((name) => (name === 'deis' ? 'dpmsolver++' : name)),
    solver_type: dpmSolverType,
    lower_order_final: flag(false),
    ...dpmEnds,
  }),
  DEISMultistepScheduler: z.object({
    ...multistep, ...noZeroSnr, ...lastLevel('sigma_min'),
    algorithm_type: field(z.enum(['deis', 'dpmsolver', 'dpmsolver++']), 'deis'),
    solver_type: field(z.enum(['logrho', 'midpoint', 'heun', 'bh1', 'bh2']), 'logrho'),
  }),
  LMSDiscreteScheduler: z.object({ ...beta(1e-4, 0.02, 'linear'), ...noZeroSnr, ...prediction, ...spacing('linspace'), ...sigmaShape }),
  KDPM2DiscreteScheduler: z.object({ ...beta(0.00085, 0.012, 'linear'), ...noZeroSnr, ...prediction, ...spacing('linspace'), ...sigmaShape }),
  KDPM2AncestralDiscreteScheduler: z.object({ ...beta(0.00085, 0.012, 'linear'), ...noZeroSnr, ...prediction, ...spacing('linspace'), ...sigmaShape }),
  DPMSolverSDEScheduler: z.object({
    ...beta(0.00085, 0.012, 'linear'), ...noZeroSnr, ...prediction, ...spacing('linspace'), ...sigmaShape,
    noise_sampler_seed: z.int().nonnegative().nullish().transform((value) => value ?? null),
  }),
  UniPCMultistepScheduler: z.object({
    ...multistep,
    solver_type: field(z.enum(['bh1', 'bh2', 'midpoint', 'heun', 'logrho']), 'bh2').transform((name) => (name === 'bh1' ? 'bh1' : 'bh2')),
    predict_x0: flag(true),
    disable_corrector: field(z.array(z.int()), []),
    solver_p: z.null().optional(),
  }),
  LCMScheduler: z.object({ ...consistency, timestep_scaling: number(10) }),
  TCDScheduler: z.object(consistency),
  FlowMatchEulerDiscreteScheduler: z.object(flowMatch),
  FlowMatchHeunDiscreteScheduler: z.object(flowMatch),
  FlowMatchLCMScheduler: z.object({ ...flowMatch, scale_factors: z.array(z.number()).nullish().transform((value) => value ?? []) }),
};

export type ClassName = keyof typeof schemas;
export type ConfigOf<C extends ClassName> = z.output<(typeof schemas)[C]>;
/** What every class that is trained with β has. */
export type BetaConfig = z.output<z.ZodObject<ReturnType<typeof beta>>>;
export type SpacingConfig = BetaConfig & z.output<z.ZodObject<ReturnType<typeof spacing>>>;
export type SigmaShapeConfig = z.output<z.ZodObject<typeof sigmaShape>>;
export type ThresholdConfig = z.output<z.ZodObject<typeof thresholding>>;
export type DynamicShiftConfig = z.output<z.ZodObject<typeof dynamicShift>>;
export type FlowMatchConfig = ConfigOf<'FlowMatchEulerDiscreteScheduler'>;
export type PredictionType = z.output<typeof prediction.prediction_type>;

/** Reads a class's fields. Throws `SchedulerError` naming the field that is wrong. */
export function readFields<C extends ClassName>(className: C, raw: Record<string, unknown>): ConfigOf<C> {
  return parsed<unknown>(className, schemas[className], raw) as ConfigOf<C>;
}

function parsed<Fields>(className: ClassName, schema: z.ZodType<Fields>, raw: Record<string, unknown>): Fields {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new SchedulerError(`scheduler_config.json: ${issue?.path.join('.') ?? '?'} of ${className} is ${show(raw[String(issue?.path[0])])}: ${issue?.message ?? 'not understood'}; correct the file or choose a sampler that does not read it`);
}

function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
