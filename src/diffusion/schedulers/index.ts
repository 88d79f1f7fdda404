/**
 * Schedulers: how noise becomes latents, step by step, with the numbers of the diffusers class that a model's
 * `scheduler_config.json` names. Everything here is arithmetic on flat arrays; see scheduler.ts for the loop.
 */
export { createScheduler } from './create';
export { SchedulerError } from './scheduler';
export type { BrownianIncrements, Scheduler, SchedulerOptions, SchedulerStep } from './scheduler';
