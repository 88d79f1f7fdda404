/** From a model's configuration and a request's wishes to a scheduler: which class, which fields, which timesteps. */
import type { Sampler, ScheduleType } from '../../prompt/request';
import { RawConfig, readFields, schemas, trainedTimesteps, type ClassName } from './config';
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

/**
 * Makes the scheduler of one picture.
 * `config`: the parsed `scheduler_config.json` (see `parsePythonJson`). A sampler of another class takes over the fields that
 * the file has and that class knows, its own defaults supply the rest, as `Class.from_config(pipeline.scheduler.config)` does.
 * Throws `SchedulerError` when the file or the wish cannot be honoured.
 */
export function createScheduler(config: unknown, options: SchedulerOptions): Scheduler {
  const raw = RawConfig.safeParse(config);
  if (!raw.success) throw new SchedulerError('scheduler_config.json names no _class_name; restore the file from the model\'s repository');
  const written = options.stableDiffusion === true ? correctedForStableDiffusion(raw.data, options.sampler === null) : raw.data;
  const chosen = options.sampler === null ? { className: knownClass(written._class_name), fields: {} } : chooseClass(written, options.sampler);
  const fields = withScheduleType(chosen.className, { ...written, ...chosen.fields }, options.scheduleType);
  const ownStrength = chosen.className === 'LCMScheduler' && written._class_name === 'LCMScheduler';
  return build(chosen.className, fields, options, ownStrength);
}

function build(className: ClassName, fields: Fields, options: SchedulerOptions, ownStrength: boolean): Scheduler {
  const { steps, eta = 0, strength = 1, imageSequenceLength } = options;
  const trained = trainedTimesteps(className, fields);
  if (!Number.isInteger(steps) || steps < 1 || steps > trained) throw new SchedulerError(`${steps} steps: use a whole number from 1 to ${trained}`);
  // diffusers truncates the steps to walk for diffusion models, and the steps to skip for flow models.
  const skip = Math.max(steps - Math.min(Math.trunc(steps * strength), steps), 0);
  const skipFlow = Math.trunc(Math.max(steps - Math.min(steps * strength, steps), 0));
  switch (className) {
    case 'DDIMScheduler': return new DdimScheduler(readFields(className, fields), steps, skip, eta);
    case 'DDPMScheduler': return new DdpmScheduler(readFields(className, fields), steps, skip);
    case 'PNDMScheduler': return new PndmScheduler(readFields(className, fields), steps, skip);
    case 'EulerDiscreteScheduler': return new EulerScheduler(readFields(className, fields), steps, skip);
    case 'EulerAncestralDiscreteScheduler': return new EulerAncestralScheduler(readFields(className, fields), steps, skip);
    case 'HeunDiscreteScheduler': return new HeunScheduler(readFields(className, fields), steps, skip * 2);
    case 'DPMSolverSDEScheduler': return new DpmSdeScheduler(readFields(className, fields), steps, skip * 2, options.path);
    case 'KDPM2DiscreteScheduler': return new Kdpm2Scheduler(readFields(className, fields), steps, skip * 2);
    case 'KDPM2AncestralDiscreteScheduler': return new Kdpm2AncestralScheduler(readFields(className, fields), steps, skip * 2);
    case 'LMSDiscreteScheduler': return new LmsScheduler(readFields(className, fields), steps, skip);
    case 'LCMScheduler': return new LcmScheduler(readFields(className, fields), steps, ownStrength ? 0 : skip, ownStrength ? strength : 1);
    case 'TCDScheduler': return new TcdScheduler(readFields(className, fields), steps, skip, eta);
    case 'DPMSolverMultistepScheduler': {
      const config = readFields(className, fields);
      return new DpmMultistepScheduler(config, steps, config.use_flow_sigmas ? skipFlow : skip, imageSequenceLength);
    }
    case 'DPMSolverSinglestepScheduler': {
      const config = readFields(className, fields);
      return new DpmSinglestepScheduler(config, steps, config.use_flow_sigmas ? skipFlow : skip, imageSequenceLength);
    }
    case 'DEISMultistepScheduler': {
      const config = readFields(className, fields);
      return new DeisScheduler(config, steps, config.use_flow_sigmas ? skipFlow : skip, imageSequenceLength);
    }
    case 'UniPCMultistepScheduler': {
      const config = readFields(className, fields);
      return new UniPcScheduler(config, steps, config.use_flow_sigmas ? skipFlow : skip, options);
    }
    case 'FlowMatchEulerDiscreteScheduler': return new FlowMatchEulerScheduler(readFields(className, fields), steps, skipFlow, options);
    case 'FlowMatchLCMScheduler': return new FlowMatchLcmScheduler(readFields(className, fields), steps, skipFlow, options);
    case 'FlowMatchHeunDiscreteScheduler': return new FlowMatchHeunScheduler(readFields(className, fields), steps, skipFlow * 2, options);
  }
}

function knownClass(name: string): ClassName {
  if (Object.hasOwn(schemas, name)) return name as ClassName;
  throw new SchedulerError(`the scheduler ${name} of this model is not one that Easel knows; choose a sampler, for instance Euler`);
}

/** The class of a sampler for this kind of model, with the fields that make it that sampler. */
function chooseClass(written: RawConfig, sampler: Sampler): { className: ClassName; fields: Fields } {
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
function correctedForStableDiffusion(raw: RawConfig, own: boolean): RawConfig {
  const corrections = Object.entries({ steps_offset: 1, clip_sample: false }).filter(([key]) => own || key in raw);
  return { ...raw, ...Object.fromEntries(corrections) };
}
