import { workspace } from 'vscode';
import type { EngineSettings } from '../engine/client';

/** Every setting of ours with its type; defaults are the manifest's. */
interface Settings {
  'codeLens.enabled': boolean;
  'thumbnails.enabled': boolean;
  'panel.openOnGenerate': boolean;
  'engine.provider': NonNullable<EngineSettings['provider']>;
  'engine.precision': NonNullable<EngineSettings['precision']>;
  'engine.memory': NonNullable<EngineSettings['memoryTier']>;
  'engine.threads': number;
  'engine.batchSize': number;
  'engine.idleMemoryLimit': number;
}

/** Reads one setting; a missing manifest default is a programming error. */
export function setting<Key extends keyof Settings>(key: Key): Settings[Key] {
  const value = workspace.getConfiguration('easel').get<Settings[Key]>(key);
  if (value === undefined) throw new Error(`easel.${key} has no default in package.json`);
  return value;
}
