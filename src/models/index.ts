/**
 * What a model is on disk, without any runtime: reading a diffusers-layout ONNX folder into a checked description,
 * giving it an identity by content, and finding it by the name a prompt uses. Everyone who must know about models but
 * cannot afford to load one (editor, freshness, command line) uses this room.
 */
export { AdapterCard, listAdapters, readAdapterCard, type InstalledAdapter } from './adapters';
export { ComponentConfig, ModelIndex, SchedulerConfig } from './component-config';
export { DerivedRecord, derivedRecord, int8CopyFolder, listInt8Copies, readInt8Copy, type DerivedCopy } from './derived-copy';
export { easelCache, easelHome } from './easel-home';
export { EMBEDDED_MODEL, embeddedModelFolder } from './embedded';
export { ModelError, UnknownModelError } from './error';
export { hashModelFolder } from './hash-model-folder';
export type { FolderFile } from './inside';
export { parseTolerantJson } from './json-file';
export { knownConcepts, type KnownConcepts } from './known-concepts';
export { latentScale, type ModelDefaults } from './model-defaults';
export { isUnchanged, readModelFolder, type Component, type ComponentName, type ModelFolder, type ModelKind } from './model-folder';
export { addModel, listModels, removeModel, resolveModel, type InstalledModel, type RegistryOptions } from './registry';
