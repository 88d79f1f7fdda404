/** The engine in this process, for as long as a command needs it. */
import type { CreateServiceOptions } from '../engine';
import type { Engine } from '../engine/engine';
import { CliError, EXIT } from './io';

/** What may compute, as a person names it. */
export const PROVIDERS = ['auto', 'cpu', 'cuda', 'webgpu', 'dml', 'coreml'] as const satisfies readonly CreateServiceOptions['provider'][];

/** Which graphs draw. */
export const PRECISIONS = ['fp32', 'auto', 'int8'] as const satisfies readonly CreateServiceOptions['precision'][];

/** When the autoencoder works in tiles. */
export const TILE_MODES = ['auto', 'always', 'never'] as const satisfies readonly CreateServiceOptions['tiles'][];

/** What stays in memory between pictures. */
export const MEMORY_TIERS = ['auto', 'keep-all', 'keep-text-encoder', 'unload'] as const satisfies readonly CreateServiceOptions['memoryTier'][];

export interface EngineFlags {
  memory?: (typeof MEMORY_TIERS)[number];
  vaeTiling?: (typeof TILE_MODES)[number];
  threads?: string;
  provider?: (typeof PROVIDERS)[number];
  precision?: (typeof PRECISIONS)[number];
}

/** Calls `use` with an engine and frees it, whatever happens. Throws `CliError` for flags that make no sense. */
export async function withEngine<Result>({ threads, provider, precision, vaeTiling, memory }: EngineFlags, use: (engine: Engine) => Promise<Result>): Promise<Result> {
  const count = threads === undefined ? undefined : Number(threads);
  if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= 256)) throw new CliError(EXIT.wrongUse, `--threads ${threads}: a whole number from 1 to 256`);
  const { createService } = await import('../engine');
  const engine = createService({ label: `easel on the command line (process ${process.pid})`, threads: count, provider: provider ?? 'auto', precision, tiles: vaeTiling, memoryTier: memory });
  try {
    return await use(engine);
  } finally {
    await engine.dispose();
  }
}
