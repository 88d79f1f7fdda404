/** Asking what can compute here: a job like any other, because timing means nothing beside a drawing. */
import { automaticProvider, providerReports, worthTrying, type ProviderReport, type Trial } from '../../diffusion';
import { readModelFolder, type ModelFolder } from '../../models';
import type { JobOptions, ProbeResult } from '../engine';
import { tryProvider } from './try-provider';

/** In the order of asking: what needs no model, then what needs one. */
const PROVIDERS = ['cuda', 'dml', 'coreml', 'webgpu'] as const;

export interface ProbeOptions extends Pick<JobOptions, 'onProgress'> {
  readonly models: readonly { id: string; path: string }[];
  readonly childPath: string;
  readonly signal: AbortSignal;
  /** What is known and who asks; a test's stand-in. */
  readonly reports?: ReturnType<typeof providerReports>;
  readonly attempt?: (folder: ModelFolder, provider: ProviderReport['provider']) => Promise<Trial>;
}

/** Rejects when aborted; what was answered by then is kept. A model that cannot be read is passed over. */
export async function probe({ models, childPath, signal, onProgress, reports = providerReports(), attempt = (folder, provider) => tryProvider({ folder, provider, childPath, signal }) }: ProbeOptions): Promise<ProbeResult> {
  let [asked, questions] = [0, PROVIDERS.length];
  const ask = <Answer>(question: () => Promise<Answer>): Promise<Answer> => {
    onProgress?.({ phase: 'denoising', step: asked++, steps: questions });
    return question();
  };
  for (const provider of PROVIDERS) await ask(() => reports.ask([provider], signal));
  const folders = await onePerKind(models);
  const worthy = (await reports.known()).filter(worthTrying);
  questions += worthy.length * folders.length;
  for (const { provider } of worthy) {
    for (const folder of folders) {
      const trial = await ask(() => attempt(folder, provider));
      await reports.learn(provider, folder.kind, trial);
    }
  }
  const known = await reports.known();
  return {
    findings: known.map((report) => ({ ...report, ...(report.trials && { trials: { ...report.trials } }) })),
    automatic: Object.fromEntries(folders.map(({ kind }) => [kind, automaticProvider(known, kind)])),
  };
}

/** The first model of each kind: what a provider does with one it does with the others, or nearly. */
async function onePerKind(models: ProbeOptions['models']): Promise<ModelFolder[]> {
  const folders = await Promise.all(models.map(({ id, path }) => readModelFolder(path, id).catch(() => undefined)));
  return [...new Map(folders.filter((folder) => folder !== undefined).reverse().map((folder) => [folder.kind, folder])).values()];
}
