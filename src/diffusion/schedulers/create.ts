/** From a model's configuration and a request's wishes to a scheduler: which class, which fields, which timesteps. */
import type { SchedulerConfig } from '../../models';
import type { Sampler, ScheduleType } from '../../prompt/request';
import { readFields, schemas, type ClassName, type ConfigOf } from './config';
import { DdimScheduler } from './ddim';
import { DdpmScheduler } from './ddpm';
import { DeisScheduler } from './deis';
import { DpmMultistepScheduler } from './dpm-multistep';
import { DpmSdeScheduler } from './dpm-sde';
import { DpmSinglestepScheduler } from './dpm-singlestep';
import { EulerAncestralScheduler } from './euler-ancestral';
import { EulerScheduler } from './euler';
import { FlowMatchEulerScheduler, FlowMatchHeunScheduler, FlowMatchLcmScheduler } from './flow-match';
import { HeunScheduler } from './heun';
import { Kdpm2AncestralScheduler, Kdpm2Scheduler } from './kdpm2';
import { LcmScheduler } from './lcm';
import { LmsScheduler } from './lms';
import { PndmScheduler } from './pndm';
import { SchedulerError, type Scheduler, type SchedulerOptions } from './scheduler';
import { TcdScheduler } from './tcd';
import { UniPcScheduler } from './unipc';

type Fields = Record<string, unknown>;

/** What each sampler is in diffusers, for models trained by diffusion and by flow matching. */
const SAMPLER_CLASSES: Record<Sampler, { discrete: ClassName; flow: ClassName | null; fields?: Fields }> = {
  'DDIM': { discrete: 'DDIMScheduler', flow: null },
  'PNDM': { discrete: 'PNDMScheduler', flow: null },
  'Euler': { discrete: 'EulerDiscreteScheduler', flow: 'FlowMatchEulerDiscreteScheduler' },
  'Euler a': { discrete: 'EulerAncestralDiscreteScheduler', flow: null },
  'Heun': { discrete: 'HeunDiscreteScheduler', flow: 'FlowMatchHeunDiscreteScheduler' },
  'DPM++ 2M': { discrete: 'DPMSolverMultistepScheduler', flow: 'DPMSolverMultistepScheduler', fields: { algorithm_type: 'dpmsolver++' } },
  'DPM++ 2M SDE': { discrete: 'DPMSolverMultistepScheduler', flow: 'DPMSolverMultistepScheduler', fields: { algorithm_type: 'sde-dpmsolver++' } },
  'DPM++ SDE': { discrete: 'DPMSolverSDEScheduler', flow: null },
  'DPM++ 2S': { discrete: 'DPMSolverSinglestepScheduler', flow: 'DPMSolverSinglestepScheduler', fields: { algorithm_type: 'dpmsolver++' } },
  'DPM2': { discrete: 'KDPM2DiscreteScheduler', flow: null },
  'DPM2 a': { discrete: 'KDPM2AncestralDiscreteScheduler', flow: null },
  'LMS': { discrete: 'LMSDiscreteScheduler', flow: null },
  'DEIS': { discrete: 'DEISMultistepScheduler', flow: 'DEISMultistepScheduler' },
  'DDPM': { discrete: 'DDPMScheduler', flow: null },
  'UniPC': { discrete: 'UniPCMultistepScheduler', flow: 'UniPCMultistepScheduler' },
  'LCM': { discrete: 'LCMScheduler', flow: 'FlowMatchLCMScheduler' },
  'TCD': { discrete: 'TCDScheduler', flow: null },
};

const SHAPE_FLAGS: Record<ScheduleType, string | null> = {
  'Automatic': null, 'Uniform': null, 'SGM Uniform': null,
  'Karras': 'use_karras_sigmas', 'Exponential': 'use_exponential_sigmas', 'Beta': 'use_beta_sigmas',
};

/** What a request and its model's other parts say, as the constructors want it. */
interface Walk extends SchedulerOptions {
  readonly eta: number;
  /** Part of the way that is walked, 0–1: below 1 where a picture goes in. */
  readonly strength: number;
  /** Steps to skip, as diffusers counts them for diffusion models: it truncates the steps to walk. */
  readonly skip: number;
  /** The same for flow models, where the steps to skip are truncated. */
  readonly skipFlow: number;
  /** The file is LCM's own, and its strength shortens the schedule itself (`lcmStrength`). */
  readonly ownStrength: boolean;
}

const MAKERS: { readonly [C in ClassName]: (config: ConfigOf<C>, walk: Walk) => Scheduler } = {
  DDIMScheduler: (config, { steps, skip, eta }) => new DdimScheduler(config, steps, skip, eta),
  DDPMScheduler: (config, { steps, skip }) => new DdpmScheduler(config, steps, skip),
  PNDMScheduler: (config, { steps, skip }) => new PndmScheduler(config, steps, skip),
  EulerDiscreteScheduler: (config, { steps, skip }) => new EulerScheduler(config, steps, skip),
  EulerAncestralDiscreteScheduler: (config, { steps, skip }) => new EulerAncestralScheduler(config, steps, skip),
  HeunDiscreteScheduler: (config, { steps, skip }) => new HeunScheduler(config, steps, skip * 2),
  DPMSolverSDEScheduler: (config, { steps, skip, path }) => new DpmSdeScheduler(config, steps, skip * 2, path),
  KDPM2DiscreteScheduler: (config, { steps, skip }) => new Kdpm2Scheduler(config, steps, skip * 2),
  KDPM2AncestralDiscreteScheduler: (config, { steps, skip }) => new Kdpm2AncestralScheduler(config, steps, skip * 2),
  LMSDiscreteScheduler: (config, { steps, skip }) => new LmsScheduler(config, steps, skip),
  LCMScheduler: (config, { steps, skip, strength, ownStrength }) => new LcmScheduler(config, steps, ownStrength ? 0 : skip, ownStrength ? strength : 1),
  TCDScheduler: (config, { steps, skip, eta }) => new TcdScheduler(config, steps, skip, eta),
  DPMSolverMultistepScheduler: (config, walk) => new DpmMultistepScheduler(config, walk.steps, skipOf(config, walk), walk.imageSequenceLength),
  DPMSolverSinglestepScheduler: (config, walk) => new DpmSinglestepScheduler(config, walk.steps, skipOf(config, walk), walk.imageSequenceLength),
  DEISMultistepScheduler: (config, walk) => new DeisScheduler(config, walk.steps, skipOf(config, walk), walk.imageSequenceLength),
  UniPCMultistepScheduler: (config, walk) => new UniPcScheduler(config, walk.steps, skipOf(config, walk), walk),
  FlowMatchEulerDiscreteScheduler: (config, walk) => new FlowMatchEulerScheduler(config, walk.steps, walk.skipFlow, walk),
  FlowMatchLCMScheduler: (config, walk) => new FlowMatchLcmScheduler(config, walk.steps, walk.skipFlow, walk),
  FlowMatchHeunDiscreteScheduler: (config, walk) => new FlowMatchHeunScheduler(config, walk.steps, walk.skipFlow * 2, walk),
};

function skipOf({ use_flow_sigmas }: { readonly use_flow_sigmas: boolean }, { skip, skipFlow }: Walk): number {
  return use_flow_sigmas ? skipFlow : skip;
}

/**
 * Makes the scheduler of one picture.
 * `file`: what `scheduler_config.json` says. A sampler of another class takes over the fields that
 * the file has and that class knows, its own defaults supply the rest, as `Class.from_config(pipeline.scheduler.config)` does.
 * Throws `SchedulerError` when the file or the wish cannot be honoured.
 */
export function createScheduler(file: SchedulerConfig, options: SchedulerOptions): Scheduler {
  const written = options.stableDiffusion === true ? correctedForStableDiffusion(file, options.sampler === null) : file;
  const chosen = options.sampler === null ? { className: knownClass(written._class_name), fields: {} } : chooseClass(written, options.sampler);
  const fields = withScheduleType(chosen.className, { ...written, ...chosen.fields }, options.scheduleType);
  const ownStrength = chosen.className === 'LCMScheduler' && written._class_name === 'LCMScheduler' && options.lcmStrength !== false;
  return make(chosen.className, fields, options, ownStrength);
}

function make<C extends ClassName>(className: C, fields: Fields, options: SchedulerOptions, ownStrength: boolean): Scheduler {
  const config = readFields(className, fields);
  const { steps, eta = 0, strength = 1 } = options;
  const { num_train_timesteps: trained } = config;
  if (!Number.isInteger(steps) || steps < 1 || steps > trained) throw new SchedulerError(`${steps} steps: use a whole number from 1 to ${trained}`);
  const skip = Math.max(steps - Math.min(Math.trunc(steps * strength), steps), 0);
  const skipFlow = options.diffusionStrength === true ? skip : Math.trunc(Math.max(steps - Math.min(steps * strength, steps), 0));
  return MAKERS[className](config, { ...options, eta, strength, skip, skipFlow, ownStrength });
}

function knownClass(name: string): ClassName {
  if (Object.hasOwn(schemas, name)) return name as ClassName;
  throw new SchedulerError(`the scheduler ${name} of this model is not one that Easel knows; choose a sampler, for instance Euler`);
}

/** The class of a sampler for this kind of model, with the fields that make it that sampler. */
function chooseClass(written: SchedulerConfig, sampler: Sampler): { className: ClassName; fields: Fields } {
  const { discrete, flow, fields } = SAMPLER_CLASSES[sampler];
  const isFlow = written._class_name.startsWith('FlowMatch') || written.use_flow_sigmas === true || written.prediction_type === 'flow_prediction';
  if (!isFlow) return { className: discrete, fields: { ...fields } };
  if (flow === null) {
    const possible = Object.entries(SAMPLER_CLASSES).filter(([, { flow }]) => flow !== null).map(([name]) => name);
    throw new SchedulerError(`${sampler} cannot walk a flow-matching model; choose one of ${possible.join(', ')}`);
  }
  if (flow.startsWith('FlowMatch')) return { className: flow, fields: { shift: written.shift ?? written.flow_shift } };
  const asFlow = { use_flow_sigmas: true, prediction_type: 'flow_prediction', flow_shift: written.flow_shift ?? written.shift };
  // A solver in λ stops short of σ = 1 by itself; DPM-Solver knows no terminal shift.
  return { className: flow, fields: { ...fields, ...asFlow } };
}

/** The fields with the shape of sigmas that the request wants in place of the file's. */
function withScheduleType(className: ClassName, fields: Fields, type: ScheduleType): Fields {
  // diffusers' Euler a does not know shapes and ignores the file's; asked for outright, they are what k-diffusion's would be.
  const cleared = { ...fields, use_karras_sigmas: false, use_exponential_sigmas: false, use_beta_sigmas: false, use_lu_lambdas: false };
  if (type === 'Automatic') return className === 'EulerAncestralDiscreteScheduler' ? cleared : fields;
  if (type === 'Uniform') return cleared;
  if (type === 'SGM Uniform') return { ...cleared, timestep_spacing: 'trailing' };
  if (!('use_karras_sigmas' in schemas[className].shape)) {
    throw new SchedulerError(`schedule type ${type} does not apply to ${className.replace('Scheduler', '')}, which walks whole timesteps; use Automatic or choose a sampler like Euler or DPM++ 2M`);
  }
  return { ...cleared, [SHAPE_FLAGS[type]!]: true };
}

/**
 * `StableDiffusionPipeline.__init__`'s corrections of old configuration files. A field that the file leaves to its class's
 * default is corrected too (`own`), but another class does not inherit it.
 */
function correctedForStableDiffusion(raw: SchedulerConfig, own: boolean): SchedulerConfig {
  const corrections = Object.entries({ steps_offset: 1, clip_sample: false }).filter(([key]) => own || key in raw);
  return { ...raw, ...Object.fromEntries(corrections) };
}
