/**
 * Drawing: what a complete `GenerateRequest` becomes, as numbers. `text/` reads prompts, `noise/` deals the seed's random
 * numbers, `schedulers/` do the arithmetic between the network's answers, `pipelines/` hold the models and put it all
 * together. `precision/` makes copies of a model for this machine. Pixels come out; files, queues and processes are the
 * engine's.
 */
export { DiffusionError } from './error';
export * from './noise';
export { answerWanted, noised, noisingOf, type NoiseLevel, type Noising } from './noising';
export * from './pipelines';
export { automaticProvider, deviceOf, ProviderReports, providerReports, settleProvider, worthTrying, type ProviderReport, type Trial } from './providers';
export * from './precision';
export * from './schedulers';
export * from './text';
